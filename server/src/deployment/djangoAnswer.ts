/** What Django answers before a view does: its middleware and its URL patterns, as far as its settings are literal. */
import { UNKNOWN } from '../apps/pythonValues.js';
import type { HostView } from '../host/host.js';
import { type DjangoSettings, djangoSettings } from './appModule.js';
import type { AppAnswer, AppRequest } from './appRequest.js';
import { allowedHosts, djangoSetting, domainOf, hasMiddleware, isAllowed } from './django.js';
import { urlFault } from './djangoFaults.js';
import { djangoProject } from './djangoProject.js';
import { debugOf, patternsOf, resolvePath } from './djangoUrls.js';
import { viewAnswer } from './djangoViews.js';
import type { ServiceApp } from './serviceApp.js';

/** Undefined where the project is not Django's, or where its views answer. */
export function djangoAnswer(app: ServiceApp, host: HostView, request: AppRequest): AppAnswer | undefined {
  const settings = djangoSettings(app, host);
  if (!settings) return undefined;
  const has = (name: string) => hasMiddleware(settings, `django.${name}`);
  const security = has('middleware.security.SecurityMiddleware');
  const common = has('middleware.common.CommonMiddleware');
  if (security === undefined || common === undefined) return undefined;
  const refused = refusedHost(settings, request);
  const redirected = security && redirect(app, settings, request);
  if (redirected) return refused ?? redirected;
  if (common && refused) return refused;
  const key = djangoSetting(settings, 'SECRET_KEY');
  const loads = settings.file.module.setsEnvironment === 'any';
  if (!loads && (key === null || key === '') && has('contrib.messages.middleware.MessageMiddleware'))
    return {
      status: 500,
      why: `SECRET_KEY in ${settings.file.path} is empty, and Django's messages are signed with it`,
    };
  return unresolved(app, settings, host, request, common);
}

function refusedHost(settings: DjangoSettings, { host }: AppRequest): AppAnswer | undefined {
  const other = djangoSetting(settings, 'USE_X_FORWARDED_HOST');
  if (host === undefined || (other !== undefined && other !== false)) return undefined;
  const domain = domainOf(host);
  if (domain === undefined) return { status: 400, why: `Django takes no host with a name like ${host}` };
  const allowed = allowedHosts(settings);
  if (!allowed || isAllowed(domain, allowed)) return undefined;
  return { status: 400, why: `ALLOWED_HOSTS in ${settings.file.path} does not list ${domain}` };
}

function redirect(app: ServiceApp, settings: DjangoSettings, request: AppRequest): AppAnswer | undefined {
  if (djangoSetting(settings, 'SECURE_SSL_REDIRECT') !== true) return undefined;
  const exempt = djangoSetting(settings, 'SECURE_REDIRECT_EXEMPT');
  if (exempt !== undefined && !(Array.isArray(exempt) && exempt.length === 0)) return undefined;
  if (isSecure(app, settings, request) !== false) return undefined;
  return { status: 301, why: `SECURE_SSL_REDIRECT in ${settings.file.path} is on, and the request came plainly` };
}

/** HttpRequest.scheme; gunicorn and uvicorn make https of X-Forwarded-Proto and its kin, where they trust the peer. */
function isSecure(app: ServiceApp, settings: DjangoSettings, { header, scheme }: AppRequest): boolean | undefined {
  const set = djangoSetting(settings, 'SECURE_PROXY_SSL_HEADER');
  if (set !== undefined && set !== null) {
    const [name, value] = Array.isArray(set) ? set : [];
    if (typeof name !== 'string' || typeof value !== 'string' || !name.startsWith('HTTP_')) return undefined;
    const sent = header(name.slice('HTTP_'.length).toLowerCase().replaceAll('_', '-'));
    if (sent === 'unknown') return undefined;
    if (sent !== undefined) return sent === value;
  }
  if (app.server === 'uwsgi') return scheme && scheme === 'https';
  if (app.server !== 'gunicorn' && app.server !== 'uvicorn') return undefined;
  return mayTakeForTls(app, header) ? undefined : false;
}

