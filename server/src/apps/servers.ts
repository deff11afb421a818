/** The app servers beside gunicorn: their options that decide where they listen, from their own command-line parsers. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { AppBind, AppCommand, AppServer, Protocol } from './appCommand.js';
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';
import { parseBind } from './gunicorn.js';
import { type GivenArgs, hasFlag, lastValue, type OptionSpec, readOptions } from './options.js';

const valued = (setting: string, ...options: string[]): OptionSpec => ({ setting, options, takesValue: true });
const flag = (setting: string, ...options: string[]): OptionSpec => ({ setting, options, takesValue: false });
const many = (make: typeof valued, names: string): OptionSpec[] => names.split(' ').map((it) => make(it, `--${it}`));

type Reader = (args: readonly ArgWord[], environment: Environment, directory: HostPath | undefined) => AppCommand;

const UVICORN: OptionSpec[] = [
  ...many(
    valued,
    'host port uds fd reload-dir reload-include reload-exclude reload-delay workers loop http ws ws-max-size ws-max-queue ws-ping-interval ws-ping-timeout ws-per-message-deflate lifespan interface env-file log-config log-level forwarded-allow-ips root-path limit-concurrency backlog limit-max-requests timeout-keep-alive timeout-graceful-shutdown timeout-worker-healthcheck ssl-keyfile ssl-certfile ssl-keyfile-password ssl-version ssl-cert-reqs ssl-ca-certs ssl-ciphers header app-dir h11-max-incomplete-event-size',
  ),
  ...many(
    flag,
    'reload access-log no-access-log use-colors no-use-colors proxy-headers no-proxy-headers server-header no-server-header date-header no-date-header version factory',
  ),
];

/** uvicorn/main.py: click reads UVICORN_* from the environment where an option is not given. */
function uvicorn(args: readonly ArgWord[], environment: Environment, directory: HostPath | undefined): AppCommand {
  const given = readOptions(args, UVICORN, false);
  const setting = (name: string): string | undefined | 'unknown' =>
    lastValue(given, name)?.text ?? environment(`UVICORN_${name.toUpperCase()}`);
  const word = lastValue(given, 'uds') ?? lastValue(given, 'port') ?? lastValue(given, 'host');
  const protocol = httpOrTls(hasFlag(given, 'ssl-certfile') || hasFlag(given, 'ssl-keyfile'));
  const base = { server: 'uvicorn' as const, app: given.operands[0], given, directory };
  const [fd, uds, host, port] = [setting('fd'), setting('uds'), setting('host'), setting('port')];
  if (fd !== undefined && fd !== 'unknown') return { ...base, binds: [], open: false, inherits: true };
  if ([fd, uds].includes('unknown')) return { ...base, binds: [], open: true, inherits: false };
  if (uds !== undefined)
    return { ...base, ...only(`unix:${uds}`, unixPath(uds, directory), word, protocol), inherits: false };
  if (host === 'unknown' || port === 'unknown') return { ...base, binds: [], open: true, inherits: false };
  return { ...base, ...tcp(host ?? '127.0.0.1', port ?? '8000', word, protocol), inherits: false };
}

const HYPERCORN: OptionSpec[] = [
  valued('bind', '-b', '--bind'),
  valued('config', '-c', '--config'),
  flag('daemon', '-D', '--daemon'),
  valued('group', '-g', '--group'),
  valued('worker-class', '-k', '--worker-class'),
  valued('pid', '-p', '--pid'),
  valued('umask', '-m', '--umask'),
  valued('user', '-u', '--user'),
  valued('workers', '-w', '--workers'),
  valued('error-log', '--error-logfile', '--log-file'),
  ...many(flag, 'debug reload'),
  ...many(
    valued,
    'access-log access-logfile access-logformat backlog ca-certs certfile cert-reqs ciphers error-log graceful-timeout read-timeout max-requests max-requests-jitter keep-alive keyfile keyfile-password insecure-bind log-config log-level quic-bind root-path server-name statsd-host statsd-prefix verify-mode websocket-ping-interval',
  ),
];

/** hypercorn/config.py, Config.create_sockets(): TLS on `bind` once a certificate and a key are set. */
function hypercorn(args: readonly ArgWord[], _: Environment, directory: HostPath | undefined): AppCommand {
  const given = readOptions(args, HYPERCORN, true);
  const tls = hasFlag(given, 'certfile') && hasFlag(given, 'keyfile');
  const base = { server: 'hypercorn' as const, app: given.operands[0], given, directory };
  const binds = bindsOf(given, 'bind', directory, httpOrTls(tls));
  binds.push(...bindsOf(given, 'insecure-bind', directory, 'http'));
  const configured = hasFlag(given, 'config');
  if (!hasFlag(given, 'bind') && !configured)
    binds.push({
      ...only('127.0.0.1:8000', parseBind('127.0.0.1:8000', undefined), undefined, httpOrTls(tls)).binds[0]!,
    });
  const inherits = binds.some((it) => it.text.startsWith('fd://'));
  return { ...base, binds, open: configured && !hasFlag(given, 'bind'), inherits };
}

