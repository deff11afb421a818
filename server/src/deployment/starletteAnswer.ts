/** What a FastAPI or Starlette app answers before its functions do: Router.app() in starlette/routing.py. */
import { lastValue } from '../apps/options.js';
import { joinPath } from '../base/hostPath.js';
import { type HostView, isAbsent } from '../host/host.js';
import type { PyExpression } from '../syntax/pythonModule.js';
import type { AppAnswer, AppRequest } from './appRequest.js';
import type { PythonFile } from './pythonFiles.js';
import type { ServiceApp } from './serviceApp.js';
import { type Endpoint, type StarletteApp, starletteApp, starletteRoutes } from './starletteApp.js';

/** Undefined where a function answers, or where something that is not read may. */
export function starletteAnswer(app: ServiceApp, host: HostView, request: AppRequest): AppAnswer | undefined {
  const starlette = starletteApp(app, host);
  if (!starlette || request.method === 'OPTIONS') return undefined;
  const middleware = middlewareOf(starlette);
  if (middleware === 'open') return undefined;
  const refused = middlewareAnswer(middleware, request);
  if (refused) return refused === 'open' ? undefined : refused;
  const { path, method } = request;
  const root = starlette.made.keywords.root_path;
  const given = lastValue(app.command.given, 'root-path')?.text;
  // What is made of a path below root_path differs from release to release.
  if (root && root.kind !== 'string') return undefined;
  if ([root?.kind === 'string' ? root.text : undefined, given].some((it) => it && it !== '/' && path.startsWith(it)))
    return undefined;
  const { endpoints, mounts, folders, open } = starletteRoutes(starlette, app);
  const where = starlette.file.path;
  const own = handlesErrors(starlette);
  const matches = (one: Endpoint, of: string) => patternOf(one.path)?.exec(of);
  if (endpoints.some((it) => patternOf(it.path) === undefined)) return undefined;
  const met = endpoints.filter((it) => matches(it, path));
  if (mounts.some((it) => path === it || path.startsWith(`${it}/`) || it.includes('{'))) {
    // `/static` itself is sent on to `/static/`.
    const bare = mounts.includes(path) && path !== '' && !endpoints.some((it) => matches(it, path));
    if (bare && !open && redirects(starlette)) return { status: 307, why: `${where} mounts an app at ${path}/` };
    const [served] = folders.filter((it) => path.startsWith(`${it.mount}/`));
    const file =
      served && mounts.length === 1 ? joinPath(served.folder, path.slice(served.mount.length + 1)) : undefined;
    const gone = file !== undefined && !own && met.length === 0 && isAbsent(file, host);
    return gone ? { status: 404, why: `${where} serves ${served!.folder} there, and there is no ${file}` } : undefined;
  }
  const full = met.find((it) => it.methods.includes(method));
  if (full) return open && met[0] !== full ? undefined : endpointAnswer(full, matches(full, path)!, own);
  if (open || own) return undefined;
  if (met.length > 0) return { status: 405, why: `the route of ${where} that takes ${path} takes no ${method}` };
  const other = path.endsWith('/') ? path.replace(/\/+$/, '') : `${path}/`;
  if (redirects(starlette) && path !== '/' && endpoints.some((it) => matches(it, other)))
    return { status: 307, why: `a route of ${where} takes ${other}, and the client is sent there` };
  if (redirects(starlette) && mounts.includes(path)) return { status: 307, why: `${where} mounts an app at ${path}/` };
  return { status: 404, why: `no route of ${where} takes ${path}` };
}

function redirects({ made }: StarletteApp): boolean {
  const { redirect_slashes: given } = made.keywords;
  return !(given?.kind === 'boolean' && !given.value);
}

/** compile_path() in starlette/routing.py with the convertors of starlette/convertors.py; undefined for another one. */
function patternOf(path: string): RegExp | undefined {
  const convertors: Readonly<Record<string, string>> = {
    str: '[^/]+',
    path: '.*',
    int: '[0-9]+',
    float: '[0-9]+(?:\\.[0-9]+)?',
    uuid: '[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}',
  };
  let known = true;
  const text = path.replace(
    /\{([a-zA-Z_]\w*)(?::([a-zA-Z_]\w*))?\}|[\s\S]/g,
    (as, name?: string, convertor = 'str') => {
      if (name === undefined) return as.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      if (convertors[convertor] === undefined) known = false;
      return `(?<${name}>${convertors[convertor]})`;
    },
  );
  try {
    return known ? new RegExp(`^${text}$`) : undefined;
  } catch {
    return undefined;
  }
}

