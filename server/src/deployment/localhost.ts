/** What localhost stands for on a host. */
import type { Address } from '../base/address.js';
import { hostPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';

/**
 * Whether a connection to localhost misses a listener on ::1, because /etc/hosts gives that name no IPv6 address: nginx
 * tries those alone that the resolver names, ngx_inet_resolve_host().
 */
export function missesLocalhost(listener: Address, target: Address, host: HostView): boolean {
  if (target.kind !== 'tcp' || target.host !== 'localhost') return false;
  if (listener.kind !== 'tcp' || listener.host !== '::1') return false;
  return isIpv6Localhost(host) === false;
}

/** Whether /etc/hosts gives localhost an IPv6 address beside 127.0.0.1; undefined where it cannot be read or says neither. */
export function isIpv6Localhost(host: HostView): boolean | undefined {
  const file = host.read(hostPath('/etc/hosts'));
  if (!file.known || !isText(file.value)) return undefined;
  const lines = file.value.text.split('\n').map((it) => it.replace(/#.*/, '').trim().split(/\s+/));
  const gives = (number: string) => lines.some(([first, ...names]) => first === number && names.includes('localhost'));
  if (gives('::1')) return true;
  return gives('127.0.0.1') ? false : undefined;
}
