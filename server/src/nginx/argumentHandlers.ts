/** Arguments that nginx reads with a function of their own: keywords with values, codes, flags of rewrite. */
import { isFixedVariable } from '../catalog/nginxVariables.js';
import { fault, type Handler, keywords, noAddress, number, portFault, word, zoneSize } from './argumentReaders.js';
import { hostFault, isLoneWord } from './hostNames.js';
import { HTTP_HANDLERS } from './httpHandlers.js';
import { isNetwork } from './inetAddress.js';
import { logTargetFault } from './logTargets.js';
import { MODULE_HANDLERS } from './moduleHandlers.js';
import { longHeader, TABLE_HANDLERS } from './tableHandlers.js';
import { parseNumber, parseOffset, parseSize, parseTime, type ValueFault } from './values.js';

// `80x` could be the name of a machine; that it is a port with a slip of the finger is the likelier story.
const listen: Handler = (args, entry) => {
  const [address] = args;
  if (address!.includes('$')) return fault(1, 'an address or a port: nginx takes no variables here');
  const found =
    noAddress(address!, entry) ??
    (/^\d+[a-z_-][\w-]*$/i.test(address!) && !/^\d+-\d+$/.test(address!)
      ? fault(1, 'an address or a port')
      : listenPortFault(address!)) ??
    hostFault(address!, 1);
  if (found) return found;
  // The machine's own name is possible, but who has it writes the port with it.
  if (isLoneWord(address!)) return fault(1, 'an address of this machine, or a port');
  return LISTEN_OPTIONS(args, entry) ?? optionFault(args);
};
const LISTEN_OPTIONS = keywords(2, (it) => it.startsWith('so_keepalive='));

function listenPortFault(address: string): ValueFault | undefined {
  if (/^\[[^\]]*\]$/.test(address)) return undefined;
  const [, from, to] = /(\d+)-(\d+)$/.exec(address) ?? [];
  if (from !== undefined && Number(from) > Number(to))
    return fault(1, 'a range of ports that ends above its beginning');
  return portFault(address, 1);
}

/** ngx_http_core_listen() and ngx_stream_core_listen(): a backlog above 0, keepalive as idle:interval:count. */
function optionFault(args: readonly string[]): ValueFault | undefined {
  const udp = args.includes('udp');
  for (const [i, value] of args.entries()) {
    if (i === 0) continue;
    if (/^backlog=0+$/.test(value)) return fault(i + 1, 'backlog= followed by a number above 0');
    const keepalive = /^so_keepalive=(.*)$/s.exec(value)?.[1];
    if (keepalive !== undefined && !['on', 'off'].includes(keepalive) && !isKeepalive(keepalive))
      return fault(i + 1, 'so_keepalive= with "on", "off" or idle:interval:count, as in 30m::10');
    if (value.startsWith('setfib=')) return fault(i + 1, 'left out: only nginx of FreeBSD knows setfib=');
    if (udp && /^(?:ssl|proxy_protocol|so_keepalive=.*|backlog=.*|fastopen=.*)$/s.test(value))
      return fault(i + 1, 'left out, since it does not go with "udp"');
  }
  return undefined;
}

function isKeepalive(text: string): boolean {
  const [idle = '', interval = '', ...count] = text.split(':');
  const rest = count.join(':');
  if (idle === '' && interval === '' && rest === '') return false;
  // All of them 0 is none at all.
  if (/^[0:]+$/.test(text)) return false;
  const isTime = (it: string) => it === '' || parseTime(it, 'seconds') !== undefined;
  return isTime(idle) && isTime(interval) && (rest === '' || parseNumber(rest) !== undefined);
}

const upstreamServer: Handler = (args, entry) => {
  const [address] = args;
  const found =
    noAddress(address!, entry) ?? portFault(address!, 1) ?? hostFault(address!, 1) ?? keywords(2)(args, entry);
  if (found) return found;
  if (address!.includes('$')) return fault(1, 'an address: an upstream takes no variables');
  if (entry.module.startsWith('ngx_stream') && !/:\d+$|^unix:/i.test(address!))
    return fault(1, 'an address with its port');
  const weight = args.findIndex((it) => /^weight=0+$/.test(it));
  return weight > 0 ? fault(weight + 1, 'weight= followed by a number above 0') : undefined;
};