const DAPHNE: OptionSpec[] = [
  valued('port', '-p', '--port'),
  valued('host', '-b', '--bind'),
  valued('unix', '-u', '--unix-socket'),
  valued('fd', '--fd'),
  valued('endpoint', '-e', '--endpoint'),
  valued('verbosity', '-v', '--verbosity'),
  valued('http-timeout', '-t', '--http-timeout'),
  valued('server-name', '-s', '--server-name'),
  ...many(flag, 'proxy-headers no-server-name'),
  ...many(
    valued,
    'websocket_timeout websocket_connect_timeout access-log log-fmt ping-interval ping-timeout websocket-max-message-size websocket-max-frame-size application-close-timeout root-path proxy-headers-host proxy-headers-port',
  ),
];

/** daphne/cli.py and build_endpoint_description_strings() in daphne/endpoints.py: each kind adds an endpoint. */
function daphne(args: readonly ArgWord[], _: Environment, directory: HostPath | undefined): AppCommand {
  const given = readOptions(args, DAPHNE, true);
  const [host, port, unix] = ['host', 'port', 'unix'].map((it) => lastValue(given, it));
  const endpoint = hasFlag(given, 'endpoint');
  const inherits = hasFlag(given, 'fd');
  const binds: AppBind[] = [];
  if (unix) binds.push(...only(`unix:${unix.text}`, unixPath(unix.text, directory), unix, 'http').binds);
  // A host or a port alone takes the other's default; nothing at all means 127.0.0.1:8000.
  if (host || port || (!unix && !endpoint && !inherits))
    binds.push(...tcp(host?.text ?? '127.0.0.1', port?.text ?? '8000', port ?? host, 'http').binds);
  const open = endpoint || binds.some((it) => it.text.includes('$'));
  return { server: 'daphne', app: given.operands[0], given, directory, binds, open, inherits };
}

const WAITRESS: OptionSpec[] = [
  ...many(
    flag,
    'help call expose-tracebacks no-expose-tracebacks ipv4 ipv6 no-ipv4 no-ipv6 log-untrusted-proxy-headers',
  ),
  ...many(
    valued,
    'app host port listen unix-socket unix-socket-perms threads backlog recv-bytes send-bytes url-scheme url-prefix ident trusted-proxy trusted-proxy-count trusted-proxy-headers connection-limit cleanup-interval channel-timeout max-request-body-size max-request-header-size asyncore-loop-timeout channel-request-lookahead outbuf-overflow outbuf-high-watermark inbuf-overflow',
  ),
];

/** waitress/runner.py and adjustments.py: `--listen` may repeat, the default is 0.0.0.0:8080. */
function waitress(args: readonly ArgWord[], _: Environment, directory: HostPath | undefined): AppCommand {
  const given = readOptions(args, WAITRESS, true);
  const base = { server: 'waitress' as const, app: given.operands[0], given, directory, inherits: false };
  const unix = lastValue(given, 'unix-socket');
  if (unix) return { ...base, ...only(`unix:${unix.text}`, unixPath(unix.text, directory), unix, 'http') };
  const listens = given.options.filter((it) => it.spec.setting === 'listen' && it.value);
  if (listens.length === 0) {
    const port = lastValue(given, 'port');
    const host = lastValue(given, 'host');
    return { ...base, ...tcp(host?.text ?? '0.0.0.0', port?.text ?? '8080', port ?? host, 'http') };
  }
  const binds = listens.flatMap((it) =>
    it.value!.text.split(/\s+/).flatMap((text) => {
      const colon = text.lastIndexOf(':');
      const [host, port] = colon < 0 ? [text, '8080'] : [text.slice(0, colon), text.slice(colon + 1)];
      return tcp(host.replace(/^\[|\]$/g, ''), port, it.value, 'http').binds;
    }),
  );
  return { ...base, binds, open: binds.some((it) => !it.address) };
}

