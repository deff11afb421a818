/** Handlers of single modules, each after the function in nginx's source that reads the directive. */
import { isFixedVariable } from '../catalog/nginxVariables.js';
import { fault, type Handler, number, portFault, word, zoneSize } from './argumentReaders.js';
import { isBadWildcard } from './dataEntries.js';
import { hostFault, isImpossibleHost } from './hostNames.js';
import { isNetwork } from './inetAddress.js';
import { RTMP_HANDLERS } from './rtmpHandlers.js';
import { longType } from './tableHandlers.js';
import { ciphers, curves } from './tlsHandlers.js';
import { parseNumber, parseSize, parseTime } from './values.js';

const dynamic = (value: string) => value.includes('$');

/** ngx_http_image_filter() in src/http/modules/ngx_http_image_filter_module.c. */
const imageFilter: Handler = (args) => {
  const [mode, ...sizes] = args;
  if (sizes.length === 0)
    return mode === 'resize' || mode === 'crop'
      ? fault(1, 'followed by a width and a height')
      : word(1, ['off', 'test', 'size'])(args, undefined as never);
  if (sizes.length === 1) {
    if (mode === 'resize' || mode === 'crop') return fault(2, 'a width, with a height behind it');
    if (mode !== 'rotate') return fault(1, '"rotate", the only one with a single number', ['rotate']);
    return dynamic(sizes[0]!) || /^(?:90|180|270)$/.test(sizes[0]!)
      ? undefined
      : fault(2, '90, 180 or 270', ['90', '180', '270']);
  }
  if (mode !== 'resize' && mode !== 'crop')
    return fault(1, '"resize" or "crop", which take two numbers', ['resize', 'crop']);
  const at = sizes.findIndex((it) => it !== '-' && !dynamic(it) && !parseNumber(it));
  return at < 0 ? undefined : fault(at + 2, 'a number of pixels above 0, or "-"');
};

const aboveZero: Handler = ([value]) => (dynamic(value!) ? undefined : number(1)([value!], undefined as never));

/** ngx_http_modern_browser() in src/http/modules/ngx_http_browser_module.c. */
const modernBrowser: Handler = (args) => {
  if (args.length === 1) return word(1, ['unlisted'])(args, undefined as never);
  const browsers = ['msie', 'gecko', 'opera', 'safari', 'konqueror'];
  if (!browsers.includes(args[0]!.toLowerCase())) return fault(1, `one of ${browsers.join(', ')}`, browsers);
  return /^[0-9.]*$/.test(args[1]!) ? undefined : fault(2, 'a version of numbers and dots, such as 5.5');
};

/** ngx_http_valid_referers() and ngx_http_add_referer(): a wildcard stands for the first or the last label. */
const referers: Handler = (args) => {
  for (const [i, value] of args.entries()) {
    if (value === '') return fault(i + 1, 'a name, "none", "blocked" or "server_names"');
    if (value.startsWith('~') || dynamic(value)) continue;
    const name = value.split('/')[0]!;
    if (isBadWildcard(name))
      return fault(i + 1, 'a name with its "*" as the whole first or last label, as in *.example.com');
  }
  return undefined;
};

/** ngx_event_debug_connection(), ngx_http_realip_from(): a network, or a name to look up. */
const networkOrHost: Handler = ([value]) => {
  if (value === 'unix:' || isNetwork(value!)) return undefined;
  return isImpossibleHost(value!) ? fault(1, 'an address, a network such as 192.0.2.0/24, or "unix:"') : undefined;
};

/** A pool of memory: NGX_POOL_ALIGNMENT and NGX_MIN_POOL_SIZE, as ngx_http_core_pool_size() wants them. */
const poolSize: Handler = ([value]) => {
  const size = parseSize(value!);
  return size !== undefined && size >= 112 && size % 16 === 0
    ? undefined
    : fault(1, 'a size of at least 112 that 16 divides');
};

/** ngx_http_open_file_cache() and its like for logs: `off`, or parameters of which max= may not lack. */
function fileCache(takes: Readonly<Record<string, 'number' | 'time'>>): Handler {
  return (args) => {
    const keys = Object.keys(takes);
    for (const [i, value] of args.entries()) {
      if (value === 'off') continue;
      const at = value.indexOf('=') + 1;
      const kind = takes[value.slice(0, at)];
      if (!kind) return fault(i + 1, `"off" or one of ${keys.join(', ')}`, ['off', ...keys]);
      const number = kind === 'time' ? parseTime(value.slice(at), 'seconds') : parseNumber(value.slice(at));
      if (number === undefined || (kind === 'number' && number === 0))
        return fault(
          i + 1,
          `${value.slice(0, at)} followed by ${kind === 'time' ? 'a time such as 20s' : 'a number above 0'}`,
        );
    }
    return args.some((it) => it === 'off' || it.startsWith('max='))
      ? undefined
      : fault(args.length, 'accompanied by max=, which it cannot do without', []);
  };
}

