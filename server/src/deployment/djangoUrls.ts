/** Which of a Django project's URL patterns takes a path: resolve() in django/urls/resolvers.py, as far as urls.py is literal. */
import type { Environment } from '../apps/environment.js';
import { isReached, type PyValue, pythonValue, UNKNOWN } from '../apps/pythonValues.js';
import type { HostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyExpression } from '../syntax/pythonModule.js';
import { routePattern } from './appRequest.js';
import { findModule, namesOf, type PythonFile } from './pythonFiles.js';
import { meaningOf } from './pythonReferences.js';

type Call = PyExpression & { readonly kind: 'call' };

/** A view of the project's own, as a file of patterns names it. */
export interface UrlView {
  readonly view: PyExpression;
  readonly file: PythonFile;
}

/** `admin` is a page of the admin that asks for a login. */
export type Resolved = 'admin' | 'none' | 'open' | UrlView;

export interface Within {
  readonly host: HostView;
  readonly folders: readonly HostPath[];
  readonly environment: Environment;
  /** Of the settings; undefined where they do not set it. */
  readonly setting: (name: string) => PyValue | undefined;
}

/** Patterns as they stand, and the file that they stand in; `open` where something may stand that is not known. */
export interface Patterns {
  readonly items: readonly (PyExpression | 'open')[];
  readonly file: PythonFile;
}

/** How many files of URL patterns are followed below each other. */
const DEEPEST = 6;

/** Packages of Django's own whose patterns are known. */
const KNOWN: Readonly<Record<string, RegExp>> = {
  'django.contrib.auth.urls':
    /^(?:login|logout|password_(?:change|reset)(?:\/done)?|reset\/[^/]+\/[^/]+|reset\/done)\/$/,
  'django.conf.urls.i18n': /^setlang\/$/,
};

/** @param path without the slash that each path begins with. */
export function resolvePath(module: string, path: string, within: Within, depth = 0): Resolved {
  const own = KNOWN[module];
  if (own) return own.test(path) ? 'open' : 'none';
  const patterns = depth > DEEPEST ? undefined : patternsOf(module, within);
  return patterns ? resolveIn(patterns, path, within, depth) : 'open';
}

/** What `urlpatterns` of a module comes to hold; undefined where that is not to be known. */
export function patternsOf(module: string, within: Within): Patterns | undefined {
  const found = findModule(within.host, within.folders, module);
  if (found.is !== 'found' || found.file.module.hasError || found.file.module.isDynamic) return undefined;
  const { file } = found;
  let items: readonly (PyExpression | 'open')[] | undefined;
  for (const it of file.module.statements) {
    if (it.kind === 'star') {
      if (mayBring(it.module, file, within)) return undefined;
    } else if (it.kind === 'expression') items = changed(items, it.value, it.certain, file, within);
    else if (it.name !== 'urlpatterns') continue;
    else if (it.kind === 'assign') items = itemsOf(it.value, file, within) ?? ['open'];
    else {
      const reached = it.change && isReached(it.change, (test) => heldBy(test, file, within));
      if (reached === false) continue;
      if (!it.change) return undefined;
      const more = reached ? (itemsOf(it.change.value, file, within) ?? ['open' as const]) : ['open' as const];
      items = it.change.operator === '=' && reached ? more : [...(items ?? []), ...more];
    }
  }
  return items && { items, file };
}

/** Whether `from X import *` may bring other patterns: only a module that names them does, or one that is not to be read. */
function mayBring(module: string, file: PythonFile, within: Within): boolean {
  if (/^django\./.test(module)) return false;
  const meant = meaningOf({ kind: 'name', name: 'urlpatterns' }, { ...file, module: onlyStar(file, module) }, within);
  if (meant.is !== 'unknown') return true;
  const { values, open } = namesOf(within.host, file, within.environment, within.folders);
  return open && !values.has('urlpatterns');
}

const onlyStar = ({ module }: PythonFile, name: string): PythonFile['module'] => ({
  ...module,
  statements: module.statements.filter((it) => it.kind === 'star' && it.module === name),
});

/** `urlpatterns.append(...)` and `.extend(...)`. */
function changed(
  items: Patterns['items'] | undefined,
  value: PyExpression,
  certain: boolean,
  file: PythonFile,
  within: Within,
): Patterns['items'] | undefined {
  if (!items || value.kind !== 'call' || value.callee.kind !== 'attribute') return items;
  const { of, name } = value.callee;
  const [given] = value.args;
  if (of.kind !== 'name' || of.name !== 'urlpatterns') return items;
  if (!certain || !given || value.args.length !== 1) return ['open', ...items];
  if (name === 'append') return [...items, given];
  return name === 'extend' ? [...items, ...(itemsOf(given, file, within) ?? ['open' as const])] : ['open', ...items];
}

