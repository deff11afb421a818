/** Values that nginx looks at only where it comes to use them, when it merges blocks. Elsewhere it takes any. */
import { type Item, siblingsOf } from '../syntax/nginxSyntax.js';

/** What has to be there for a value to be looked at; directives that are not listed are read where they stand. */
const USED: Readonly<Record<string, (directive: Item) => boolean>> = {
  // ngx_http_ssl_merge_srv_conf() and its like of stream and mail return early where there is no certificate.
  ssl_ciphers: besideCertificate,
  ssl_ecdh_curve: besideCertificate,
  // ngx_http_proxy_merge_loc_conf() sets up TLS where the location's own pass asks for it.
  proxy_ssl_ciphers: (it) => hasPass(it, 'proxy_pass', 'https://'),
  grpc_ssl_ciphers: (it) => hasPass(it, 'grpc_pass', 'grpcs://'),
  uwsgi_ssl_ciphers: (it) => hasPass(it, 'uwsgi_pass', 'suwsgi://'),
  // ngx_http_core_merge_srv_conf() runs for servers.
  large_client_header_buffers: (it) =>
    parentOf(it)?.name === 'server' || siblingsOf(it).some(({ name }) => name === 'server' || name === 'include'),
};

/** Whether nginx looks at the directive's value at all. False where that cannot be told from the blocks around it. */
export function isValueUsed(directive: Item): boolean {
  return USED[directive.name]?.(directive) ?? true;
}

function besideCertificate(directive: Item): boolean {
  const siblings = siblingsOf(directive);
  if (has(siblings, 'ssl_certificate')) return true;
  const servers = siblings.flatMap((it) => (it.name === 'server' && it.children ? [it.children] : []));
  return servers.some((inside) => has(inside, 'ssl_certificate') && !has(inside, directive.name));
}

function hasPass(directive: Item, pass: string, scheme: string): boolean {
  return siblingsOf(directive).some((it) => it.name === pass && it.args[0]?.toLowerCase().startsWith(scheme));
}

const has = (items: readonly Item[], name: string): boolean => items.some((it) => it.name === name);

function parentOf({ parent }: Item): Item | undefined {
  return parent && 'name' in parent ? parent : undefined;
}
