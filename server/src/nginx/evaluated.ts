/** Which arguments nginx reads for variables, and what modules of others make of theirs. Knows no file. */
import type { NginxDirective } from '../catalog/nginx.js';

/** Arguments with variables where the catalog does not mark all of them. Numbers count from 1, negative ones from the end. */
const SOME: Readonly<Record<string, readonly number[]>> = {
  fastcgi_param: [2],
  uwsgi_param: [2],
  scgi_param: [2],
  proxy_set_header: [2],
  grpc_set_header: [2],
  proxy_set_body: [1],
  add_header: [2],
  add_trailer: [2],
  set: [2],
  auth_request_set: [2],
  error_page: [-1],
  rewrite: [2],
  map: [1],
  split_clients: [1],
  limit_conn_zone: [1],
  limit_req_zone: [1],
  proxy_bind: [1],
  fastcgi_bind: [1],
  grpc_bind: [1],
  memcached_bind: [1],
  scgi_bind: [1],
  uwsgi_bind: [1],
  sub_filter: [1, 2],
  xslt_param: [2],
  xslt_string_param: [2],
};

/** Directives whose first argument may be a regular expression, which begins with `~` and is not evaluated. */
const REPLACING = new Set(['proxy_redirect', 'proxy_cookie_domain', 'proxy_cookie_path', 'proxy_cookie_flags']);

/** Directives whose arguments are regular expressions or names, in spite of a mark in the catalog. */
const NEVER = new Set(['open_log_file_cache', 'valid_referers']);

const NONE: readonly number[] = [];

/** The numbers, from 1, of the arguments of one directive of nginx's own modules that may hold variables. */
export function evaluatedArgs(name: string, args: readonly string[], entry: NginxDirective): readonly number[] {
  if (name === 'if') return numbered(args, (_, i) => !args.slice(0, i).some((it) => /^!?~\*?$/.test(it)));
  if (name === 'geo') return args.length === 2 ? [1] : NONE;
  if (name === 'log_format') return numbered(args, (it, i) => i > 0 && !(i === 1 && it.startsWith('escape=')));
  const some = SOME[name];
  if (some) return some.map((it) => (it < 0 ? args.length + it + 1 : it)).filter((it) => it >= 1 && it <= args.length);
  if (entry.thirdParty) return OTHERS.find((it) => it.names.test(name))?.evaluated(args, name) ?? NONE;
  if (!entry.variables || NEVER.has(name)) return NONE;
  return REPLACING.has(name) ? numbered(args, (it, i) => i > 0 || !it.startsWith('~')) : numbered(args, () => true);
}

function numbered(args: readonly string[], keep: (arg: string, index: number) => boolean): number[] {
  return args.flatMap((it, i) => (keep(it, i) ? [i + 1] : []));
}

interface OtherDirectives {
  readonly names: RegExp;
  readonly evaluated: (args: readonly string[], name: string) => readonly number[];
}

/** Directives of others' modules: those that evaluate arguments, and which. Of the rest nothing is evaluated. */
const OTHERS: readonly OtherDirectives[] = [
  // ngx_http_echo_eval_args() in echo's src/ngx_http_echo_util.c; words that begin with a dash are options.
  { names: /^echo/, evaluated: (args) => numbered(args, () => true) },
  { names: /^more_(?:set|clear)_(?:input_)?headers$/, evaluated: (args) => numbered(args, () => true) },
  // Inline code is Lua; files may be chosen by variables, and what follows the code of set_by_lua is evaluated.
  {
    names: /^set_by_lua(?:_file)?$/,
    evaluated: (args, name) => numbered(args, (_, i) => i > (name.endsWith('file') ? 0 : 1)),
  },
  {
    names: /^(?:rewrite|access|content|header_filter|body_filter|log|server_rewrite)_by_lua_file$/,
    evaluated: () => [1],
  },
  {
    names: /^set_(?:encode|decode|unescape|escape|quote|md5|sha1|hmac|if_empty|hashed|rotate|local|formatted)/,
    evaluated: (args) => numbered(args, (_, i) => i > 0),
  },
  { names: /^subs_filter$/, evaluated: (args) => (args.slice(2).some((it) => it.includes('r')) ? [2] : [1, 2]) },
  { names: /^srcache_(?:fetch|store)(?:_skip)?$/, evaluated: (args) => numbered(args, () => true) },
  { names: /^modsecurity_transaction_id$/, evaluated: () => [1] },
];

/**
 * Modules of others, by the name that the catalog gives them, and the variables that they bring: asked of the binaries
 * that Debian ships, name by name. A name that ends with `_` stands for a family.
 */
const BROUGHT: Readonly<Record<string, readonly string[]>> = {
  ndk_http_module: [],
  ngx_http_auth_pam_module: [],
  ngx_http_auth_spnego_module: ['krb5_cc_name'],
  ngx_http_brotli_filter_module: ['brotli_ratio'],
  ngx_http_brotli_static_module: [],
  ngx_http_cache_purge_module: [],
  ngx_http_dav_ext_module: [],
  ngx_http_echo_module: [
    'echo_cacheable_request_uri',
    'echo_client_request_headers',
    'echo_client_request_method',
    'echo_incr',
    'echo_it',
    'echo_request_body',
    'echo_request_method',
    'echo_request_uri',
    'echo_response_status',
    'echo_timer_elapsed',
  ],
  ngx_http_fancyindex_module: [],
  ngx_http_form_input_module: [],
  ngx_http_geoip2_module: [],
  ngx_stream_geoip2_module: [],
  ngx_http_headers_more_filter_module: [],
  ngx_http_lua_module: [],
  ngx_http_memc_module: [],
  ngx_http_modsecurity_module: [],
  ngx_http_set_misc_module: [],
  ngx_http_srcache_filter_module: ['srcache_expire', 'srcache_fetch_status', 'srcache_store_status'],
  ngx_http_subs_filter_module: [],
  ngx_http_uploadprogress_module: ['uploadprogress_'],
  ngx_http_upstream_fair_module: [],
  ngx_http_zstd_filter_module: ['zstd_'],
  ngx_http_zstd_static_module: [],
  ngx_nchan_module: ['nchan_'],
  ngx_rtmp_module: [],
  ngx_rtmp_stat_module: [],
  ngx_rtmp_control_module: [],
};

const brought = Object.values(BROUGHT).flat();

/** Whether all variables of this module of others are known: those that it brings, and where it makes more. */
export function knowsVariablesOf(module: string): boolean {
  return Object.hasOwn(BROUGHT, module);
}

/** Whether some module of others brings a variable of this name. */
export function isBroughtVariable(name: string): boolean {
  const lower = name.toLowerCase();
  return brought.some((it) => (it.endsWith('_') ? lower.startsWith(it) : lower === it));
}

/** Which argument, counted from 1 and from -1 at the end, is the variable that the directive makes. */
export const VARIABLE_MAKERS: Readonly<Record<string, number>> = {
  set: 1,
  map: 2,
  geo: -1,
  split_clients: 2,
  perl_set: 1,
  js_set: 1,
  js_var: 1,
  auth_request_set: 1,
};

/** The name, without its `$`, of the variable that a directive makes. */
export function madeVariable(name: string, args: readonly string[]): string | undefined {
  // set_by_lua, set_misc, encrypted_session and form_input all make their first argument.
  const made = VARIABLE_MAKERS[name] ?? (/^set_(?!real_ip_from)/.test(name) ? 1 : undefined);
  const variable = made === undefined ? undefined : args[made < 0 ? args.length + made : made - 1];
  return variable?.startsWith('$') ? variable.slice(1) : undefined;
}
