/** The routes of a FastAPI or Starlette app, as far as its texts write them out: starlette/routing.py, fastapi/routing.py. */

import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyExpression, PyFunction } from '../syntax/pythonModule.js';
import { appModule, appSpec, searchPath } from './appModule.js';
import { findModule, type PythonFile } from './pythonFiles.js';
import { meaningOf, type Searched } from './pythonReferences.js';
import type { ServiceApp } from './serviceApp.js';

type Call = PyExpression & { readonly kind: 'call' };

export interface Endpoint {
  /** With `{name}` in it, prefixes before it. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly function: PyFunction | undefined;
  readonly file: PythonFile;
  /** What it answers where all is well; undefined where that is not literal. */
  readonly status: number | undefined;
}

export interface StarletteApp {
  readonly file: PythonFile;
  /** The name that the app has there. */
  readonly name: string;
  readonly made: Call;
  readonly framework: 'FastAPI' | 'Starlette';
  readonly of: Searched;
}

export interface StarletteRoutes {
  readonly endpoints: readonly Endpoint[];
  /** Paths below which another app answers. */
  readonly mounts: readonly string[];
  /** Folders of files that are served below a path. */
  readonly folders: readonly { readonly mount: string; readonly folder: HostPath }[];
  /** Something may add routes, or answer before them. */
  readonly open: boolean;
}

