/** Modules that `load_module` brings. */
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';
import type { Configuration } from './configuration.js';

/** Shared objects of nginx's own packages and of Debian's, whose directives the catalog has. */
const KNOWN =
  /(?:^|\/)(?:ndk_http_module|ngx_nchan_module|ngx_rtmp_module|ngx_pagespeed|ngx_otel_module|ngx_mail_module|ngx_stream(?:_(?:geoip2?|js|lua))?_module|ngx_http_(?:acme|array_var|auth_jwt|auth_pam|auth_spnego|brotli_filter|brotli_static|cache_purge|dav_ext|drizzle|echo|encrypted_session|fancyindex|form_input|geoip2?|headers_more_filter|image_filter|js|lua|memc|modsecurity|naxsi|perl|push_stream|rds_json_filter|redis2|replace_filter|set_misc|srcache_filter|subs_filter|uploadprogress|upstream_check|upstream_fair|vhost_traffic_status|xslt_filter|xss_filter|zstd_filter|zstd_static)_module)\.so$/;

/**
 * Modules that are shared objects in the packages of nginx.org and of Debian alike, and the objects that bring them:
 * https://nginx.org/en/linux_packages.html, debian/rules of the package. Whoever builds nginx may have any of them inside.
 */
const SHARED: Readonly<Record<string, RegExp>> = {
  ...shared(
    'auth_pam auth_spnego brotli_filter brotli_static cache_purge dav_ext echo encrypted_session fancyindex geoip geoip2 headers_more_filter image_filter js lua memc modsecurity naxsi perl set_misc srcache_filter subs_filter uploadprogress upstream_fair vhost_traffic_status zstd_filter zstd_static',
  ),
  ngx_http_xslt_module: /ngx_http_xslt_filter_module/,
  ngx_nchan_module: /ngx_nchan_module/,
  ngx_rtmp_core_module: /ngx_rtmp_module/,
  ngx_rtmp_module: /ngx_rtmp_module/,
};

/** Those that Debian has made shared objects, too, and nginx.org has not. */
const SHARED_IN_DEBIAN: Readonly<Record<string, RegExp>> = {
  ngx_stream_core_module: /ngx_stream_module/,
  ngx_mail_core_module: /ngx_mail_module/,
  ngx_mail_module: /ngx_mail_module/,
};

function shared(names: string): Record<string, RegExp> {
  return Object.fromEntries(
    names.split(' ').map((it) => [`ngx_http_${it}_module`, new RegExp(`ngx_http_${it}_module`)] as const),
  );
}

/** The same as long as the includes are. */
const mainFiles = new WeakMap<Configuration['inclusions'], readonly NginxFile[]>();
const answers = new WeakMap<readonly Item[], boolean>();

/** Whether some module is loaded that the catalog does not know, so that unknown directives may be its own. */
export function loadsUnknownModules(configuration: Configuration): boolean {
  let files = mainFiles.get(configuration.inclusions);
  if (!files) {
    files = configuration.readings.filter((it) => it.loaded && it.context === 'main').map((it) => it.file);
    mainFiles.set(configuration.inclusions, files);
  }
  return files.some(({ children }) => {
    let answer = answers.get(children);
    if (answer === undefined) {
      answer = children.some((it) => it.name === 'load_module' && !KNOWN.test(it.args[0] ?? ''));
      answers.set(children, answer);
    }
    return answer;
  });
}

const NOTHING: readonly string[] = [];
const loads = new WeakMap<readonly Item[], string>();
const remembered = new Map<string, readonly string[]>();

/**
 * The modules that are shared objects of Debian's nginx and that nothing loads; the same list as long as that is so.
 * Undefined where it is not Debian's, whose main file alone includes sites-enabled and modules-enabled, or where
 * something that it includes is not known.
 */
export function unloadedModules(configuration: Configuration): readonly string[] | undefined {
  const { main, inclusions } = configuration;
  if (main !== '/etc/nginx/nginx.conf') return undefined;
  let open = openness.get(inclusions);
  if (!open) {
    const own = inclusions.filter(({ site }) => site.context === 'main');
    const known = own.every(({ paths }) => paths.known);
    const enabled = (folder: string) =>
      inclusions.some(({ site, paths }) => site.pattern.includes(`${folder}/`) && paths.known);
    const debian = enabled('modules-enabled') ? 'modules' : enabled('sites-enabled') ? 'sites' : undefined;
    openness.set(inclusions, (open = { debian: known ? debian : undefined }));
  }
  if (!open.debian || loadsUnknownModules(configuration)) return undefined;
  const key = `${open.debian} ${(mainFiles.get(inclusions) ?? []).map(({ children }) => loadedBy(children)).join(' ')}`;
  let found = remembered.get(key);
  if (!found) {
    const all = open.debian === 'modules' ? { ...SHARED, ...SHARED_IN_DEBIAN } : SHARED;
    found = Object.keys(all).filter((it) => !all[it]!.test(key));
    // As many as somebody types ways to write load_module.
    if (remembered.size > 50) remembered.clear();
    remembered.set(key, found);
  }
  return found;
}

const openness = new WeakMap<Configuration['inclusions'], { readonly debian: 'modules' | 'sites' | undefined }>();

function loadedBy(children: readonly Item[]): string {
  let text = loads.get(children);
  if (text === undefined) {
    text = children.flatMap((it) => (it.name === 'load_module' ? (it.args[0] ?? NOTHING) : NOTHING)).join(' ');
    loads.set(children, text);
  }
  return text;
}