/**
 * Whether a header may make the server itself take a request for one over TLS: secure_scheme_headers in gunicorn/config.py,
 * each with the one value that counts.
 */
export function mayTakeForTls(app: ServiceApp, header: AppRequest['header']): boolean {
  const own = app.command.settings?.of('secure_scheme_headers');
  const secure: Readonly<Record<string, string>> = {
    'x-forwarded-proto': 'https',
    ...(app.server === 'gunicorn' && { 'x-forwarded-protocol': 'ssl', 'x-forwarded-ssl': 'on' }),
  };
  if (own && own.source !== 'default') return true;
  return Object.entries(secure).some(([name, value]) => [value, 'unknown'].includes(header(name) ?? ''));
}

/** Middleware of packages that hands a plain request on. */
const PASSING =
  /^(?:corsheaders\.middleware\.Cors|allauth\.account\.middleware\.Account|django_htmx\.middleware\.Htmx|simple_history\.middleware\.HistoryRequest|debug_toolbar\.middleware\.DebugToolbar|csp\.middleware\.CSP|whitenoise\.middleware\.WhiteNoise)(?:Middleware)?$/;

/** Whether a middleware leaves it to the patterns what a path gets. */
function passes(name: string, path: string, settings: DjangoSettings): boolean {
  if (/(?:LoginRequired|FlatpageFallback|RedirectFallback|UpdateCache|FetchFromCache)Middleware$/.test(name))
    return false;
  if (name.startsWith('django.')) return true;
  if (name.startsWith('whitenoise.')) {
    const url = djangoSetting(settings, 'STATIC_URL');
    const root = djangoSetting(settings, 'WHITENOISE_ROOT');
    const isAbove = typeof url === 'string' && url.startsWith('/') && url.length > 1 && !path.startsWith(url);
    return root === undefined && isAbove;
  }
  return PASSING.test(name);
}

function unresolved(
  app: ServiceApp,
  settings: DjangoSettings,
  host: HostView,
  request: AppRequest,
  appends: boolean,
): AppAnswer | undefined {
  const { path, method } = request;
  const project = djangoProject(app, settings, host);
  if (!project) return undefined;
  const { urls, within } = project;
  const debug = debugOf(within);
  const middleware = djangoSetting(settings, 'MIDDLEWARE') ?? [];
  if (!Array.isArray(middleware) || middleware.some((it) => typeof it !== 'string' || !passes(it, path, settings)))
    return undefined;
  const fault = urlFault(project);
  if (fault) return { status: 500, why: fault.why };
  const found = resolvePath(urls, path.slice(1), within);
  if (found === 'open') return undefined;
  if (found === 'admin') return { status: 302, why: 'the admin sends whoever is not logged in to its login' };
  if (typeof found === 'object') return viewAnswer(found, project, request);
  // With DEBUG an empty project shows its welcome: technical_404_response() in django/views/debug.py.
  const items = debug === false ? undefined : patternsOf(urls, within)?.items;
  if (items && (items.length === 0 || (path === '/' && items.length === 1))) return undefined;
  const slash = djangoSetting(settings, 'APPEND_SLASH');
  if (appends && slash === UNKNOWN) return undefined;
  if (appends && slash !== false && !path.endsWith('/')) {
    const more = resolvePath(urls, `${path.slice(1)}/`, within);
    const changes = /^(?:POST|PUT|PATCH)$/.test(method);
    if (more === 'open' || (more !== 'none' && changes && debug === undefined)) return undefined;
    const why = `no pattern of ${urls} takes ${path}, and one takes ${path}/`;
    // CommonMiddleware.get_full_path_with_slash() raises rather than lose a body, with DEBUG on.
    if (more !== 'none') return { status: changes && debug ? 500 : 301, why };
  }
  return { status: 404, why: `no pattern of ${urls} takes ${path}` };
}
