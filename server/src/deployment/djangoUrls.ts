/** Which of a Django project's URL patterns takes a path: resolve() in django/urls/resolvers.py, as far as urls.py is literal. */
import type { HostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyExpression } from '../syntax/pythonModule.js';
import { routePattern } from './appRequest.js';
import { findModule } from './pythonFiles.js';

/** `admin` is the front page of the admin; a redirect goes elsewhere with that status. */
export type Resolved = 'view' | 'admin' | 'none' | 'open' | { readonly redirect: number };

interface Within {
  readonly host: HostView;
  readonly folders: readonly HostPath[];
  /** Undefined where it cannot be told. */
  readonly debug: boolean | undefined;
}

/** How many files of URL patterns are followed below each other. */
const DEEPEST = 6;

/** @param path without the slash that each path begins with. */
export function resolvePath(module: string, path: string, within: Within, depth = 0): Resolved {
  const items = depth > DEEPEST ? undefined : patternsOf(module, within);
  return items ? resolveIn(items, path, within, depth) : 'open';
}

/** What `urlpatterns` of a module lists; undefined where that is not literal. */
function patternsOf(module: string, within: Within): readonly PyExpression[] | undefined {
  const found = findModule(within.host, within.folders, module);
  if (found.is !== 'found' || found.file.module.hasError) return undefined;
  const { statements } = found.file.module;
  const set = statements.filter((it) => it.kind !== 'star' && it.kind !== 'expression' && it.name === 'urlpatterns');
  const [only] = set;
  const changed = statements.some((it) => it.kind === 'star' || isChange(it));
  return set.length !== 1 || only?.kind !== 'assign' || changed ? undefined : itemsOf(only.value, within);
}

/** The routes of the patterns of a module as they begin, each with a slash before it; undefined where some are open. */
export function patternRoutes(module: string, within: Within): readonly string[] | undefined {
  const items = patternsOf(module, within);
  const routes = items?.map((it) => {
    const [route, target] = it.kind === 'call' ? it.args : [];
    const isPath = it.kind === 'call' && it.callee.kind === 'name' && it.callee.name === 'path';
    if (!isPath || route?.kind !== 'string' || !target) return undefined;
    return `/${route.text}${isInclude(target) || isAdmin(target) ? '<path:rest>' : ''}`;
  });
  return routes?.includes(undefined) ? undefined : (routes as readonly string[] | undefined);
}

/** A list, or a sum of lists: static() is none with DEBUG off, django/conf/urls/static.py. */
function itemsOf(value: PyExpression, within: Within): readonly PyExpression[] | undefined {
  if (value.kind === 'list') return value.items;
  if (value.kind === 'binary' && value.operator === '+') {
    const [left, right] = [itemsOf(value.left, within), itemsOf(value.right, within)];
    return left && right && [...left, ...right];
  }
  if (value.kind !== 'call' || value.callee.kind !== 'name') return undefined;
  return /^(?:static|staticfiles_urlpatterns)$/.test(value.callee.name) && within.debug === false ? [] : undefined;
}

/** `urlpatterns.append()`, `urlpatterns.extend()`. */
function isChange(it: { kind: string; value?: PyExpression }): boolean {
  if (it.kind !== 'expression' || it.value?.kind !== 'call' || it.value.callee.kind !== 'attribute') return false;
  const { of } = it.value.callee;
  return of.kind === 'name' && of.name === 'urlpatterns';
}

function resolveIn(items: readonly PyExpression[], path: string, within: Within, depth: number): Resolved {
  let open = false;
  for (const item of items) {
    const found = resolveOne(item, path, within, depth);
    // What comes later may still match: then a view answers in any case.
    if (found === 'open') open = true;
    else if (found !== 'none') return open ? 'open' : found;
  }
  return open ? 'open' : 'none';
}

function resolveOne(item: PyExpression, path: string, within: Within, depth: number): Resolved {
  if (item.kind !== 'call' || item.callee.kind !== 'name') return 'open';
  const [route, target] = item.args;
  if (route?.kind !== 'string' || !target) return 'open';
  const isPlain = item.callee.name === 'path';
  if (!isPlain && item.callee.name !== 're_path' && item.callee.name !== 'url') return 'open';
  const pattern = isPlain ? routePattern(route.text) : route.text.replace(/\(\?P</g, '(?<').replace(/\\Z$/, '$');
  const isBranch = isInclude(target) || isAdmin(target);
  const regex = pattern === undefined ? undefined : compiled(isPlain && !isBranch ? `${pattern}$` : pattern);
  if (!regex) return 'open';
  const match = regex.exec(path);
  if (!match) return 'none';
  if (!isBranch) return redirectOf(target) ?? 'view';
  const rest = path.slice(match.index + match[0].length);
  if (isAdmin(target)) return rest === '' ? 'admin' : 'open';
  const [included] = target.kind === 'call' ? target.args : [];
  return included?.kind === 'string' ? resolvePath(included.text, rest, within, depth + 1) : 'open';
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

const isInclude = (it: PyExpression): boolean =>
  it.kind === 'call' && it.callee.kind === 'name' && it.callee.name === 'include';

/** `admin.site.urls`. */
function isAdmin(it: PyExpression): boolean {
  if (it.kind !== 'attribute' || it.name !== 'urls' || it.of.kind !== 'attribute') return false;
  return it.of.name === 'site' && it.of.of.kind === 'name' && it.of.of.name === 'admin';
}

/** `RedirectView.as_view(...)`; `login_required(view)` sends whoever has no session to the login. */
function redirectOf(it: PyExpression): { readonly redirect: number } | undefined {
  if (it.kind !== 'call') return undefined;
  if (it.callee.kind === 'name') return it.callee.name === 'login_required' ? { redirect: 302 } : undefined;
  if (it.callee.kind !== 'attribute' || it.callee.name !== 'as_view') return undefined;
  if (it.callee.of.kind !== 'name' || it.callee.of.name !== 'RedirectView') return undefined;
  const { permanent } = it.keywords;
  if (permanent && permanent.kind !== 'boolean') return undefined;
  return { redirect: permanent?.value ? 301 : 302 };
}