/** ngx_thread_pool(): parameters that it does not know it passes over. */
const threadPool: Handler = (args) => {
  for (const [i, value] of args.entries()) {
    if (i === 0) continue;
    const [, key, rest] = /^(threads=|max_queue=)(.*)$/s.exec(value) ?? [];
    const count = key === undefined ? 1 : parseNumber(rest!);
    if (count === undefined || (key === 'threads=' && count === 0))
      return fault(i + 1, `${key}followed by a number above 0`);
  }
  return args.length === 0 || args.some((it, i) => i > 0 && it.startsWith('threads='))
    ? undefined
    : fault(args.length, 'accompanied by threads=, which it cannot do without', []);
};

/** ngx_http_core_disable_symlinks(). */
const disableSymlinks: Handler = (args) => {
  const modes = ['off', 'on', 'if_not_owner'];
  for (const [i, value] of args.entries()) {
    if (modes.includes(value)) continue;
    if (!value.startsWith('from=')) return fault(i + 1, '"off", "on", "if_not_owner" or from=', [...modes, 'from=']);
    if (args.includes('off')) return fault(i + 1, 'left out, since "off" stands alone');
    if (!args.some((it) => modes.includes(it))) return fault(i + 1, 'accompanied by "on" or "if_not_owner"');
  }
  return undefined;
};

/** A variable that a module makes, where nginx's own may not be made anew. */
const made: Handler = ([name]) => {
  if (!name!.startsWith('$') || name === '$') return fault(1, 'a variable, with its $');
  return isFixedVariable(name!.slice(1)) ? fault(1, 'a variable that is not one of nginx itself') : undefined;
};

