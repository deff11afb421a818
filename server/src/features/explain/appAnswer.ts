/** What an app that runs answers to one request, as far as its own texts and what nginx sends tell. */

import type { AppAnswer, AppRequest } from '../../deployment/appRequest.js';
import { djangoAnswer } from '../../deployment/djangoAnswer.js';
import { flaskAnswer, handlesError, matchingRoute } from '../../deployment/flaskAnswer.js';
import { flaskApp } from '../../deployment/flaskApp.js';
import { headerSent, hostLines, refusesTwoHosts } from '../../deployment/proxiedRequest.js';
import { type ServiceApp, serviceApp } from '../../deployment/serviceApp.js';
import { impatience, sleepsAt, wholeApp } from '../../deployment/slowApp.js';
import { starletteAnswer } from '../../deployment/starletteAnswer.js';
import { viewFault } from '../../deployment/viewFaults.js';
import type { HostView } from '../../host/host.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import type { Request } from '../../nginx/effective/request.js';
import type { Passed } from '../../nginx/effective/route.js';

export interface Answer extends AppAnswer {
  /** nginx gives it, because the app's does not come. */
  readonly own?: true;
}

/** Undefined where the app answers as its views please. */
export function appAnswer(given: ServiceApp, host: HostView, passed: Passed, request: Request): Answer | undefined {
  const { by, uri } = passed;
  // What an environment file might say that nobody can read, is said of this app by its unit.
  const app = (given.environment('PYTHONPATH') === 'unknown' && serviceApp(given.unit, host, true)) || given;
  if (uri === undefined) return undefined;
  if (by.name === 'uwsgi_pass') {
    const asked = app.server === 'uwsgi' ? asUwsgi(by, uri, request) : undefined;
    return asked && (djangoAnswer(app, host, asked) ?? flaskAnswer(app, host, asked) ?? late(app, host, passed, asked));
  }
  if (by.name !== 'proxy_pass') return undefined;
  const refuses = hostLines(by.within).length > 1 ? refusesTwoHosts(app, host) : undefined;
  if (refuses) return { status: 400, why: `nginx sends Host twice, and ${refuses} takes one` };
  const asked = asApp(passed, uri, request);
  if (!asked) return undefined;
  const mounted = belowScriptName(app, asked);
  if ('status' in mounted) return mounted;
  return (
    djangoAnswer(app, host, mounted) ??
    flaskAnswer(app, host, mounted) ??
    starletteAnswer(app, host, mounted) ??
    late(app, host, passed, mounted)
  );
}

function asApp({ by, host }: Passed, uri: string, request: Request): AppRequest | undefined {
  const header = (name: string): string | undefined | 'unknown' => {
    const sent = headerSent(by.within, name);
    if (!sent.known) return 'unknown';
    const { value } = sent;
    if (value === undefined) return request.headers?.get(name);
    if (value === '$scheme') return request.scheme;
    if (value === '$https') return request.scheme === 'https' ? 'on' : undefined;
    if (value === `$http_${name.replaceAll('-', '_')}`) return request.headers?.get(name);
    return value.includes('$') ? 'unknown' : value;
  };
  let path: string;
  try {
    path = decodeURIComponent(uri.replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
  return { method: request.method, host, path, scheme: 'http', header };
}

/**
 * The variables of uwsgi_param, beside which nginx sends each header of the client's as HTTP_...; the scheme is that of
 * UWSGI_SCHEME, else of HTTPS: plugins/python/wsgi_subhandler.c.
 */
function asUwsgi({ within }: Directive, uri: string, request: Request): AppRequest | undefined {
  const { directives, certain } = inForce(within, 'uwsgi_param');
  const given = (name: string): string | undefined => {
    const value = directives.findLast((it) => it.args[0]?.toUpperCase() === name)?.args[1];
    if (value === '$scheme' || value === '$request_scheme') return request.scheme;
    if (value === '$https') return request.scheme === 'https' ? 'on' : undefined;
    if (value === '$host' || value === '$http_host') return request.host;
    return value?.includes('$') ? 'unknown' : value;
  };
  const path = directives.findLast((it) => it.args[0] === 'PATH_INFO')?.args[1];
  // Without PATH_INFO, or with one of somebody's own, the app is asked for something else.
  if (certain && !/^\$(?:document_)?uri$/.test(path ?? '')) return undefined;
  const scheme = given('UWSGI_SCHEME') ?? (given('HTTPS') === undefined ? 'http' : given('HTTPS'));
  const isTls = /^(?:https|on|1)$/i.test(scheme ?? '');
  const host = given('HTTP_HOST') ?? request.host;
  const header = (name: string): string | undefined | 'unknown' =>
    given(`HTTP_${name.toUpperCase().replaceAll('-', '_')}`) ?? request.headers?.get(name);
  return {
    method: request.method,
    host: host === 'unknown' ? undefined : host,
    path: uri.replace(/\?.*$/s, ''),
    scheme: scheme === 'unknown' || !certain ? undefined : isTls ? 'https' : 'http',
    header: certain ? header : () => 'unknown',
  };
}

/** gunicorn cuts SCRIPT_NAME off the path, and stumbles where it is not there: create() in gunicorn/http/wsgi.py. */
function belowScriptName(app: ServiceApp, asked: AppRequest): AppRequest | Answer {
  if (app.server !== 'gunicorn') return asked;
  const sent = asked.header('script_name');
  const name = sent ?? app.environment('SCRIPT_NAME');
  if (!name) return asked;
  // What comes of an unknown one is open, and so is each path below it.
  if (name === 'unknown') return { ...asked, path: '', host: undefined };
  if (!asked.path.includes(name))
    return { status: 500, why: `gunicorn wants ${name} (SCRIPT_NAME) in each path, and nginx passes ${asked.path}` };
  return { ...asked, path: asked.path.slice(asked.path.indexOf(name) + name.length) };
}

/** A view that has one answer to everything, or sleeps for longer than somebody waits for it. */
function late(app: ServiceApp, host: HostView, { by }: Passed, asked: AppRequest): Answer | undefined {
  const flask = flaskApp(app, host);
  const view = flask ? matchingRoute(flask, app, host, asked) : wholeApp(app, host);
  const slept = typeof view === 'object' ? view.sleeps + (flask ? 0 : sleepsAt(view, asked.path)) : 0;
  const fault = flask && typeof view === 'object' && !handlesError(flask, 500) && viewFault(view, flask, app, host);
  if (fault && slept === 0)
    return {
      status: 500,
      why:
        fault.is === 'template'
          ? `${view.name}() renders ${fault.name}, and there is no such file in ${fault.folder}`
          : `${view.name}() opens ${fault.path} for writing, which ${fault.user} may not write`,
    };
  if (typeof view === 'object' && slept === 0 && view.answer && !(flask && handlesError(flask, view.answer.status)))
    return { status: view.answer.status, why: `${view.name}() ends with ${view.answer.by}` };
  if (typeof view !== 'object' || slept === 0) return undefined;
  const takes = `${view.name}() takes ${slept} s`;
  const given = impatience(app, by, slept);
  if (!given) return undefined;
  return given.who === 'nginx'
    ? {
        status: 504,
        why: `${takes}, and nginx waits for ${given.waits} s (${by.name.replace('_pass', '_read_timeout')})`,
        own: true,
      }
    : { status: 502, why: `${takes}, and gunicorn ends its worker after ${given.waits} s`, own: true };
}
