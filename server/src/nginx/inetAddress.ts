/** Addresses as nginx's own readers take them: src/core/ngx_inet.c. */

/** ngx_inet_addr(): three dots, and between them digits, of which there may be none. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((it) => /^\d*$/.test(it) && Number(it) <= 255);
}

/** ngx_inet6_addr(): up to eight groups of up to four digits, one gap, perhaps an IPv4 address at the end. */
export function isIpv6(text: string): boolean {
  const [head, tail, more] = text.split('::');
  if (more !== undefined) return false;
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const all = [...groups(head), ...groups(tail)];
  const last = all[all.length - 1];
  if (last?.includes('.')) {
    if (!isIpv4(last)) return false;
    all.splice(-1, 1, '0', '0');
  }
  if (!all.every((it) => /^[0-9a-f]{1,4}$/i.test(it))) return false;
  return tail === undefined ? all.length === 8 : all.length < 8;
}

/** IPv4 or IPv6, with or without the length of a prefix: ngx_ptocidr(). */
export function isNetwork(text: string): boolean {
  const [address, prefix, more] = text.split('/');
  if (more !== undefined) return false;
  // To the function that reads them this one is the sign of an error.
  const ipv4 = isIpv4(address!) && address !== '255.255.255.255';
  if (!ipv4 && !isIpv6(address!)) return false;
  if (prefix === undefined) return true;
  return /^\d+$/.test(prefix) && Number(prefix) <= (ipv4 ? 32 : 128);
}
