/** Where a program listens or connects: the common words of nginx, systemd and app servers. */
import type { HostPath } from './hostPath.js';

export type Address =
  | { readonly kind: 'unix'; readonly path: HostPath }
  /** A socket in the abstract name space: Linux, `@name` in systemd. */
  | { readonly kind: 'abstract'; readonly name: string }
  /** `host` is lower case, without brackets; `*` stands for every address of the machine. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** As people write it in messages: `/run/a.sock`, `127.0.0.1:8000`, `[::1]:8000`, `port 8000`. */
export function addressText(address: Address): string {
  switch (address.kind) {
    case 'unix':
      return address.path;
    case 'abstract':
      return `@${address.name}`;
    case 'tcp':
      if (address.host === '*') return `port ${address.port}`;
      return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
  }
}

/** As nginx's proxy_pass and upstream servers want it: `unix:/run/a.sock`, `127.0.0.1:8000`. Undefined if nginx cannot reach it. */
export function nginxAddress(address: Address): string | undefined {
  if (address.kind === 'abstract') return undefined;
  if (address.kind === 'unix') return `unix:${address.path}`;
  return addressText(address.host === '*' ? { ...address, host: '127.0.0.1' } : address);
}

/**
 * Whether a connection to `target` reaches a program that listens on `listener`. Undefined when that depends on what a
 * host name resolves to.
 */
export function answers(listener: Address, target: Address): boolean | undefined {
  if (listener.kind !== 'tcp' || target.kind !== 'tcp') return sameLocal(listener, target);
  if (listener.port !== target.port) return false;
  if (listener.host === target.host) return true;
  if (listener.host === '*') return isThisMachine(target.host);
  // [::] takes IPv4 as well unless bindv6only says otherwise: systemd.socket(5), BindIPv6Only=default.
  if (listener.host === '::' && isThisMachine(target.host)) return true;
  if (listener.host === '0.0.0.0' && isThisMachine(target.host)) return !target.host.includes(':');
  if (isLiteral(listener.host) && isLiteral(target.host)) return false;
  if (target.host === 'localhost' || listener.host === 'localhost') {
    const other = target.host === 'localhost' ? listener.host : target.host;
    // localhost is ::1 or 127.0.0.1, and the resolver says which comes first; nginx tries all of them.
    if (other === '127.0.0.1' || other === '::1') return true;
    if (isLiteral(other)) return false;
  }
  return undefined;
}

function sameLocal(listener: Address, target: Address): boolean {
  if (listener.kind === 'unix' && target.kind === 'unix') return listener.path === target.path;
  return listener.kind === 'abstract' && target.kind === 'abstract' && listener.name === target.name;
}

/** Whether the host is certainly the machine itself; undefined for other names and addresses, which may be. */
export function isThisMachine(host: string): boolean | undefined {
  if (host === 'localhost' || host === '::1' || host === '0.0.0.0' || host === '::' || /^127\./.test(host)) return true;
  return undefined;
}

function isLiteral(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** /var/run is a link to /run on every system that systemd runs on (file-hierarchy(7)). */
export function runPath(path: HostPath): HostPath {
  return (path.startsWith('/var/run/') ? path.slice(4) : path) as HostPath;
}