/** The routes of the patterns of a module as they begin, each with a slash before it; undefined where some are open. */
export function patternRoutes(module: string, within: Within): readonly string[] | undefined {
  const patterns = patternsOf(module, within);
  const routes = patterns?.items.map((it) => {
    const pattern = it === 'open' ? undefined : patternOf(it, patterns.file, within);
    if (!pattern?.isPlain) return undefined;
    return `/${pattern.route}${pattern.included || isAdmin(pattern.target) ? '<path:rest>' : ''}`;
  });
  return routes?.includes(undefined) ? undefined : (routes as readonly string[] | undefined);
}

/** What a file of patterns names: views, and modules of patterns that it includes. */
export interface NamedInUrls {
  readonly views: readonly UrlView[];
  /** Dotted, with the place of the text in the file. */
  readonly included: readonly { readonly module: string; readonly start: number; readonly end: number }[];
}

/** What the patterns of a module name, without those of modules that it includes. */
export function namedIn({ items, file }: Patterns, within: Within): NamedInUrls {
  const views: UrlView[] = [];
  const included: { module: string; start: number; end: number }[] = [];
  for (const item of items) {
    const pattern = item === 'open' ? undefined : patternOf(item, file, within);
    if (!pattern) continue;
    const call = pattern.included;
    if (!call) {
      if (!isAdmin(pattern.target)) views.push({ view: pattern.target, file });
      continue;
    }
    const given = call.keywords.arg ?? call.args[0];
    const [first] = given?.kind === 'list' ? given.items : [given];
    if (first?.kind === 'string') included.push({ module: first.text, start: first.start, end: first.end });
    else if (given) {
      const list = given.kind === 'list' && first?.kind === 'list' ? first : given;
      const inner = namedIn({ items: itemsOf(list, file, within) ?? [], file }, within);
      views.push(...inner.views);
      included.push(...inner.included);
    }
  }
  return { views, included };
}

/** A list, a name of one, or a sum of them: static() is none with DEBUG off, django/conf/urls/static.py. */
function itemsOf(value: PyExpression, file: PythonFile, within: Within): Patterns['items'] | undefined {
  if (value.kind === 'list') return value.items;
  if (value.kind === 'binary' && value.operator === '+') {
    const [left, right] = [itemsOf(value.left, file, within), itemsOf(value.right, file, within)];
    return [...(left ?? ['open' as const]), ...(right ?? ['open' as const])];
  }
  if (value.kind === 'name') {
    const meant = meaningOf(value, file, within);
    return meant.is === 'value' && meant.file === file ? itemsOf(meant.value, file, within) : undefined;
  }
  if (value.kind !== 'call') return undefined;
  const called = value.callee.kind === 'name' ? value.callee.name : '';
  const debug = debugOf(within);
  if (/^(?:static|staticfiles_urlpatterns|debug_toolbar_urls)$/.test(called)) return debug === false ? [] : [value];
  if (called === 'i18n_patterns' && within.setting('USE_I18N') === false) return value.args;
  return undefined;
}

/** Undefined where it cannot be told. */
export function debugOf({ setting }: Within): boolean | undefined {
  const debug = setting('DEBUG') ?? false;
  return debug === UNKNOWN ? undefined : Boolean(debug);
}

function resolveIn({ items, file }: Patterns, path: string, within: Within, depth: number): Resolved {
  let open = false;
  for (const item of items) {
    const found = item === 'open' ? 'open' : resolveOne(item, file, path, within, depth);
    // What comes later may still match: then a view answers in any case.
    if (found === 'open') open = true;
    else if (found !== 'none') return open ? 'open' : found;
  }
  return open ? 'open' : 'none';
}

interface Pattern {
  readonly route: string;
  /** path() and not re_path(). */
  readonly isPlain: boolean;
  readonly target: PyExpression;
  readonly included: Call | undefined;
}

/** path(), re_path() or the old url(), of Django's own. */
function patternOf(item: PyExpression, file: PythonFile, within: Within): Pattern | undefined {
  if (item.kind !== 'call') return undefined;
  const by = djangosName(item.callee, file, within);
  if (by === undefined || !/^(?:path|re_path|url)$/.test(by)) return undefined;
  const positional = item.args.filter((it) => it.kind !== 'other');
  const given = item.keywords.route ?? item.keywords.regex ?? item.args[0];
  const target = item.keywords.view ?? (item.keywords.route ? positional[0] : item.args[1]);
  const route = given && heldBy(given, file, within);
  if (typeof route !== 'string' || !target) return undefined;
  const isInclude = target.kind === 'call' && djangosName(target.callee, file, within) === 'include';
  return { route, isPlain: by === 'path', target, included: isInclude ? target : undefined };
}