/** `manage.py runserver [host:]port`: django/core/management/commands/runserver.py. */
function runserver(args: readonly ArgWord[], _: Environment, directory: HostPath | undefined): AppCommand | undefined {
  if (args[0]?.text !== 'runserver') return undefined;
  const given = readOptions(args.slice(1), many(valued, 'settings pythonpath verbosity'), true);
  const word = given.operands[0];
  const base = { server: 'runserver' as const, app: undefined, given, directory, inherits: false };
  const match = /^(?:(.*):)?(\d+)$/.exec(word?.text ?? '8000');
  if (!match) return { ...base, binds: [], open: true };
  const host = match[1] === '0' ? '0.0.0.0' : (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, '');
  return { ...base, ...tcp(host, match[2]!, word, 'http') };
}

const FLASK: OptionSpec[] = [
  valued('app', '-A', '--app'),
  valued('host', '-h', '--host'),
  valued('port', '-p', '--port'),
  valued('cert', '--cert'),
  valued('key', '--key'),
  valued('env-file', '-e', '--env-file'),
  ...many(flag, 'debug no-debug reload no-reload debugger no-debugger with-threads without-threads'),
  ...many(valued, 'extra-files exclude-patterns'),
];

/** `flask run`: flask/cli.py, run_command; FLASK_RUN_HOST and FLASK_RUN_PORT stand for missing options. */
function flask(
  args: readonly ArgWord[],
  environment: Environment,
  directory: HostPath | undefined,
): AppCommand | undefined {
  const given = readOptions(args, FLASK, false);
  if (given.operands[0]?.text !== 'run') return undefined;
  const base = { server: 'flask' as const, app: undefined, given, directory, inherits: false };
  const host = lastValue(given, 'host')?.text ?? environment('FLASK_RUN_HOST');
  const port = lastValue(given, 'port')?.text ?? environment('FLASK_RUN_PORT');
  if (host === 'unknown' || port === 'unknown') return { ...base, binds: [], open: true };
  const word = lastValue(given, 'port') ?? lastValue(given, 'host');
  const protocol = httpOrTls(hasFlag(given, 'cert'));
  if (host?.startsWith('unix://'))
    return { ...base, ...only(host, unixPath(host.slice(7), directory), word, protocol) };
  return { ...base, ...tcp(host ?? '127.0.0.1', port ?? '5000', word, protocol) };
}

/** `python -m http.server [port]`: Lib/http/server.py. */
function httpServer(args: readonly ArgWord[], _: Environment, directory: HostPath | undefined): AppCommand {
  const specs = [valued('host', '-b', '--bind'), valued('directory', '-d', '--directory'), flag('cgi', '--cgi')];
  const given = readOptions(args, specs, true);
  const host = lastValue(given, 'host')?.text ?? '*';
  const word = given.operands[0];
  return {
    ...{ server: 'http.server', app: undefined, given, directory, inherits: false },
    ...tcp(host, word?.text ?? '8000', word, 'http'),
  };
}

const READERS: Readonly<Record<string, (...args: Parameters<Reader>) => AppCommand | undefined>> = {
  uvicorn,
  hypercorn,
  daphne,
  waitress,
  'waitress-serve': waitress,
  'manage.py': runserver,
  django: runserver,
  'django-admin': runserver,
  flask,
  'http.server': httpServer,
};

/** Reads the command of an app server other than gunicorn and uWSGI; undefined for any other program. */
export function readServer(name: string, ...args: Parameters<Reader>): AppCommand | undefined {
  return Object.hasOwn(READERS, name) ? READERS[name]!(...args) : undefined;
}

/** The servers that know nothing of LISTEN_FDS and take a descriptor only when told so. */
export const NEEDS_FD: ReadonlySet<AppServer> = new Set(['uvicorn', 'hypercorn', 'daphne']);

const httpOrTls = (tls: boolean): Protocol => (tls ? 'https' : 'http');

function unixPath(path: string, directory: HostPath | undefined): Address | undefined {
  if (path.includes('$')) return undefined;
  if (path.startsWith('/')) return { kind: 'unix', path: hostPath(path) };
  return directory && { kind: 'unix', path: joinPath(directory, path) };
}

function only(text: string, address: Address | undefined, word: ArgWord | undefined, protocol: Protocol) {
  const source = word ? 'command line' : 'default';
  const binds: AppBind[] = [{ text, address, word, source, protocol }];
  return { binds, open: address === undefined };
}

function tcp(host: string, port: string, word: ArgWord | undefined, protocol: Protocol) {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN;
  const known = !host.includes('$') && number <= 65535;
  const address: Address | undefined = known ? { kind: 'tcp', host: host.toLowerCase(), port: number } : undefined;
  return only(`${host}:${port}`, address, word, protocol);
}

function bindsOf(given: GivenArgs, setting: string, directory: HostPath | undefined, protocol: Protocol): AppBind[] {
  return given.options.flatMap(({ spec, value }) =>
    spec.setting === setting && value ? only(value.text, parseBind(value.text, directory), value, protocol).binds : [],
  );
}
