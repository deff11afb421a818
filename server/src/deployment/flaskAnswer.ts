/** What Flask answers before a view does: the routes of an app that one file makes, as far as they are literal. */
import { directoryOf, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyExpression, PyFunction, PyModule } from '../syntax/pythonModule.js';
import { appModule, appSpec, searchPath } from './appModule.js';
import { type AppAnswer, type AppRequest, routePattern } from './appRequest.js';
import { findModule, type PythonFile } from './pythonFiles.js';
import type { ServiceApp } from './serviceApp.js';

export interface FlaskApp {
  readonly file: PythonFile;
  /** The name that the app has there. */
  readonly name: string;
  readonly made: PyExpression & { readonly kind: 'call' };
}

/** The Flask app that a server calls, where the file that it names makes it, or imports it from the one that does. */
export function flaskApp(app: ServiceApp, host: HostView): FlaskApp | undefined {
  const spec = appSpec(app);
  const found = spec && appModule(app, host);
  const folders = searchPath(app);
  if (!spec || !folders || found?.is !== 'found' || spec.name === undefined) return undefined;
  if (spec.text.endsWith(')') || spec.text.slice(spec.module.length + 1).includes('.')) return undefined;
  let { file } = found;
  for (let hops = 0; hops < 3; hops++) {
    const made = madeIn(file.module, spec.name);
    if (made) return { file, name: spec.name, made };
    const from = file.module.imports.find((it) => it.certain && it.names?.some(({ text }) => text === spec.name));
    const next = from && !from.module.startsWith('.') ? findModule(host, folders, from.module) : undefined;
    if (next?.is !== 'found') return undefined;
    ({ file } = next);
  }
  return undefined;
}

function madeIn({ statements, imports, hasError, isDynamic }: PyModule, name: string): FlaskApp['made'] | undefined {
  if (hasError || isDynamic) return undefined;
  const set = statements.filter((it) => it.kind === 'assign' && it.name === name);
  const value = set.length === 1 && set[0]!.kind === 'assign' ? set[0]!.value : undefined;
  if (value?.kind !== 'call' || value.callee.kind !== 'name' || value.callee.name !== 'Flask') return undefined;
  return imports.some((it) => it.module === 'flask' && it.names?.some(({ text }) => text === 'Flask'))
    ? value
    : undefined;
}

/** Extensions that add no routes when they are given the app. */
const ROUTELESS =
  /^(?:SQLAlchemy|Migrate|CORS|LoginManager|Bcrypt|Mail|CSRFProtect|CsrfProtect|Bootstrap\d?|Moment|Marshmallow|Cache|Limiter|JWTManager|Session|Babel|Compress|PyMongo|MySQL|Redis|FlaskRedis|ProxyFix)$/;

/** Undefined where a view answers, or where something that is not read may add routes. */
export function flaskAnswer(app: ServiceApp, host: HostView, request: AppRequest): AppAnswer | undefined {
  const flask = flaskApp(app, host);
  if (!flask) return undefined;
  const { file } = flask;
  const insists = insistingHook(flask);
  if (insists && isPlain(request))
    return { status: insists.tlsRedirect!, why: `${insists.name}() in ${file.path} redirects what came plainly` };
  const route = matchingRoute(flask, app, host, request);
  if (route === undefined || typeof route === 'object') return undefined;
  const { path, method } = request;
  if (route === 308) return { status: 308, why: `the route of ${file.path} that takes ${path} ends in a slash` };
  if (route === 405) return { status: 405, why: `the route of ${file.path} that takes ${path} takes no ${method}` };
  return { status: 404, why: `no route of ${file.path} takes ${path}` };
}

/** A hook of the app that redirects each request that did not come over TLS, as far as the app knows. */
export function insistingHook({ file, name }: FlaskApp): PyFunction | undefined {
  return file.module.functions.find((it) => it.tlsRedirect !== undefined && isHook(it, name));
}

/** The function that answers, or the status of Flask's own; undefined where that is open. */
export function matchingRoute(
  { file, name, made }: FlaskApp,
  app: ServiceApp,
  host: HostView,
  { path, method }: AppRequest,
): PyFunction | 404 | 405 | 308 | undefined {
  const { module } = file;
  let other: 405 | 308 | undefined;
  for (const it of module.functions)
    for (const { rule, methods } of routesOf(it, name)) {
      const pattern = rule === undefined ? undefined : routePattern(rule);
      if (pattern === undefined) return undefined;
      if (new RegExp(`${pattern}$`).test(path)) {
        if (methods === undefined) return undefined;
        if (methods.includes(method) || (method === 'HEAD' && methods.includes('GET')) || method === 'OPTIONS')
          return it;
        other ??= 405;
      } else if (rule!.endsWith('/') && new RegExp(`${pattern}$`).test(`${path}/`)) other ??= 308;
    }
  if (mayHaveMore(module, file, name, app, host)) return undefined;
  if (other) return other;
  // Slashes beside each other are made one, and the client is sent there.
  if (path.includes('//')) return undefined;
  return inStaticFolder(file, made, host, path);
}