/** The name in django.urls or django.conf.urls that something means; an excerpt may have left out the import. */
function djangosName(it: PyExpression, file: PythonFile, within: Within): string | undefined {
  const meant = meaningOf(it, file, within);
  if (meant.is === 'foreign') return /^django\.(?:conf\.)?urls(?:\.conf)?$/.test(meant.module) ? meant.name : undefined;
  const isBound = file.module.statements.some(
    (one) => one.kind === 'star' || ('name' in one && it.kind === 'name' && one.name === it.name),
  );
  return meant.is === 'unknown' && it.kind === 'name' && !isBound ? it.name : undefined;
}

function resolveOne(item: PyExpression, file: PythonFile, path: string, within: Within, depth: number): Resolved {
  if (item.kind === 'call' && item.callee.kind === 'name' && /^static/.test(item.callee.name))
    return servesStatic(item, file, path, within);
  const found = patternOf(item, file, within);
  if (!found) return 'open';
  const { route, isPlain, target, included } = found;
  const pattern = isPlain ? routePattern(route) : javaScriptOf(route);
  const isBranch = included !== undefined || isAdmin(target);
  const regex = pattern === undefined ? undefined : compiled(isPlain && !isBranch ? `${pattern}$` : pattern);
  if (!regex) return 'open';
  const match = regex.exec(path);
  if (!match) return 'none';
  const rest = path.slice(match.index + match[0].length);
  if (isAdmin(target)) return inAdmin(rest);
  if (!included) return target.kind === 'list' ? 'open' : { view: target, file };
  return resolveIncluded(included, file, rest, within, depth);
}

/** AdminSite.get_urls() in django/contrib/admin/sites.py: what it has no page for asks for a login as well, since 3.2. */
function inAdmin(rest: string): Resolved {
  return /^(?:login|logout|jsi18n)\//.test(rest) ? 'open' : 'admin';
}

/** include('a.urls'), include(('a.urls', 'name')), include([...]), include(urls) of an imported module. */
function resolveIncluded(call: Call, file: PythonFile, path: string, within: Within, depth: number): Resolved {
  let [given] = call.args;
  given = call.keywords.arg ?? given;
  if (given?.kind === 'list' && given.items[1]?.kind === 'string') given = given.items[0];
  if (!given) return 'open';
  const named = heldBy(given, file, within);
  if (typeof named === 'string') return resolvePath(named, path, within, depth + 1);
  if (isAdmin(given)) return inAdmin(path);
  const meant = given.kind === 'name' || given.kind === 'attribute' ? meaningOf(given, file, within) : undefined;
  if (meant?.is === 'module') {
    const module = moduleName(meant.file, within);
    return module === undefined ? 'open' : resolvePath(module, path, within, depth + 1);
  }
  const items = itemsOf(given, file, within);
  return items ? resolveIn({ items, file }, path, within, depth + 1) : 'open';
}

/** The dotted name of a file below one of the folders that are searched. */
function moduleName({ path }: PythonFile, { folders }: Within): string | undefined {
  const folder = folders.find((it) => path.startsWith(`${it}/`));
  return (
    folder &&
    path
      .slice(folder.length + 1)
      .replace(/(?:\/__init__)?\.py$/, '')
      .replaceAll('/', '.')
  );
}

/** With DEBUG on: whatever is below the prefix is a file, or is not. */
function servesStatic(call: Call, file: PythonFile, path: string, within: Within): Resolved {
  const debug = debugOf(within);
  if (debug === false) return 'none';
  const [given] = call.args;
  const prefix =
    call.callee.kind === 'name' && call.callee.name === 'static'
      ? given && heldBy(given, file, within)
      : (within.setting('STATIC_URL') ?? undefined);
  if (typeof prefix !== 'string' || /^(?:[a-z]+:)?\/\//i.test(prefix)) return 'open';
  return path.startsWith(prefix.replace(/^\/+/, '')) ? 'open' : 'none';
}

/** What an expression holds in a file of patterns, where `settings.NAME` is a setting. */
function heldBy(it: PyExpression, file: PythonFile, within: Within): PyValue {
  if (it.kind === 'string') return it.text;
  if (it.kind === 'attribute' && it.of.kind === 'name' && it.of.name === 'settings')
    return within.setting(it.name) ?? UNKNOWN;
  if (it.kind === 'not') {
    const value = heldBy(it.of, file, within);
    return value === UNKNOWN || Array.isArray(value) ? UNKNOWN : !value;
  }
  return pythonValue(it, namesOf(within.host, file, within.environment, within.folders), file.path, within.environment);
}

/** A regular expression of Python's as JavaScript writes it; what differs otherwise does not compile. */
function javaScriptOf(pattern: string): string {
  return pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\Z/g, '$')
    .replace(/\\A/g, '^');
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

/** `admin.site.urls`. */
function isAdmin(it: PyExpression): boolean {
  if (it.kind !== 'attribute' || it.name !== 'urls' || it.of.kind !== 'attribute') return false;
  return it.of.name === 'site' && it.of.of.kind === 'name' && it.of.of.name === 'admin';
}
