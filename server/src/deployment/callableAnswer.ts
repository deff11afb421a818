/** What a bare WSGI or ASGI callable answers to one request: its text is followed with what the server hands over. */
import { lastValue } from '../apps/options.js';
import { Bytes, Dict, type Key, List, Native, OPEN, Procedure, Raised, type Value } from '../apps/pythonObjects.js';
import { Lost, type Run } from '../apps/pythonRun.js';
import { everyWay } from '../apps/pythonWays.js';
import { type FileText, type HostView, isText } from '../host/host.js';
import { type PyStep, parseProcedures } from '../syntax/pythonProcedure.js';
import { interfaceWanted } from './appInterface.js';
import { appModule, appSpec } from './appModule.js';
import type { AppAnswer, AppRequest } from './appRequest.js';
import { mayTakeForTls } from './djangoAnswer.js';
import type { ServiceApp } from './serviceApp.js';

/** Goes with the text that the host remembers, and is made when somebody first asks. */
const read = new WeakMap<FileText, readonly PyStep[]>();

/** The statements of a Python file; remembered with its text. */
export function proceduresOf(text: FileText & { readonly text: string }): readonly PyStep[] {
  let steps = read.get(text);
  if (!steps) read.set(text, (steps = parseProcedures(text.text)));
  return steps;
}

/** What was begun to be answered. */
interface Started {
  status: number | undefined;
  headers: Value;
}

interface Outcome {
  readonly status: number;
  readonly by: string;
  readonly handsOn: AppAnswer['handsOn'];
  readonly sure: boolean;
}