const CODE = /^[0-9]+$/;

/** ngx_http_rewrite_return() in src/http/modules/ngx_http_rewrite_module.c. */
const returns: Handler = ([code, ...text]) => {
  const value = parseNumber(code!);
  if (value !== undefined) return value > 999 ? fault(1, 'a status code up to 999') : undefined;
  if (text.length === 0 && /^(?:https?:\/\/|\$scheme)/i.test(code!)) return undefined;
  return fault(
    1,
    text.length > 0 ? 'a status code' : 'a status code, or an address that begins with http://, https:// or $scheme',
  );
};

/** ngx_http_core_error_page() in src/http/ngx_http_core_module.c. */
const errorPage: Handler = (args) => {
  const codes = args.slice(0, -1);
  const last = codes[codes.length - 1];
  if (last?.startsWith('=')) {
    if (codes.length < 2) return fault(1, 'a status code from 300 to 599 before the "="');
    if (last.length > 1 && !CODE.test(last.slice(1))) return fault(codes.length, '"=" with a status code behind it');
    codes.pop();
  }
  for (const [i, code] of codes.entries()) {
    if (!CODE.test(code) || Number(code) < 300 || Number(code) > 599)
      return fault(i + 1, 'a status code from 300 to 599');
    if (code === '499') return fault(i + 1, 'another status than 499, which nginx keeps for clients that hang up');
  }
  return undefined;
};

const LEVELS = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'];
const DEBUG_LEVELS = [
  'debug_core',
  'debug_alloc',
  'debug_mutex',
  'debug_event',
  'debug_http',
  'debug_mail',
  'debug_stream',
];

const errorLog: Handler = (args) => {
  const target = logTargetFault(args[0]!);
  if (target) return target;
  for (let i = 1; i < args.length; i++) {
    if (![...LEVELS, ...DEBUG_LEVELS, 'json'].includes(args[i]!))
      return fault(i + 1, `a level: ${LEVELS.join(', ')}`, LEVELS);
  }
  return undefined;
};

/** `proxy_cache_valid [code ...] time`: ngx_http_file_cache_valid_set_slot() in src/http/ngx_http_file_cache.c. */
const cacheValid: Handler = (args) => {
  if (parseTime(args[args.length - 1]!, 'seconds') === undefined) return fault(args.length, 'a time such as 10m');
  for (const [i, code] of args.slice(0, -1).entries()) {
    const value = parseNumber(code);
    if (code !== 'any' && (value === undefined || value < 100 || value > 599))
      return fault(i + 1, 'a status code from 100 to 599, or "any"', ['any']);
  }
  return undefined;
};

/** ngx_http_core_keepalive() in src/http/ngx_http_core_module.c. */
const keepaliveTimeout: Handler = ([timeout, header]) => {
  if (parseTime(timeout!, 'milliseconds') === undefined) return fault(1, 'a time such as 75s');
  if (header !== undefined && parseTime(header, 'seconds') === undefined) return fault(2, 'a time such as 60s');
  return undefined;
};

/** ngx_http_parse_expires() in src/http/modules/ngx_http_headers_filter_module.c. */
const expires: Handler = (args) => {
  const value = args[args.length - 1]!;
  if (args.length === 2 && args[0] !== 'modified') return fault(1, '"modified"', ['modified']);
  if (value.includes('$')) return undefined;
  if (args.length === 1 && ['epoch', 'max', 'off'].includes(value)) return undefined;
  const time = /^[-+@]/.test(value) ? value.slice(1) : value;
  const seconds = parseTime(time, 'seconds');
  if (seconds === undefined || (value.startsWith('@') && (args.length === 2 || seconds > 86_400)))
    return fault(args.length, 'a time such as 30d or -1, a time of the day such as @15h30m, or epoch, max or off', [
      'epoch',
      'max',
      'off',
    ]);
  return undefined;
};

