/** Requests that a server passes on to this machine without saying which host was asked for. */
import type { Item } from '../../syntax/nginxSyntax.js';
import type { Block } from './blocks.js';
import { inForce } from './inheritance.js';
import { passesIn } from './passes.js';

const NONE: readonly Item[] = [];
const TARGET = /^http:\/\/(127\.\d+\.\d+\.\d+|localhost)(?::(\d+))?(?:\/|$)/i;

/** What a proxy_pass with an address of this machine asks, and the Host that goes with it unless it is set. */
export function ownTarget(pass: Item): { readonly host: string; readonly port: string } | undefined {
  const [, host, port = '80'] = TARGET.exec(pass.args[0] ?? '') ?? [];
  return host === undefined ? undefined : { host: host.toLowerCase(), port };
}

/**
 * The proxy_pass directives of a server that go to this machine with the Host that nginx makes of the address
 * ($proxy_host): no block around sets one, or it is set to just that. ngx_http_proxy_create_request().
 */
export function hostLosing(server: Block): readonly Item[] {
  const found = passesIn(server).filter(({ name, item, within }) => {
    if (name !== 'proxy_pass' || !ownTarget(item)) return false;
    const { directives, certain } = inForce(within, 'proxy_set_header');
    const set = directives.find((it) => it.args[0]?.toLowerCase() === 'host')?.args[1];
    return certain && (set === undefined || set === '$proxy_host');
  });
  return found.length > 0 ? found.map(({ item }) => item) : NONE;
}