/** The app that a server calls, where its file makes it with FastAPI() or Starlette(), or has it from one that does. */
export function starletteApp(app: ServiceApp, host: HostView): StarletteApp | undefined {
  const spec = appSpec(app);
  const folders = searchPath(app);
  const found = spec && appModule(app, host);
  if (!spec?.name || !folders || found?.is !== 'found' || /[(.]/.test(spec.text.slice(spec.module.length + 1)))
    return undefined;
  const of = { host, folders };
  const meant = meaningOf({ kind: 'name', name: spec.name }, found.file, of);
  if (meant.is !== 'value' || meant.value.kind !== 'call') return undefined;
  const framework = madeBy(meant.value, meant.file, of);
  if (framework !== 'FastAPI' && framework !== 'Starlette') return undefined;
  return { file: meant.file, name: meant.name, made: meant.value, framework, of };
}

/** The class of a framework's that a call makes something of. */
function madeBy(call: Call, file: PythonFile, of: Searched): string | undefined {
  const meant = meaningOf(call.callee, file, of);
  if (meant.is === 'foreign') return /^(?:fastapi|starlette)(?:\.|$)/.test(meant.module) ? meant.name : undefined;
  return undefined;
}

const VERBS = /^(?:get|post|put|delete|options|head|patch|trace)$/;

interface Collected {
  readonly endpoints: Endpoint[];
  readonly mounts: string[];
  readonly folders: { mount: string; folder: HostPath }[];
  readonly directory: HostPath | undefined;
  open: boolean;
}

const MOST_ROUTERS = 60;

/** All routes that the app has. */
export function starletteRoutes(app: StarletteApp, { command: { directory } }: ServiceApp): StarletteRoutes {
  const into: Collected = { endpoints: [], mounts: [], folders: [], directory, open: false };
  const seen = new Set<string>();
  routesOf(app.name, app.file, '', app, into, seen);
  const { routes } = app.made.keywords;
  if (routes) listed(routes, app.file, '', app, into);
  if (app.framework === 'FastAPI') into.endpoints.push(...documentation(app));
  if (mayAddElsewhere(app)) into.open = true;
  return into;
}

/** What FastAPI adds by itself. */
function documentation({ made, file }: StarletteApp): Endpoint[] {
  const given = (name: string, usual: string): string | undefined => {
    const value = made.keywords[name];
    return value === undefined ? usual : value.kind === 'string' ? value.text : undefined;
  };
  const api = given('openapi_url', '/openapi.json');
  if (api === undefined) return [];
  const docs = given('docs_url', '/docs');
  const paths = [api, docs, docs && `${docs}/oauth2-redirect`, given('redoc_url', '/redoc')];
  return paths.flatMap((path) =>
    path ? [{ path, methods: ['GET', 'HEAD'], function: undefined, file, status: 200 }] : [],
  );
}

/** Decorators and calls of an app or a router in the file that makes it. */
function routesOf(
  name: string,
  file: PythonFile,
  prefix: string,
  app: StarletteApp,
  into: Collected,
  seen: Set<string>,
): void {
  if (file.module.hasError || file.module.isDynamic || seen.size > MOST_ROUTERS) into.open = true;
  seen.add(`${file.path}:${name}:${prefix}`);
  for (const it of file.module.functions) for (const by of it.decorators) decorated(by, it, name, file, prefix, into);
  for (const it of file.module.statements) {
    if (it.kind === 'expression') called(it.value, it.certain, name, file, prefix, app, into, seen);
    else if (it.kind === 'assign' && it.value.kind === 'call' && isGiven(it.value, name)) into.open = true;
    else if (it.kind === 'bound' && it.name === name) into.open = true;
  }
}

const isName = (it: PyExpression | undefined, name: string): boolean => it?.kind === 'name' && it.name === name;
const isGiven = ({ args, keywords }: Call, name: string): boolean =>
  [...args, ...Object.values(keywords)].some((it) => isName(it, name));

/** `@app.get('/x', status_code=201)`, `@app.api_route('/x', methods=[...])`, `@app.middleware('http')`. */
function decorated(by: PyExpression, it: PyFunction, name: string, file: PythonFile, prefix: string, into: Collected) {
  if (by.kind !== 'call' || by.callee.kind !== 'attribute' || !isName(by.callee.of, name)) return;
  const how = by.callee.name;
  if (/^(?:websocket|websocket_route|on_event|exception_handler)$/.test(how)) return;
  if (!VERBS.test(how) && how !== 'api_route' && how !== 'route') {
    into.open = true;
    return;
  }
  const path = by.keywords.path ?? by.args[0];
  const methods = VERBS.test(how) ? [how.toUpperCase()] : methodsOf(by.keywords.methods, how === 'route');
  if (path?.kind !== 'string' || !methods || !it.certain) into.open = true;
  else into.endpoints.push({ path: prefix + path.text, methods, function: it, file, status: statusOf(by) });
}

/** Starlette's own routes answer HEAD where they answer GET; FastAPI's do not. */
function methodsOf(given: PyExpression | undefined, isPlain: boolean): string[] | undefined {
  const usual = isPlain ? ['GET', 'HEAD'] : ['GET'];
  if (!given) return usual;
  if (given.kind !== 'list' || given.items.some((it) => it.kind !== 'string')) return undefined;
  const all = given.items.map((it) => (it.kind === 'string' ? it.text.toUpperCase() : ''));
  return isPlain && all.includes('GET') ? [...all, 'HEAD'] : all;
}

/** `status_code=201`, `status_code=status.HTTP_201_CREATED`. */
function statusOf({ keywords }: Call): number | undefined {
  const { status_code: given, response_class: made } = keywords;
  if (given?.kind === 'number') return given.value;
  const named = given?.kind === 'attribute' ? /^HTTP_(\d{3})_/.exec(given.name)?.[1] : undefined;
  if (given) return named === undefined ? undefined : Number(named);
  return made?.kind === 'name' && made.name === 'RedirectResponse' ? 307 : 200;
}

/** Middleware that hands on what is no business of its own. */
const PASSING =
  /^(?:CORSMiddleware|GZipMiddleware|SessionMiddleware|ProxyHeadersMiddleware|TrustedHostMiddleware|HTTPSRedirectMiddleware)$/;

function called(
  value: PyExpression,
  certain: boolean,
  name: string,
  file: PythonFile,
  prefix: string,
  app: StarletteApp,
  into: Collected,
  seen: Set<string>,
): void {
  if (value.kind !== 'call') return;
  const { callee, args, keywords } = value;
  if (callee.kind !== 'attribute' || !isName(callee.of, name)) {
    if (
      isGiven(value, name) ||
      (callee.kind === 'attribute' && callee.of.kind === 'attribute' && isName(callee.of.of, name))
    )
      into.open = true;
    return;
  }
  const how = callee.name;
  if (how === 'add_middleware') {
    const [first] = args;
    if (!(first?.kind === 'name' && PASSING.test(first.name))) into.open = true;
  } else if (!certain) into.open = true;
  else if (how === 'include_router') included(value, file, prefix, app, into, seen);
  else if (how === 'mount') {
    const path = keywords.path ?? args[0];
    if (path?.kind === 'string') mounted(prefix + path.text.replace(/\/$/, ''), keywords.app ?? args[1], into);
    else into.open = true;
  } else if (how === 'add_api_route' || how === 'add_route') {
    const path = keywords.path ?? args[0];
    const methods = methodsOf(keywords.methods, how === 'add_route');
    const function_ = functionOf(keywords.endpoint ?? keywords.route ?? args[1], file, app.of);
    if (path?.kind !== 'string' || !methods) into.open = true;
    else into.endpoints.push({ path: prefix + path.text, methods, function: function_, file, status: statusOf(value) });
  } else if (!/^(?:add_websocket_route|add_api_websocket_route|add_event_handler)$/.test(how)) into.open = true;
}

function functionOf(it: PyExpression | undefined, file: PythonFile, of: Searched): PyFunction | undefined {
  const meant = it && (it.kind === 'name' || it.kind === 'attribute') ? meaningOf(it, file, of) : undefined;
  return meant?.is === 'function' ? meant.function : undefined;
}

/** `app.include_router(users.router, prefix='/users')`. */
function included(
  call: Call,
  file: PythonFile,
  prefix: string,
  app: StarletteApp,
  into: Collected,
  seen: Set<string>,
): void {
  const given = call.keywords.router ?? call.args[0];
  const meant = given && meaningOf(given, file, app.of);
  const below = call.keywords.prefix;
  if (meant?.is !== 'value' || meant.value.kind !== 'call' || (below && below.kind !== 'string')) {
    into.open = true;
    return;
  }
  const own = meant.value.keywords.prefix;
  if (madeBy(meant.value, meant.file, app.of) !== 'APIRouter' || (own && own.kind !== 'string')) {
    into.open = true;
    return;
  }
  const { routes } = meant.value.keywords;
  const whole = prefix + (below?.kind === 'string' ? below.text : '') + (own?.kind === 'string' ? own.text : '');
  if (routes) into.open = true;
  if (!seen.has(`${meant.file.path}:${meant.name}:${whole}`)) routesOf(meant.name, meant.file, whole, app, into, seen);
}

/** `routes=[Route('/', home), Mount('/static', ...)]` of Starlette. */
function listed(given: PyExpression, file: PythonFile, prefix: string, app: StarletteApp, into: Collected): void {
  const meant = given.kind === 'name' ? meaningOf(given, file, app.of) : undefined;
  const list = meant?.is === 'value' ? meant.value : given;
  const from = meant?.is === 'value' ? meant.file : file;
  if (list.kind !== 'list') {
    into.open = true;
    return;
  }
  for (const it of list.items) {
    const made = it.kind === 'call' ? madeBy(it, from, app.of) : undefined;
    const path = it.kind === 'call' ? (it.keywords.path ?? it.args[0]) : undefined;
    if (it.kind !== 'call' || path?.kind !== 'string') into.open = true;
    else if (made === 'Route') {
      const endpoint = it.keywords.endpoint ?? it.args[1];
      const view = functionOf(endpoint, from, app.of);
      const methods = methodsOf(it.keywords.methods, true);
      // A class answers to the methods that it has.
      if (!methods || !view) into.mounts.push(prefix + path.text);
      else into.endpoints.push({ path: prefix + path.text, methods, function: view, file: from, status: 200 });
    } else if (made === 'Mount') {
      const below = prefix + path.text.replace(/\/$/, '');
      if (it.keywords.routes) listed(it.keywords.routes, from, below, app, into);
      else mounted(below, it.keywords.app ?? it.args[1], into);
    } else if (made !== 'WebSocketRoute') into.open = true;
  }
}

/** Another app, or the files of a folder: StaticFiles(directory='static'). */
function mounted(at: string, app: PyExpression | undefined, into: Collected): void {
  into.mounts.push(at);
  if (app?.kind !== 'call' || app.callee.kind !== 'name' || app.callee.name !== 'StaticFiles') return;
  const { directory, html } = app.keywords;
  if (directory?.kind !== 'string' || html) return;
  const folder = directory.text.startsWith('/')
    ? hostPath(directory.text)
    : into.directory && joinPath(into.directory, directory.text);
  if (folder) into.folders.push({ mount: at, folder });
}

/** Modules that the app's file imports and that import the app from there add routes to it. */
function mayAddElsewhere({ file, name, of }: StarletteApp): boolean {
  const own = file.path.slice(file.path.lastIndexOf('/') + 1).replace(/\.py$/, '');
  return file.module.imports.some((it) => {
    if (it.module.startsWith('.')) return false;
    const found = findModule(of.host, of.folders, it.module);
    if (found.is !== 'found') return false;
    return found.file.module.imports.some(
      (one) => one.module.split('.').at(-1) === own && one.names?.some(({ text }) => text === name),
    );
  });
}
