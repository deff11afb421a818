/** Handlers of what http's modules read in ways of their own: logs, targets, redirects, access rights. */
import { fault, type Handler, keywords, portFault, word } from './argumentReaders.js';
import { hostFault, isLoneWord } from './hostNames.js';
import { logTargetFault } from './logTargets.js';
import { parseNumber, parseSize, parseTime } from './values.js';

/** ngx_http_log_set_log() and ngx_stream_log_set_log(). */
const accessLog: Handler = (args, entry) => {
  if (args[0] === 'off') return args.length > 1 ? fault(2, 'nothing, as "off" stands alone') : undefined;
  const target = logTargetFault(args[0]!);
  if (target) return target;
  // stream has no format of its own.
  if (args.length === 1 && entry.module === 'ngx_stream_log_module')
    return args[0]!.includes('$') ? undefined : fault(1, 'followed by the name of a log_format');
  for (const [i, value] of args.entries()) {
    if (i < 2 || value.startsWith('if=')) continue;
    const [, key, rest] = /^(buffer=|flush=|gzip=|gzip$)(.*)$/s.exec(value) ?? [];
    if (key === undefined) return fault(i + 1, 'buffer=, gzip, flush= or if=', ['buffer=', 'gzip', 'flush=', 'if=']);
    if (key === 'buffer=' && !parseSize(rest!)) return fault(i + 1, 'buffer= with a size such as 32k');
    // ngx_http_log_set_log() refuses zero as well.
    if (key === 'flush=' && !parseTime(rest!, 'milliseconds')) return fault(i + 1, 'flush= with a time such as 5s');
    const level = key === 'gzip=' ? parseNumber(rest!) : 1;
    if (level === undefined || level < 1 || level > 9) return fault(i + 1, 'gzip= with a level from 1 to 9');
  }
  const flush = args.findIndex((it) => it.startsWith('flush='));
  const buffered = args.findIndex((it, i) => i > 1 && /^(?:buffer=|gzip)/.test(it));
  if (flush > 1 && buffered < 0) return fault(flush + 1, 'accompanied by buffer= or gzip');
  if (buffered > 1 && /\$|^syslog:/.test(args[0]!))
    return fault(buffered + 1, 'left out: logs with variables in their name and those of syslog have no buffer');
  return undefined;
};

/** ngx_conf_set_access_slot() in src/core/ngx_file.c. */
const accessRights: Handler = (args) => {
  const at = args.findIndex((it) => !/^(?:user|group|all):(?:rw|r)$/.test(it));
  return at < 0 ? undefined : fault(at + 1, 'user:, group: or all: with r or rw');
};

/** ngx_http_upstream_bind_set_slot(). */
const bind: Handler = ([address, mode]) => {
  if (address === 'off') return mode === undefined ? undefined : fault(2, 'nothing, as "off" stands alone');
  const isAddress =
    /^(?:\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.]+\])(?::\d+)?$/.test(address!) ||
    /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(address!);
  if (!address!.includes('$') && (!isAddress || hostFault(address!, 1)))
    return fault(1, 'an address of this machine, or "off"', ['off']);
  return mode === undefined || mode === 'transparent' ? undefined : fault(2, '"transparent"', ['transparent']);
};

/** With one argument the directive takes only these words. */
const alone =
  (words: readonly string[]): Handler =>
  (args) =>
    args.length === 1 ? word(1, words)(args, undefined as never) : undefined;

