/** Addresses of `listen` as nginx compares them. */

/**
 * `80`, `*:80` and `0.0.0.0:80` are one address, and so are `localhost` and the address that it stands for on the same
 * machine, which is not known here: names stay names. ngx_parse_url() in src/core/ngx_inet.c.
 */
export function listenAddress(text: string): string {
  if (text.startsWith('unix:')) return text;
  if (/^\d+(?:-\d+)?$/.test(text)) return `*:${text}`;
  const [, host = '', port = '80'] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
  return `${host === '0.0.0.0' || host === '' ? '*' : host.toLowerCase()}:${port}`;
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
