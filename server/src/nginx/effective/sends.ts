/** Where a server sends clients that ask for one of its names: to another name, or to the other scheme. */
import { sameList } from '../../base/lists.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { addressesOf } from '../listenAddress.js';
import type { Block } from './blocks.js';
import { routeInServer } from './request.js';

/** A page of `from` is redirected to the same page of `to`: `http://example.com`, without a port. */
export interface Sent {
  readonly from: string;
  readonly to: string;
  readonly by: Item;
}

const NONE: readonly Sent[] = [];
const PAGE = '/x';
const MOST_NAMES = 6;

/** What holds for each request, whatever its headers; of plain names on the usual ports of all addresses. */
export function sendsOf(server: Block): readonly Sent[] {
  if (!server.hidesNoBlocks || !redirects(server)) return NONE;
  const names = server.all('server_name').flatMap((it) => it.args);
  const hosts = names.filter((it) => /^[\w-]+(?:\.[\w-]+)+$/.test(it)).slice(0, MOST_NAMES);
  const found: Sent[] = [];
  for (const { scheme, port } of waysOf(server))
    for (const name of hosts) {
      const host = name.toLowerCase();
      const address = `192.0.2.1:${port}`;
      const { ending } = routeInServer(server, {
        method: 'GET',
        scheme,
        address,
        host,
        target: PAGE,
        headers: undefined,
      });
      if (ending.kind !== 'redirect' || !ending.by) continue;
      const [, to, path] = /^(https?:\/\/[\w.-]+?)(?::(?:80|443))?(\/.*)$/i.exec(ending.to) ?? [];
      const from = `${scheme}://${host}`;
      if (to !== undefined && path === PAGE && to.toLowerCase() !== from)
        found.push({ from, to: to.toLowerCase(), by: ending.by.item });
    }
  return found.length > 0 ? found : NONE;
}

export function sameSends(a: readonly Sent[], b: readonly Sent[]): boolean {
  const flat = (all: readonly Sent[]) => all.flatMap((it) => [it.from, it.to, it.by]);
  return sameList(flat(a), flat(b));
}

function redirects(block: Block): boolean {
  return block.directives.some(
    (it) =>
      (it.name === 'return' && it.args.some((arg) => /^https?:/i.test(arg) || arg.startsWith('$scheme'))) ||
      (it.name === 'rewrite' && /^(?:https?:|\$scheme)/i.test(it.args[1] ?? '')) ||
      (it.body && it.body.context !== 'data' && redirects(it.body)),
  );
}

function waysOf(server: Block): readonly { scheme: 'http' | 'https'; port: number }[] {
  const listens = server.all('listen').filter((it) => it.args.length > 0);
  const on = (address: string, tls: boolean) =>
    listens.some((it) => it.args.includes('ssl', 1) === tls && addressesOf([it]).includes(address));
  const found: { scheme: 'http' | 'https'; port: number }[] = [];
  if ((listens.length === 0 && server.complete) || on('*:80', false)) found.push({ scheme: 'http', port: 80 });
  if (on('*:443', true)) found.push({ scheme: 'https', port: 443 });
  return found;
}