/** A variable's name where one is made: `set`, `map`, `geo`, `split_clients`. */
function newVariable(arg: number): Handler {
  return (args) => {
    const value = args[arg < 0 ? args.length + arg : arg - 1];
    const at = arg < 0 ? args.length + arg + 1 : arg;
    if (value === undefined) return undefined;
    if (!/^\$./s.test(value)) return fault(at, 'a variable, with its $');
    return !/^\d/.test(value.slice(1)) && isFixedVariable(value.slice(1))
      ? fault(at, 'a variable that is not one of nginx itself')
      : undefined;
  };
}

const location: Handler = (args) => {
  if (args.length !== 2) return undefined;
  return word(1, ['=', '^~', '~', '~*'])(args, undefined as never);
};

const METHODS = 'GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH'.split(' ');

/** nginx compares without case: ngx_http_core_limit_except(). */
const limitExcept: Handler = (args) => {
  const at = args.findIndex((it) => !METHODS.includes(it.toUpperCase()));
  return at < 0 ? undefined : fault(at + 1, 'a method such as GET or POST', METHODS);
};

const access: Handler = ([value]) =>
  value === 'all' || value === 'unix:' || isNetwork(value!)
    ? undefined
    : fault(1, 'an address, a network such as 192.0.2.0/24, "all" or "unix:"', ['all']);

/** ngx_http_gzip, ssl and the like: `off`, `none`, `builtin[:size]`, `shared:name:size`. */
const sessionCache: Handler = (args) => {
  for (const [i, value] of args.entries()) {
    if (value === 'off' || value === 'none' || value === 'builtin') continue;
    if (/^builtin:[0-9]+$/.test(value)) continue;
    const shared = /^shared:(.*)$/s.exec(value)?.[1];
    if (shared !== undefined && zoneSize(shared) !== undefined) continue;
    return fault(i + 1, 'off, none, builtin or shared:NAME:SIZE with a size of at least 32k', [
      'off',
      'none',
      'builtin',
    ]);
  }
  return undefined;
};

/** ngx_http_upstream_zone() and its like; the size may be left out where the zone is made elsewhere. */
const zone: Handler = ([name, size]) => {
  if (name === '') return fault(1, 'a name');
  if (size === undefined) return undefined;
  return (parseSize(size) ?? 0) >= 8 * 4096 ? undefined : fault(2, 'a size of at least 32k, such as 64k');
};

/** nginx names the whole directive when a keyword is missing: `must have "zone" parameter`. */
function needs(keyword: string, then: Handler): Handler {
  return (args, entry) => {
    if (args.length > 0 && !args.some((it) => it.startsWith(`${keyword}=`)))
      return fault(args.length, `followed by ${keyword}=, which it cannot do without`, []);
    return then(args, entry);
  };
}

/** Folder levels of temporary files: up to three numbers, which with their slashes make at most ten letters and one more
 * for each. ngx_conf_set_path_slot() in src/core/ngx_file.c. */
const pathLevels: Handler = (args) => {
  let letters = 0;
  for (const [i, level] of args.slice(1).entries()) {
    const number = parseNumber(level);
    if (!number) return fault(i + 2, 'how many letters the folders of this level have, 1 or more');
    letters += number + 1;
  }
  return letters > 10 + args.length - 1 ? fault(2, 'fewer letters in all') : undefined;
};

/** ngx_http_file_cache_set_slot(): one to three levels of one or two letters. */
const cachePath = needs('keys_zone', (args, entry) => {
  const at = args.findIndex((it) => it.startsWith('levels='));
  if (at > 0 && !/^levels=(?:[12](?::[12]){0,2})?$/.test(args[at]!))
    return fault(at + 1, 'levels= followed by up to three numbers, 1 or 2, as in levels=1:2');
  return keywords(2)(args, entry);
});

const POWERS = ['512', '1k', '2k', '4k', '8k', '16k', '32k', '64k', '128k'];

function sizeOf(words: readonly string[]): Handler {
  const sizes = words.map(parseSize);
  return ([value]) => (sizes.includes(parseSize(value!)) ? undefined : fault(1, `one of ${words.join(', ')}`, words));
}

const powerOfTwo: Handler = ([value]) => {
  const number = parseNumber(value!);
  return number !== undefined && number > 0 && Number.isInteger(Math.log2(number))
    ? undefined
    : fault(1, 'a power of two');
};