/** `host:port` or `unix:/path` behind the scheme, if the directive has one. A name without a port is an upstream's. */
function target(schemes: readonly string[], needed: boolean): Handler {
  return ([url], entry) => {
    if (url!.includes('$'))
      return entry.name === 'memcached_pass' ? fault(1, 'an address: nginx takes no variables here') : undefined;
    const scheme = schemes.find((it) => url!.toLowerCase().startsWith(`${it}://`));
    if (needed && scheme === undefined && entry.module !== 'ngx_stream_proxy_module')
      return fault(1, `an address that begins with ${schemes.map((it) => `${it}://`).join(' or ')}`);
    const rest = scheme === undefined ? url! : url!.slice(scheme.length + 3);
    if (rest.startsWith('unix:')) return hostFault(rest, 1);
    const authority = rest.split(/[/?]/)[0]!;
    if (authority === '') return fault(1, 'an address with its host');
    if (!needed && /[/?]/.test(rest)) return fault(1, 'an address that ends with its port: there is no path here');
    if (entry.name === 'grpc_pass' && /^\d+\.\d+\.\d+\.\d+$/.test(authority))
      return fault(1, 'an address with its port');
    // Digits alone are a name here, not a port.
    return (/^\d+$/.test(authority) ? undefined : portFault(authority, 1)) ?? hostFault(authority, 1);
  };
}

const tryFiles: Handler = (args) => {
  const last = args[args.length - 1]!;
  if (!last.startsWith('=')) return undefined;
  const code = parseNumber(last.slice(1));
  return code === undefined || code > 999 ? fault(args.length, '"=" with a status code of at most 999') : undefined;
};

/** A resolver's words are addresses unless they have an `=`. */
const resolver: Handler = (args, entry) => {
  for (const [i, value] of args.entries()) {
    const isParameter = value.includes('=');
    const found = isParameter ? keywords(1)([value], entry) : (portFault(value, 1) ?? hostFault(value, 1));
    if (found) return { ...found, arg: i + 1 };
    // mail's resolver may be off; elsewhere a lone word is none that DNS would have before there is DNS.
    if (!isParameter && isLoneWord(value) && !(value === 'off' && entry.module.startsWith('ngx_mail')))
      return fault(i + 1, 'the address of a DNS server');
  }
  if (args.every((it) => it.includes('='))) return fault(1, 'the address of a DNS server, before all parameters');
  return undefined;
};

/** A wildcard stands for whole labels, at one end: ngx_hash_add_key() in src/core/ngx_hash.c. */
const serverName: Handler = (args) => {
  for (const [i, name] of args.entries()) {
    if (name === '~') return fault(i + 1, 'a regular expression behind the "~"');
    // What ngx_http_core_server_name() refuses by itself; the rest is noticed where names are compared.
    if (name === '.' || (name.startsWith('*') && !/^\*\../s.test(name)))
      return fault(i + 1, 'a name with its "*" as the whole first or last label, as in *.example.com');
  }
  return undefined;
};

const cpuMasks: Handler = (args) => {
  const from = args[0] === 'auto' ? 1 : 0;
  const at = args.findIndex((it, i) => i >= from && !/^[01]+$/.test(it));
  return at < 0 ? undefined : fault(at + 1, 'a mask of 0 and 1, one digit for each processor', ['auto']);
};

export const HTTP_HANDLERS: Readonly<Record<string, Handler>> = {
  access_log: accessLog,
  aio: ([value]) =>
    ['on', 'off', 'threads'].includes(value!) || value!.startsWith('threads=')
      ? undefined
      : fault(1, '"on", "off" or "threads"', ['on', 'off', 'threads']),
  dav_access: accessRights,
  fastcgi_store_access: accessRights,
  proxy_store_access: accessRights,
  scgi_store_access: accessRights,
  uwsgi_store_access: accessRights,
  fastcgi_bind: bind,
  grpc_bind: bind,
  memcached_bind: bind,
  proxy_bind: bind,
  scgi_bind: bind,
  uwsgi_bind: bind,
  fastcgi_pass: target([], false),
  grpc_pass: target(['grpc', 'grpcs'], false),
  memcached_pass: target([], false),
  proxy_pass: target(['http', 'https'], true),
  scgi_pass: target([], false),
  uwsgi_pass: target(['uwsgi', 'suwsgi'], false),
  proxy_cookie_domain: alone(['off']),
  proxy_cookie_path: alone(['off']),
  protocol: word(1, ['imap', 'pop3', 'smtp']),
  proxy_redirect: alone(['off', 'default']),
  random: (args, entry) =>
    word(1, ['two'])(args, entry) ?? word(2, ['least_conn', 'least_time=header', 'least_time=last_byte'])(args, entry),
  resolver,
  server_name: (args, entry) => (entry.module === 'ngx_http_core_module' ? serverName(args, entry) : undefined),
  starttls: word(1, ['off', 'on', 'only']),
  try_files: tryFiles,
  use: word(1, ['epoll', 'poll', 'select', 'kqueue', 'eventport', '/dev/poll', 'win32', 'iocp']),
  worker_cpu_affinity: cpuMasks,
  worker_priority: ([value]) => (/^-?\d+$/.test(value!) ? undefined : fault(1, 'a whole number from -20 to 20')),
};