/** ngx_mail_auth_http(): `http://` may stand before it. */
const authHttp: Handler = ([url]) => {
  const address = url!.replace(/^http:\/\//i, '');
  if (address.startsWith('unix:')) return undefined;
  const authority = address.split('/')[0]!;
  return portFault(authority, 1) ?? hostFault(authority, 1);
};

/** ngx_ssl_ocsp_cache(): `off` or `shared:NAME:SIZE`. */
const ocspCache: Handler = ([value]) => {
  const shared = /^shared:(.*)$/s.exec(value!)?.[1];
  if (value === 'off' || (shared !== undefined && zoneSize(shared) !== undefined)) return undefined;
  return fault(1, '"off" or shared:NAME:SIZE with a size of at least 32k', ['off']);
};

const cookieFlags: Handler = (args) => (args.length === 1 ? word(1, ['off'])(args, undefined as never) : undefined);

const noRootVariable: Handler = ([path]) => {
  const [, name] = /\$\{?(document_root|realpath_root)/.exec(path!) ?? [];
  return name === undefined ? undefined : fault(1, `a path without $${name}, which is what it decides`);
};

const notEmpty =
  (arg: number, what: string): Handler =>
  (args) =>
    args[arg - 1] === '' ? fault(arg, what) : undefined;

/** ngx_hash_init() finds no room for a name in a bucket of 0, and takes none of more than 64k without a cache line. */
const bucket: Handler = ([size]) => {
  const bytes = parseNumber(size!) ?? 0;
  return bytes > 0 && bytes <= 65_536 - 64 ? undefined : fault(1, 'a number from 1 to 65472');
};

export const MODULE_HANDLERS: Readonly<Record<string, Handler>> = {
  proxy_headers_hash_bucket_size: bucket,
  types_hash_bucket_size: bucket,
  variables_hash_max_size: number(1),
  variables_hash_bucket_size: bucket,
  alias: noRootVariable,
  root: noRootVariable,
  auth_http: authHttp,
  auth_request_set: made,
  perl_set: made,
  js_set: made,
  connection_pool_size: poolSize,
  request_pool_size: poolSize,
  debug_connection: networkOrHost,
  set_real_ip_from: networkOrHost,
  disable_symlinks: disableSymlinks,
  geoip_proxy: ([value]) => (isNetwork(value!) ? undefined : fault(1, 'an address or a network such as 192.0.2.0/24')),
  image_filter: imageFilter,
  image_filter_jpeg_quality: aboveZero,
  image_filter_webp_quality: aboveZero,
  image_filter_sharpen: ([value]) => (value === '-' ? fault(1, 'a number of percent') : undefined),
  index: (args) => {
    const at = args.indexOf('');
    return at < 0 ? undefined : fault(at + 1, 'the name of a file');
  },
  modern_browser: modernBrowser,
  open_file_cache: fileCache({ 'max=': 'number', 'inactive=': 'time' }),
  open_log_file_cache: fileCache({ 'max=': 'number', 'inactive=': 'time', 'valid=': 'time', 'min_uses=': 'number' }),
  proxy_cookie_flags: cookieFlags,
  proxy_ssl_ciphers: ciphers,
  grpc_ssl_ciphers: ciphers,
  uwsgi_ssl_ciphers: ciphers,
  ssl_ciphers: ciphers,
  ssl_ecdh_curve: curves,
  ssl_ocsp_cache: ocspCache,
  sub_filter: notEmpty(1, 'a text to look for'),
  thread_pool: threadPool,
  userid_mark: ([value]) =>
    value === 'off' || /^[0-9A-Za-z=]$/.test(value!)
      ? undefined
      : fault(1, '"off", one letter, one digit or "="', ['off']),
  valid_referers: referers,
};

/** ndk_set_var_name(): what these directives set begins with a $. */
const setsFirst: Handler = ([name]) => (/^\$./.test(name!) ? undefined : fault(1, 'a variable, with its $'));

const METHODS = 'GET HEAD POST PUT DELETE COPY MOVE OPTIONS TRACE LOCK UNLOCK MKCOL PROPFIND PROPPATCH PATCH'.split(
  ' ',
);

/** ngx_http_srcache_filter: a method, and where to ask. */
const srcache: Handler = ([method]) =>
  METHODS.includes(method!) || dynamic(method!) ? undefined : fault(1, 'a method such as GET or PUT', METHODS);

/** ngx_http_srcache_store_statuses() in srcache's src. */
const statuses: Handler = (codes) => {
  const at = codes.findIndex((it) => !/^\d{1,18}$/.test(it));
  return at < 0 ? undefined : fault(at + 1, 'a status code such as 200');
};

/** Handlers of others' modules; the catalog knows the rest of these by flags alone. */
/** ngx_http_headers_more_parse_directive() in headers-more's src: options of one letter, of which some have a value. */
function moreHeaders(options: Readonly<Record<string, 'alone' | 'types' | 'codes'>>): Handler {
  const words = Object.keys(options).map((it) => `-${it}`);
  return (args) => {
    for (let i = 0; i < args.length; i++) {
      const option = args[i]!;
      if (!option.startsWith('-')) continue;
      const kind = option.length === 2 ? options[option[1]!] : undefined;
      if (!kind) return fault(i + 1, `a header, or one of the options ${words.join(', ')}`, words);
      if (kind === 'alone') continue;
      const value = args[++i];
      if (value === undefined) return fault(i, 'followed by its value');
      if (kind === 'codes' && !/^[\d\s]*$/.test(value)) return fault(i + 1, 'status codes with blanks between them');
    }
    return undefined;
  };
}

export const FOREIGN_HANDLERS: Readonly<Record<string, Handler>> = {
  more_set_headers: moreHeaders({ s: 'codes', t: 'types', a: 'alone' }),
  more_clear_headers: moreHeaders({ s: 'codes', t: 'types' }),
  more_set_input_headers: moreHeaders({ t: 'types', r: 'alone' }),
  more_clear_input_headers: moreHeaders({ t: 'types', r: 'alone' }),
  lua_regex_match_limit: number(0),
  lua_regex_cache_max_entries: number(0),
  brotli_static: word(1, ['on', 'off', 'always']),
  brotli_types: longType,
  zstd_types: longType,
  ...RTMP_HANDLERS,
  memc_pass: ([target]) => (dynamic(target!) ? undefined : (portFault(target!, 1) ?? hostFault(target!, 1))),
  lua_shared_dict: ([name, size]) => {
    if (name === '') return fault(1, 'a name');
    return (parseSize(size ?? '8k') ?? 0) > 8191 ? undefined : fault(2, 'a size of at least 8k, such as 10m');
  },
  upload_progress: ([, size]) => (parseSize(size ?? '1m') ? undefined : fault(2, 'a size such as 1m')),
  ...Object.fromEntries(
    ['escape_uri', 'unescape_uri', 'quote_sql_str', 'quote_json_str', 'quote_pgsql_str', 'if_empty', 'md5', 'sha1']
      .concat([
        'hmac_sha1',
        'encode_base32',
        'decode_base32',
        'encode_base64',
        'decode_base64',
        'encode_hex',
        'decode_hex',
      ])
      .concat([
        'random',
        'secure_random_alphanum',
        'secure_random_lcalpha',
        'local_today',
        'formatted_gmt_time',
        'rotate',
      ])
      .map((it) => [`set_${it}`, setsFirst]),
  ),
  set_by_lua: setsFirst,
  set_by_lua_block: setsFirst,
  set_by_lua_file: setsFirst,
  srcache_fetch: srcache,
  srcache_store: srcache,
  srcache_store_statuses: statuses,
  track_uploads: ([, time]) =>
    time === undefined || parseTime(time, 'milliseconds') !== undefined ? undefined : fault(2, 'a time such as 30s'),
  brotli_comp_level: ([value]) => ((parseNumber(value!) ?? 12) <= 11 ? undefined : fault(1, 'a level from 0 to 11')),
  brotli_window: ([value]) => {
    const size = parseSize(value!) ?? 0;
    return size >= 1024 && size <= 16 * 1024 ** 2 && Number.isInteger(Math.log2(size))
      ? undefined
      : fault(1, 'one of 1k, 2k, 4k and so on up to 16m');
  },
  dav_ext_methods: (args) => {
    const methods = ['off', 'PROPFIND', 'OPTIONS', 'LOCK', 'UNLOCK'];
    const at = args.findIndex((it) => !methods.some((method) => method.toLowerCase() === it.toLowerCase()));
    return at < 0 ? undefined : fault(at + 1, `one of ${methods.slice(1).join(', ')}`, methods);
  },
  fancyindex_default_sort: word(1, ['name', 'size', 'date', 'name_desc', 'size_desc', 'date_desc']),
};
