/** What Flask answers before a view does: the routes of an app that one file makes, as far as they are literal. */
import { directoryOf, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyExpression, PyFunction } from '../syntax/pythonModule.js';
import { searchPath } from './appModule.js';
import { type AppAnswer, type AppRequest, routePattern } from './appRequest.js';
import { blueprintsOf, type FlaskApp, flaskApp, ownRoutes, type Routes } from './flaskApp.js';
import { findModule, type PythonFile } from './pythonFiles.js';
import type { ServiceApp } from './serviceApp.js';

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
  const handled = route === 404 || route === 405 ? handlerOf(flask, route) : undefined;
  if (handled === 'open') return undefined;
  if (handled) return { status: handled.status, why: `${handled.name}() in ${file.path} answers ${route}` };
  if (route === 308) return { status: 308, why: `the route of ${file.path} that takes ${path} ends in a slash` };
  if (route === 405) return { status: 405, why: `the route of ${file.path} that takes ${path} takes no ${method}` };
  return { status: 404, why: `no route of ${file.path} takes ${path}` };
}

/** A hook of the app that redirects each request that did not come over TLS, as far as the app knows. */
export function insistingHook({ module, name }: FlaskApp): PyFunction | undefined {
  return module.functions.find((it) => it.tlsRedirect !== undefined && isHook(it, name));
}

/** The function that answers, or the status of Flask's own; undefined where that is open. */
export function matchingRoute(
  flask: FlaskApp,
  app: ServiceApp,
  host: HostView,
  { path, method }: AppRequest,
): PyFunction | 404 | 405 | 308 | undefined {
  const { file, made } = flask;
  const blueprints = blueprintsOf(flask, app, host);
  let other: 405 | 308 | undefined;
  for (const { functions, name, prefix } of [ownRoutes(flask), ...(blueprints ?? [])])
    for (const it of functions)
      for (const { rule, methods } of routesOf(it, name, prefix)) {
        const pattern = rule === undefined ? undefined : routePattern(rule);
        if (pattern === undefined) return undefined;
        if (new RegExp(`${pattern}$`).test(path)) {
          if (methods === undefined) return undefined;
          if (methods.includes(method) || (method === 'HEAD' && methods.includes('GET')) || method === 'OPTIONS')
            return it;
          other ??= 405;
        } else if (rule!.endsWith('/') && new RegExp(`${pattern}$`).test(`${path}/`)) other ??= 308;
      }
  if (!blueprints || mayHaveMore(flask, blueprints, app, host)) return undefined;
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

function routesOf({ decorators }: PyFunction, name: string, prefix: string | undefined): Route[] {
  return decorators.flatMap((it): Route[] => {
    if (it.kind !== 'call' || it.callee.kind !== 'attribute') return [];
    const { of, name: by } = it.callee;
    if (of.kind !== 'name' || of.name !== name || !/^(?:route|get|post|put|patch|delete)$/.test(by)) return [];
    const [rule] = it.args;
    const text = rule?.kind === 'string' ? below(prefix, rule.text) : undefined;
    if (by !== 'route') return [{ rule: text, methods: [by.toUpperCase()] }];
    const given = it.keywords.methods;
    if (!given) return [{ rule: text, methods: ['GET'] }];
    const methods = given.kind === 'list' ? given.items.map((one) => (one.kind === 'string' ? one.text : '')) : [];
    return [{ rule: text, methods: methods.length > 0 && !methods.includes('') ? methods : undefined }];
  });
}

/** BlueprintSetupState.add_url_rule() in flask/sansio/blueprints.py. */
function below(prefix: string | undefined, rule: string): string {
  if (prefix === undefined) return rule;
  return rule === '' ? prefix : `${prefix.replace(/\/+$/, '')}/${rule.replace(/^\/+/, '')}`;
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
function mayHaveMore(
  { module, file, name }: FlaskApp,
  blueprints: readonly Routes[],
  app: ServiceApp,
  host: HostView,
): boolean {
  if (module.wrappers.some((it) => !ROUTELESS.test(it))) return true;
  const values = module.statements.flatMap((it) =>
    it.kind === 'assign' || it.kind === 'expression' ? [it.value] : [],
  );
  if (values.some((it) => addsRoutes(it, name))) return true;
  const folders = searchPath(app) ?? [];
  // A package is called as its folder is.
  const own = file.path
    .replace(/\/__init__\.py$/, '')
    .replace(/^.*\//, '')
    .replace(/\.py$/, '');
  // Views that import the app from here add themselves to it.
  const known = new Set(blueprints.map((it) => it.from));
  return module.imports.some((it) => {
    if (known.has(it)) return false;
    if (it.module.startsWith('.')) return true;
    // `from shop import views` brings in the module shop.views.
    return [it.module, ...(it.names ?? []).map(({ text }) => `${it.module}.${text}`)].some((name) => {
      const found = findModule(host, folders, name);
      if (found.is !== 'found' || found.file.path === file.path) return false;
      return found.file.module.imports.some((one) => one.module.split('.').includes(own) || one.module.startsWith('.'));
    });
  });
}

/** Whether the app may make an answer of its own of an error with that status: an exception that nobody catches is a 500. */
export function handlesError(flask: FlaskApp, status: number): boolean {
  return handlerOf(flask, status) !== undefined;
}

/** What the app makes of an error of Flask's own; undefined where it has no handler for it. */
function handlerOf({ module, name }: FlaskApp, status: number): { status: number; name: string } | 'open' | undefined {
  const handlers = module.functions.flatMap((it) =>
    it.decorators.filter(isErrorHandler).map((by) => ({ it, by: by.kind === 'call' ? by : undefined })),
  );
  for (const { it, by } of handlers) {
    const [given] = by?.args ?? [];
    const own = by?.callee.kind === 'attribute' && by.callee.of.kind === 'name' && by.callee.of.name === name;
    // A handler for a class of exceptions, or of a blueprint, may take it as well.
    if (!own || given?.kind !== 'number') return 'open';
    if (given.value !== status) continue;
    // What it returns without a status is a success.
    return it.answer ? { status: it.answer.status, name: it.name } : 'open';
  }
  return undefined;
}

function isErrorHandler(it: PyExpression): boolean {
  return it.kind === 'call' && it.callee.kind === 'attribute' && it.callee.name === 'errorhandler';
}

function addsRoutes(it: PyExpression, name: string): boolean {
  if (it.kind !== 'call') return false;
  const { callee, args, keywords } = it;
  const isApp = (one: PyExpression) => one.kind === 'name' && one.name === name;
  if (callee.kind === 'attribute' && isApp(callee.of))
    return /^(?:add_url_rule|register_error_handler|mount)$/.test(callee.name);
  const called = callee.kind === 'name' ? callee.name : callee.kind === 'attribute' ? callee.name : '';
  if (called === 'init_app') return false;
  return [...args, ...Object.values(keywords)].some(isApp) && !ROUTELESS.test(called);
}

/** All rules of the app, blueprints included; undefined where something may add others. */
export function rulesOf(flask: FlaskApp, app: ServiceApp, host: HostView): readonly string[] | undefined {
  const blueprints = blueprintsOf(flask, app, host);
  if (!blueprints) return undefined;
  const rules = [ownRoutes(flask), ...blueprints].flatMap(({ functions, name, prefix }) =>
    functions.flatMap((it) => routesOf(it, name, prefix).map(({ rule }) => rule)),
  );
  return rules.includes(undefined) || handlesError(flask, 404) || mayHaveMore(flask, blueprints, app, host)
    ? undefined
    : (rules as string[]);
}
