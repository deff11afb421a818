/** Addresses of `listen` as nginx compares them. */
import { isTemplated } from './values.js';

/**
 * `80`, `*:80` and `0.0.0.0:80` are one address, and so are `localhost` and the address that it stands for on the same
 * machine, which is not known here: names stay names. UDP has ports of its own, for QUIC too. ngx_parse_url() in
 * src/core/ngx_inet.c, ngx_http_add_listen().
 * @param args of the directive, at least one.
 */
export function listenAddress(args: readonly string[]): string {
  const isDatagram = args.includes('quic', 1) || args.includes('udp', 1);
  return `${isDatagram ? 'udp ' : ''}${addressOf(args[0]!)}`;
}

function addressOf(text: string): string {
  if (text.startsWith('unix:')) return text;
  if (/^\d+(?:-\d+)?$/.test(text)) return `*:${text}`;
  const [, host = '', port = '80'] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
  return `${host === '0.0.0.0' || host === '' ? '*' : host.toLowerCase()}:${port}`;
}

/**
 * The addresses of a server of http by its `listen` directives, each port of a range by itself. As root nginx listens on
 * port 80 where nothing is said. Templates have none.
 */
export function addressesOf(listens: readonly { readonly args: readonly string[] }[]): readonly string[] {
  if (listens.length === 0) return ['*:80'];
  let addresses = remembered.get(listens);
  if (!addresses) remembered.set(listens, (addresses = readAddresses(listens)));
  return addresses;
}

/** Whenever a name changes, the lists of all servers are compared anew. */
const remembered = new WeakMap<object, readonly string[]>();

function readAddresses(listens: readonly { readonly args: readonly string[] }[]): readonly string[] {
  const all = new Set<string>();
  for (const { args } of listens) {
    const [text] = args;
    if (!text || isTemplated(text)) continue;
    for (const it of eachPort(listenAddress(args))) all.add(it);
  }
  return [...all];
}

function eachPort(address: string): readonly string[] {
  const [, host, first, last] = /^(.*:)(\d+)-(\d+)$/.exec(address) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (host === undefined || address.startsWith('unix:') || !(from <= to && to < 65_536)) return [address];
  return Array.from({ length: to - from + 1 }, (_, i) => `${host}${from + i}`);
}

/** Parameters of `listen` that set the socket itself, and may be given once for an address. ngx_http_core_listen(). */
const SOCKET_OPTIONS =
  /^(?:bind|backlog=|rcvbuf=|sndbuf=|setfib=|fastopen=|accept_filter=|deferred|ipv6only=|reuseport|so_keepalive=|multipath)/;

export function setsSocketOptions(args: readonly string[]): boolean {
  return args.slice(1).some((it) => SOCKET_OPTIONS.test(it));
}

export function isDefaultServer(args: readonly string[]): boolean {
  return args.slice(1).some((it) => it === 'default_server' || it === 'default');
}
