/** Host names where nginx wants an address: it looks them up while it loads, and refuses what no resolver can know. */
import { fault } from './argumentReaders.js';
import { isIpv4, isIpv6 } from './inetAddress.js';
import type { ValueFault } from './values.js';

/**
 * Whether no machine can have this name: other signs than letters, digits, `-`, `_` and dots, a dash at the front
 * (glibc's res_hnok()), or a slip of the finger in an IPv4 address, since no top-level domain begins with a digit.
 */
export function isImpossibleHost(name: string): boolean {
  if (name.includes('$')) return false;
  if (isIpv4(name)) return false;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) || name.includes('..')) return true;
  // A number with a unit is a time or a size that has slipped in here.
  if (/^\d+[a-z]{1,2}$/i.test(name)) return true;
  if (!/^\d/.test(name) || !name.includes('.')) return false;
  // inet_aton() reads one to four numbers, the last of which may be great.
  const parts = name.split('.');
  const isNumeric = parts.every((it) => /^\d+$/.test(it));
  if (isNumeric) return parts.length > 4 || parts.slice(0, -1).some((it) => Number(it) > 255) || Number(parts[3]) > 255;
  return /^\d/.test(parts[parts.length - 1]!);
}

/** The host of `host`, `host:port` or `[::1]:port`; undefined for sockets, IPv6 and what variables make. */
export function hostOf(address: string): string | undefined {
  if (/^unix:/i.test(address) || address.startsWith('[') || address.includes('$') || /:.*:/.test(address))
    return undefined;
  return address.split(':')[0]!;
}

/** What is wrong with the host of an address without a path. */
export function hostFault(address: string, arg: number): ValueFault | undefined {
  if (address.toLowerCase() === 'unix:') return fault(arg, 'a socket, with its path behind unix:');
  if (address.startsWith('[') && !address.includes('$')) return bracketFault(address, arg);
  const host = hostOf(address);
  if (host === undefined || host === '*' || !isImpossibleHost(host)) return undefined;
  return fault(arg, 'an address, or a name that a machine can have');
}

/** ngx_parse_inet6_url() in src/core/ngx_inet.c: an IPv6 address in brackets, and nothing but a port behind it. */
function bracketFault(address: string, arg: number): ValueFault | undefined {
  const [, inside, rest] = /^\[([^\]]*)\](.*)$/s.exec(address) ?? [];
  if (inside === undefined) return fault(arg, 'an address with the "]" that closes its brackets');
  if (rest !== '' && !rest!.startsWith(':'))
    return fault(arg, 'an address with nothing but a port behind its brackets');
  return isIpv6(inside) ? undefined : fault(arg, 'an IPv6 address within its brackets');
}

/** A name without a dot where people write addresses: only /etc/hosts could make one of it. */
export function isLoneWord(address: string): boolean {
  const host = hostOf(address);
  return (
    host !== undefined && /^[a-z_][\w-]*$/i.test(host) && !/^(?:localhost|ip6-localhost|ip6-loopback)$/i.test(host)
  );
}