/** What a function answers to everything; a number in the path that is none is refused by its type. */
function endpointAnswer(it: Endpoint, match: RegExpExecArray, own: boolean): AppAnswer | undefined {
  const view = it.function;
  if (!view || own) return undefined;
  for (const { name, type } of view.parameters) {
    const value = match.groups?.[name];
    if (value === undefined) continue;
    if ((type === 'int' && !/^\s*[+-]?\d+\s*$/.test(value)) || (type === 'float' && Number.isNaN(Number(value))))
      return { status: 422, why: `${view.name}() takes ${type} for ${name}, and ${value} is none` };
  }
  // Dependencies may answer before it, and a value that is asked for and not given is refused.
  const plain =
    view.decorators.length <= 1 &&
    view.parameters.every(
      (one) => one.name in (match.groups ?? {}) || one.type === 'Request' || one.name === 'request',
    );
  if (!plain) return undefined;
  const { answer } = view;
  if (answer && !answer.by.startsWith('return '))
    return { status: answer.status, why: `${view.name}() ends with ${answer.by}` };
  if (it.status === undefined || it.status === 200) return undefined;
  return { status: it.status, why: `the route of ${view.name}() answers ${it.status}` };
}

type Middleware = { readonly name: string; readonly keywords: Readonly<Record<string, PyExpression>> };

/** What stands before the routes; `open` where that is not known. */
function middlewareOf({ file, name, made }: StarletteApp): readonly Middleware[] | 'open' {
  if (made.keywords.middleware) return 'open';
  const found: Middleware[] = [];
  for (const it of file.module.statements) {
    if (it.kind !== 'expression' || it.value.kind !== 'call') continue;
    const { callee, args, keywords } = it.value;
    if (callee.kind !== 'attribute' || callee.name !== 'add_middleware') continue;
    if (callee.of.kind !== 'name' || callee.of.name !== name) continue;
    const [first] = args;
    if (first?.kind !== 'name' || !it.certain) return 'open';
    found.unshift({ name: first.name, keywords });
  }
  return found;
}

/** TrustedHostMiddleware and HTTPSRedirectMiddleware; the last that is added stands first. */
function middlewareAnswer(all: readonly Middleware[], { host, header }: AppRequest): AppAnswer | 'open' | undefined {
  for (const { name, keywords } of all) {
    if (name === 'TrustedHostMiddleware') {
      const allowed = keywords.allowed_hosts;
      const hosts = allowed?.kind === 'list' ? allowed.items.map((it) => (it.kind === 'string' ? it.text : '')) : [''];
      if (hosts.includes('') || host === undefined) return 'open';
      const asked = host.replace(/:\d*$/, '').toLowerCase();
      const takes = (it: string) => it === '*' || it === asked || (it.startsWith('*') && asked.endsWith(it.slice(1)));
      if (!hosts.some(takes)) return { status: 400, why: `TrustedHostMiddleware of the app does not list ${asked}` };
    } else if (name === 'HTTPSRedirectMiddleware') {
      const said = header('x-forwarded-proto');
      if (said !== undefined && said !== 'http') return 'open';
      return { status: 307, why: 'HTTPSRedirectMiddleware sends on what came plainly' };
    }
  }
  return undefined;
}

/** An app that sends on what did not come over TLS, as far as its server knows. */
export function insistingApp(app: ServiceApp, host: HostView): { name: string; file: string } | undefined {
  const starlette = starletteApp(app, host);
  const middleware = starlette ? middlewareOf(starlette) : 'open';
  if (!starlette || middleware === 'open') return undefined;
  const insists = middleware.some((it) => it.name === 'HTTPSRedirectMiddleware');
  return insists ? { name: 'HTTPSRedirectMiddleware', file: starlette.file.path } : undefined;
}

/** What TrustedHostMiddleware lets in, in small letters; undefined where there is none, or its list is not literal. */
export function trustedHosts(
  app: ServiceApp,
  host: HostView,
): { hosts: readonly string[]; file: PythonFile; start: number; end: number } | undefined {
  const starlette = starletteApp(app, host);
  const middleware = starlette ? middlewareOf(starlette) : 'open';
  const found = middleware === 'open' ? undefined : middleware.find((it) => it.name === 'TrustedHostMiddleware');
  const given = found?.keywords.allowed_hosts;
  if (!starlette || given?.kind !== 'list') return undefined;
  const hosts = given.items.map((it) => (it.kind === 'string' ? it.text.toLowerCase() : ''));
  return hosts.includes('') ? undefined : { hosts, file: starlette.file, start: given.start, end: given.end };
}

/** Whether TrustedHostMiddleware lets a host in, which has no port: starlette/middleware/trustedhost.py. */
export function isTrusted(host: string, hosts: readonly string[]): boolean {
  return hosts.some((it) => it === '*' || it === host || (it.startsWith('*') && host.endsWith(it.slice(1))));
}

/** Handlers of its own for errors make other answers of them. */
function handlesErrors({ file, name, made }: StarletteApp): boolean {
  if (made.keywords.exception_handlers) return true;
  const isHandler = (it: PyExpression) =>
    it.kind === 'call' &&
    it.callee.kind === 'attribute' &&
    /exception_handler$/.test(it.callee.name) &&
    it.callee.of.kind === 'name' &&
    it.callee.of.name === name;
  return (
    file.module.functions.some((it) => it.decorators.some(isHandler)) ||
    file.module.statements.some((it) => it.kind === 'expression' && isHandler(it.value))
  );
}
