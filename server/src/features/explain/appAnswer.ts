/** What an app that runs answers to one request, as far as its own texts and what nginx sends tell. */

import type { AppAnswer, AppRequest } from '../../deployment/appRequest.js';
import { djangoAnswer } from '../../deployment/djangoAnswer.js';
import { flaskAnswer, flaskApp, matchingRoute } from '../../deployment/flaskAnswer.js';
import { headerSent, hostLines, refusesTwoHosts } from '../../deployment/proxiedRequest.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import { impatience, wholeApp } from '../../deployment/slowApp.js';
import type { HostView } from '../../host/host.js';
import type { Request } from '../../nginx/effective/request.js';
import type { Passed } from '../../nginx/effective/route.js';

export interface Answer extends AppAnswer {
  /** nginx gives it, because the app's does not come. */
  readonly own?: true;
}

/** Undefined where the app answers as its views please. */
export function appAnswer(app: ServiceApp, host: HostView, passed: Passed, request: Request): Answer | undefined {
  const { by, uri } = passed;
  if (by.name !== 'proxy_pass' || uri === undefined) return undefined;
  const refuses = hostLines(by.within).length > 1 ? refusesTwoHosts(app, host) : undefined;
  if (refuses) return { status: 400, why: `nginx sends Host twice, and ${refuses} takes one` };
  const asked = asApp(passed, uri, request);
  if (!asked) return undefined;
  const mounted = belowScriptName(app, asked);
  if ('status' in mounted) return mounted;
  return djangoAnswer(app, host, mounted) ?? flaskAnswer(app, host, mounted) ?? late(app, host, passed, mounted);
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
  return { method: request.method, host, path, header };
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

/** A view that sleeps for longer than somebody waits for it. */
function late(app: ServiceApp, host: HostView, { by }: Passed, asked: AppRequest): Answer | undefined {
  const flask = flaskApp(app, host);
  const view = flask ? matchingRoute(flask, app, host, asked) : wholeApp(app, host);
  if (typeof view !== 'object' || view.sleeps === 0) return undefined;
  const takes = `${view.name}() takes ${view.sleeps} s`;
  const given = impatience(app, by.within, view.sleeps);
  if (!given) return undefined;
  return given.who === 'nginx'
    ? { status: 504, why: `${takes}, and nginx waits for ${given.waits} s (proxy_read_timeout)`, own: true }
    : { status: 502, why: `${takes}, and gunicorn ends its worker after ${given.waits} s`, own: true };
}