/** Undefined where the app is no function, or where its text leaves the answer open. @param query without its `?`. */
export function callableAnswer(
  app: ServiceApp,
  host: HostView,
  asked: AppRequest,
  query: string | undefined,
): AppAnswer | undefined {
  const spec = appSpec(app);
  const found = spec && appModule(app, host);
  if (found?.is !== 'found' || spec?.name === undefined || /[(.]/.test(spec.text.slice(spec.module.length + 1)))
    return undefined;
  const { module, path } = found.file;
  const text = host.read(path);
  if (module.hasError || module.isDynamic || module.stop || !text.known || !isText(text.value)) return undefined;
  const statements = proceduresOf(text.value);
  const { name } = spec;
  // A header that nobody can read may have nginx answer.
  const mayHandOn = /x-accel-redirect/i.test(text.value.text);
  const environment = () => processEnvironment(app, module.setsEnvironment === 'any');
  const ways = everyWay(environment, (run) => {
    try {
      run.load(statements);
    } catch (raised) {
      // That is how the app starts, and no answer.
      throw raised instanceof Raised ? new Lost() : raised;
    }
    const callee = run.module.names.get(name);
    if (!(callee instanceof Procedure)) throw new Lost();
    const outcome = callee.of.isAsync ? asAsgi(run, callee, app, asked, query) : asWsgi(run, callee, app, asked, query);
    const handsOn = handedOn(outcome.headers, mayHandOn);
    return { status: outcome.status, by: outcome.by, handsOn, sure: !run.unsure };
  });
  return ways && agreed(name, asked, ways);
}

/** The answer that each way ends with. */
function agreed(name: string, asked: AppRequest, ways: readonly Outcome[]): AppAnswer | undefined {
  const [first, ...more] = ways;
  if (!first) return undefined;
  if (more.some((it) => it.status !== first.status || it.handsOn !== first.handsOn)) return undefined;
  // What may have failed before leaves it at the guess that an app answers well.
  if (first.status === 200 && first.handsOn === undefined && !ways.every((it) => it.sure)) return undefined;
  const why = `${name}() ${first.by === '' ? `answers ${first.status} to ${asked.method} ${asked.path}` : `ends with ${first.by}`}`;
  return { status: first.status, why, ...(first.handsOn !== undefined && { handsOn: first.handsOn }) };
}

type Ended = Started & { readonly status: number; readonly by: string };

function ended({ status, headers }: Started, by = ''): Ended {
  if (status === undefined) throw new Lost();
  return { status, headers, by };
}

const failed = (by: string): Ended => ({ status: 500, headers: new List([]), by });

/** run_wsgi() and its kin: PEP 3333. */
function asWsgi(run: Run, callee: Procedure, app: ServiceApp, asked: AppRequest, query: string | undefined): Ended {
  if (interfaceWanted(app) === 'asgi') throw new Lost();
  let started: Started | undefined;
  const startResponse = new Native(([status, headers, again]) => {
    if (started && again === undefined)
      throw app.server === 'gunicorn' ? new Raised('AssertionError', 'a second start_response()') : new Lost();
    const number = typeof status === 'string' ? /^(\d{3})(?:\s|$)/.exec(status)?.[1] : undefined;
    if (typeof status === 'string' && number === undefined) throw new Lost();
    if (status !== OPEN && typeof status !== 'string') throw new Lost();
    started = { status: number === undefined ? undefined : Number(number), headers: headers ?? OPEN };
    return OPEN;
  });
  let done: ReturnType<Run['call']>;
  try {
    done = run.call(callee, [wsgiEnvironment(app, asked, query), startResponse]);
  } catch (raised) {
    if (!(raised instanceof Raised)) throw raised;
    return uncaught(raised, app, /^(?:gunicorn|waitress)$/.test(app.server) || !started);
  }
  const body = done && 'value' in done ? done.value : null;
  // What cannot be gone through fails before the headers are sent, and what is no bytes after that: handle_request().
  if (body === null && !callee.of.yields && app.server === 'gunicorn') return failed('None for a body');
  if (!started) throw new Lost();
  return ended(started);
}

function uncaught({ name, text }: Raised, { server }: ServiceApp, isAnswered: boolean): Ended {
  if (!isAnswered || name === '?' || /^(?:SystemExit|KeyboardInterrupt|GeneratorExit|StopIteration)$/.test(name))
    throw new Lost();
  if (!/^(?:gunicorn|waitress|uvicorn|hypercorn|daphne|uwsgi)$/.test(server)) throw new Lost();
  return failed(text.startsWith('raise') ? text : `${name} at ${text}`);
}

/** The `http` scope: https://asgi.readthedocs.io/en/latest/specs/www.html */
function asAsgi(run: Run, callee: Procedure, app: ServiceApp, asked: AppRequest, query: string | undefined): Ended {
  if (interfaceWanted(app) === 'wsgi' || lastValue(app.command.given, 'root-path')) throw new Lost();
  let started: Started | undefined;
  const send = new Native(([message]) => {
    const type = message instanceof Dict ? message.at('type') : OPEN;
    if (!(message instanceof Dict) || typeof type !== 'string') throw new Lost();
    if (type !== 'http.response.start') return null;
    const status = message.at('status');
    if (started || (status !== OPEN && typeof status !== 'number')) throw new Lost();
    started = { status: status === OPEN ? undefined : status, headers: message.at('headers') ?? new List([]) };
    return null;
  });
  const scope = new Dict(() => OPEN);
  const own: readonly (readonly [string, Value | undefined])[] = [
    ['type', 'http'],
    ['method', asked.method],
    ['path', asked.path],
    ['query_string', query === undefined ? OPEN : new Bytes(query)],
  ];
  for (const [name, value] of own) scope.entries.set(name, value ?? OPEN);
  try {
    run.call(callee, [scope, new Native(() => OPEN), send]);
  } catch (raised) {
    if (!(raised instanceof Raised)) throw raised;
    return uncaught(raised, app, !started && /^(?:uvicorn|gunicorn|hypercorn|daphne)$/.test(app.server));
  }
  if (started) return ended(started);
  if (app.server === 'uvicorn' || app.server === 'gunicorn') return failed('no answer at all');
  throw new Lost();
}

/** What nginx lets a header of the client's tell, and what each client sends of its own accord. */
const OF_CLIENTS =
  /^(?:user-agent|accept|accept-\w+|connection|keep-alive|origin|referer|cache-control|pragma|upgrade-insecure-requests|sec-[\w-]+|content-\w+)$/;

/** Keys that each server has, whose values are its own affair. */
const PRESENT = /^(?:SERVER_\w+|REMOTE_\w+|wsgi\.\w+|REQUEST_URI|RAW_URI|gunicorn\.\w+|uwsgi\.\w+|CONTENT_\w+)$/;

function wsgiEnvironment(app: ServiceApp, asked: AppRequest, query: string | undefined): Dict {
  const plain = app.server === 'gunicorn' || app.server === 'waitress';
  const environ = new Dict((key: Key): Value | undefined => {
    if (typeof key !== 'string' || key === '' || PRESENT.test(key)) return OPEN;
    if (!key.startsWith('HTTP_')) return plain && /^[A-Z_]+$/.test(key) ? undefined : OPEN;
    const name = key.slice('HTTP_'.length).toLowerCase().replaceAll('_', '-');
    const sent = asked.header(name);
    return sent === 'unknown' || (sent === undefined && OF_CLIENTS.test(name)) ? OPEN : sent;
  });
  const own: readonly (readonly [string, Value | undefined])[] = [
    ['wsgi.version', OPEN],
    ['PATH_INFO', Buffer.from(asked.path).toString('latin1')],
    ['REQUEST_METHOD', asked.method],
    ['QUERY_STRING', query],
    [
      'SCRIPT_NAME',
      app.server === 'gunicorn' ? (asked.header('script_name') ?? app.environment('SCRIPT_NAME') ?? '') : undefined,
    ],
    ['HTTP_HOST', asked.host],
    ['wsgi.url_scheme', mayTakeForTls(app, asked.header) ? undefined : asked.scheme],
  ];
  for (const [name, value] of own) environ.entries.set(name, value === undefined || value === 'unknown' ? OPEN : value);
  return environ;
}

/** What systemd sets for each service, systemd.exec(5), and what a shell before it may. */
const BY_SYSTEMD =
  /^(?:PATH|LANG|LC_\w+|USER|LOGNAME|HOME|SHELL|PWD|INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|LISTEN_\w+|MAINPID|SYSTEMD_\w+|\w+_DIRECTORY|MEMORY_\w+|TZ|TERM|SERVER_SOFTWARE|VIRTUAL_ENV|PYTHON\w+)$/;

/** os.environ of the service. @param setsAny it is read from a file, or somewhere else. */
export function processEnvironment(app: ServiceApp, setsAny: boolean): Dict {
  return new Dict((key) => {
    if (typeof key !== 'string' || key === '' || setsAny) return OPEN;
    const value = app.environment(key);
    return value === 'unknown' || (value === undefined && BY_SYSTEMD.test(key)) ? OPEN : value;
  });
}

/** X-Accel-Redirect of headers that are pairs of texts or bytes. */
function handedOn(headers: Value, may: boolean): AppAnswer['handsOn'] {
  if (!may) return undefined;
  if (!(headers instanceof List) || headers.open) return 'open';
  for (const it of headers.items) {
    const [name, value] = it instanceof List && !it.open ? it.items.map(plainText) : [];
    if (name === undefined) return 'open';
    if (name.toLowerCase() === 'x-accel-redirect') return value === undefined ? 'open' : value;
  }
  return undefined;
}

const plainText = (it: Value): string | undefined =>
  typeof it === 'string' ? it : it instanceof Bytes ? it.text : undefined;