const directio: Handler = ([value]) =>
  value === 'off' || parseOffset(value!) !== undefined ? undefined : fault(1, 'a size such as 4m, or "off"', ['off']);

/** Two captures, as nginx wants them: ngx_http_fastcgi_split_path_info(). */
const splitPathInfo: Handler = ([pattern]) => {
  const captures = pattern!.replace(/\\./g, '').match(/\((?!\?(?!P?<\w))/g) ?? [];
  return captures.length === 2 ? undefined : fault(1, 'a regular expression with two groups');
};

const param: Handler = (args, entry) => longHeader(args, entry) ?? word(3, ['if_not_empty'])(args, entry);

/** Handlers by the directive's name: where several modules have the name, they read alike. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
  ...HTTP_HANDLERS,
  ...MODULE_HANDLERS,
  ...TABLE_HANDLERS,
  add_header: word(3, ['always']),
  add_trailer: word(3, ['always']),
  allow: access,
  client_body_temp_path: pathLevels,
  deny: access,
  directio,
  fastcgi_split_path_info: splitPathInfo,
  gzip_hash: sizeOf(POWERS),
  gzip_window: sizeOf(POWERS.slice(0, 7)),
  http2_streams_index_size: powerOfTwo,
  error_log: errorLog,
  error_page: errorPage,
  expires,
  fastcgi_cache_path: cachePath,
  proxy_cache_path: cachePath,
  scgi_cache_path: cachePath,
  uwsgi_cache_path: cachePath,
  fastcgi_cache_valid: cacheValid,
  fastcgi_temp_path: pathLevels,
  fastcgi_param: param,
  proxy_cache_valid: cacheValid,
  proxy_temp_path: pathLevels,
  scgi_cache_valid: cacheValid,
  scgi_temp_path: pathLevels,
  scgi_param: param,
  uwsgi_cache_valid: cacheValid,
  uwsgi_temp_path: pathLevels,
  uwsgi_param: param,
  hash: word(2, ['consistent']),
  keepalive: (args, entry) => number(0)(args, entry) ?? word(2, ['local'])(args, entry),
  keepalive_timeout: (args, entry) =>
    entry.module === 'ngx_http_core_module' ? keepaliveTimeout(args, entry) : undefined,
  limit_conn: ([, count]) => {
    const limit = parseNumber(count ?? '1') ?? 0;
    return limit > 0 && limit <= 65_535 ? undefined : fault(2, 'a number from 1 to 65535');
  },
  limit_conn_zone: needs('zone', keywords(2)),
  limit_except: limitExcept,
  limit_req: needs('zone', (args, entry) => {
    const at = args.findIndex((it) => /^(?:burst|delay)=0+$/.test(it));
    return at < 0
      ? keywords(1)(args, entry)
      : fault(at + 1, `${args[at]!.slice(0, args[at]!.indexOf('=') + 1)} followed by a number above 0`);
  }),
  limit_req_zone: needs('zone', keywords(2)),
  listen,
  large_client_header_buffers: ([, size]) =>
    (parseSize(size!) ?? 0) < 112
      ? fault(2, 'a size of at least connection_pool_size, which is 512 by itself')
      : undefined,
  location,
  log_format: ([, option]) =>
    !option?.startsWith('escape=') || ['escape=default', 'escape=json', 'escape=none'].includes(option)
      ? undefined
      : fault(2, 'escape= followed by "default", "json" or "none"'),
  map: newVariable(2),
  geo: newVariable(-1),
  split_clients: newVariable(2),
  set: newVariable(1),
  return: (args, entry) => (entry.module === 'ngx_http_rewrite_module' ? returns(args, entry) : undefined),
  rewrite: (args, entry) =>
    args[1] === '' ? fault(2, 'something to go to') : word(3, ['last', 'break', 'redirect', 'permanent'])(args, entry),
  server: (args, entry) => (entry.block ? undefined : upstreamServer(args, entry)),
  ssl_session_cache: sessionCache,
  userid_expires: ([value]) =>
    ['max', 'off'].includes(value!) || parseTime(value!, 'seconds') !== undefined
      ? undefined
      : fault(1, 'a time such as 30d, "max" or "off"', ['max', 'off']),
  worker_connections: number(1),
  worker_processes: number(0, ['auto']),
  zone,
};
