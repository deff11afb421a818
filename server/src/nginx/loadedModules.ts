/** Modules that `load_module` brings. */
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';
import type { Configuration } from './configuration.js';

/** Shared objects of nginx's own packages and of Debian's, whose directives the catalog has. */
const KNOWN =
  /(?:^|\/)(?:ndk_http_module|ngx_nchan_module|ngx_rtmp_module|ngx_pagespeed|ngx_otel_module|ngx_mail_module|ngx_stream(?:_(?:geoip2?|js|lua))?_module|ngx_http_(?:acme|array_var|auth_jwt|auth_pam|auth_spnego|brotli_filter|brotli_static|cache_purge|dav_ext|drizzle|echo|encrypted_session|fancyindex|form_input|geoip2?|headers_more_filter|image_filter|js|lua|memc|modsecurity|naxsi|perl|push_stream|rds_json_filter|redis2|replace_filter|set_misc|srcache_filter|subs_filter|uploadprogress|upstream_check|upstream_fair|vhost_traffic_status|xslt_filter|xss_filter|zstd_filter|zstd_static)_module)\.so$/;

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