function inStaticFolder(file: PythonFile, made: FlaskApp['made'], host: HostView, path: string): 404 | undefined {
  if (Object.keys(made.keywords).some((it) => /^(?:static_|host_matching|subdomain_matching|root_path)/.test(it)))
    return undefined;
  if (!path.startsWith('/static/')) return 404;
  const facts = host.stat(joinPath(directoryOf(file.path), path.slice(1)));
  return facts.known && !facts.value ? 404 : undefined;
}

interface Route {
  /** Undefined where it is not literal. */
  readonly rule: string | undefined;
  readonly methods: readonly string[] | undefined;
}

function routesOf({ decorators }: PyFunction, name: string): Route[] {
  return decorators.flatMap((it): Route[] => {
    if (it.kind !== 'call' || it.callee.kind !== 'attribute') return [];
    const { of, name: by } = it.callee;
    if (of.kind !== 'name' || of.name !== name || !/^(?:route|get|post|put|patch|delete)$/.test(by)) return [];
    const [rule] = it.args;
    const text = rule?.kind === 'string' ? rule.text : undefined;
    if (by !== 'route') return [{ rule: text, methods: [by.toUpperCase()] }];
    const given = it.keywords.methods;
    if (!given) return [{ rule: text, methods: ['GET'] }];
    const methods = given.kind === 'list' ? given.items.map((one) => (one.kind === 'string' ? one.text : '')) : [];
    return [{ rule: text, methods: methods.length > 0 && !methods.includes('') ? methods : undefined }];
  });
}

/** `@app.before_request`, with or without parentheses. */
function isHook({ decorators }: PyFunction, name: string): boolean {
  return decorators.some((it) => {
    const by = it.kind === 'call' ? it.callee : it;
    return by.kind === 'attribute' && by.name === 'before_request' && by.of.kind === 'name' && by.of.name === name;
  });
}

/** request.is_secure is the server's word, and gunicorn takes that of X-Forwarded-Proto and its kin. */
function isPlain({ header }: AppRequest): boolean {
  const said = ['x-forwarded-proto', 'x-forwarded-protocol', 'x-forwarded-ssl'].map(header);
  return said.every((it) => it === undefined || it === 'http' || it === 'off');
}

/** Blueprints, extensions, wrappers and modules that are given the app may add routes or answer before them. */
function mayHaveMore(module: PyModule, file: PythonFile, name: string, app: ServiceApp, host: HostView): boolean {
  if (module.wrappers.some((it) => !ROUTELESS.test(it))) return true;
  if (module.functions.some(({ decorators }) => decorators.some((it) => isErrorHandler(it)))) return true;
  const values = module.statements.flatMap((it) =>
    it.kind === 'assign' || it.kind === 'expression' ? [it.value] : [],
  );
  if (values.some((it) => addsRoutes(it, name))) return true;
  const folders = searchPath(app) ?? [];
  const own = file.path.slice(file.path.lastIndexOf('/') + 1).replace(/\.py$/, '');
  // Views that import the app from here add themselves to it.
  return module.imports.some((it) => {
    if (it.module.startsWith('.')) return true;
    const found = findModule(host, folders, it.module);
    if (found.is !== 'found') return false;
    return found.file.module.imports.some((one) => one.module.split('.').includes(own) || one.module.startsWith('.'));
  });
}

function isErrorHandler(it: PyExpression): boolean {
  return it.kind === 'call' && it.callee.kind === 'attribute' && it.callee.name === 'errorhandler';
}

function addsRoutes(it: PyExpression, name: string): boolean {
  if (it.kind !== 'call') return false;
  const { callee, args, keywords } = it;
  const isApp = (one: PyExpression) => one.kind === 'name' && one.name === name;
  if (callee.kind === 'attribute' && isApp(callee.of))
    return /^(?:register_blueprint|add_url_rule|register_error_handler|mount)$/.test(callee.name);
  const called = callee.kind === 'name' ? callee.name : callee.kind === 'attribute' ? callee.name : '';
  if (called === 'init_app') return false;
  return [...args, ...Object.values(keywords)].some(isApp) && !ROUTELESS.test(called);
}

/** Whether some route takes a path that begins with `prefix` (without a slash at its end); undefined where that is open. */
export function reachesBelow(flask: FlaskApp, app: ServiceApp, host: HostView, prefix: string): boolean | undefined {
  return rulesOf(flask, app, host)?.some((rule) => {
    const literal = rule.replace(/<.*$/s, '');
    return rule.startsWith(prefix) || (literal !== rule && prefix.startsWith(literal));
  });
}

/** All routes as they are written, that of the static folder first; undefined where there may be others. */
export function rulesOf(flask: FlaskApp, app: ServiceApp, host: HostView): readonly string[] | undefined {
  const { file, name, made } = flask;
  const rules = file.module.functions.flatMap((it) => routesOf(it, name).map(({ rule }) => rule));
  if (rules.includes(undefined) || mayHaveMore(file.module, file, name, app, host)) return undefined;
  if (Object.keys(made.keywords).some((it) => /^(?:static_url_path|host_matching|subdomain_matching)$/.test(it)))
    return undefined;
  return ['/static/<path:filename>', ...(rules as string[])];
}
