/** Addresses to listen on: config_parse_socket_listen() in src/core/load-fragment.c, socket_address_parse() in src/shared/socket-netlink.c. */
import type { Validator } from './kinds.js';
import { isIpv4, isIpv6 } from './lists.js';
import { isInterfaceName } from './names.js';
import { isUnsigned, readInteger } from './numbers.js';
import { pathFault } from './paths.js';
import { cutWord, NONE, unknownSpecifier, whole, withSpecifiers } from './words.js';

type Family = 'unix' | 'vsock' | 'ip';

export const listen: Validator = (value, { key, version }) => {
  if (value === '') return NONE;
  const slot = unknownSpecifier(value);
  if (slot) return [{ ...slot, expected: 'a specifier that systemd knows; a percent sign is written %%' }];
  if (/^Listen(?:FIFO|Special|USBFunction|MessageQueue)$/.test(key.name)) {
    const fault = pathFault(value, version);
    if (fault) return whole(value, fault.expected);
    const isOnlyRead = /^\/+(?:\.\/+)*(?:dev|proc|sys)(?:\/|$)/.test(withSpecifiers(value));
    return version >= 257 && key.name !== 'ListenSpecial' && isOnlyRead
      ? whole(value, 'a path outside /dev, /proc and /sys')
      : NONE;
  }
  if (key.name === 'ListenNetlink')
    return isNetlink(withSpecifiers(value))
      ? NONE
      : whole(value, 'a netlink family such as audit, route or kobject-uevent, and a group');
  const text = withSpecifiers(value);
  const family = familyOf(text, version);
  if (typeof family === 'object') return whole(value, family.expected);
  if (key.name === 'ListenSequentialPacket' && family !== 'unix')
    return whole(value, 'a path or @name, which sequential packets need');
  return NONE;
};

function familyOf(text: string, version: number): Family | { readonly expected: string } {
  if (/^[/@]/.test(text))
    return text.length > 1 && new TextEncoder().encode(text).length <= 107
      ? 'unix'
      : { expected: 'a socket path of at most 107 characters' };
  const vsock = /^(vsock(?:-stream|-dgram|-seqpacket)?):(.*)$/s.exec(text);
  if (vsock && (vsock[1] === 'vsock' || version >= 254)) {
    const [cid, port] = split(vsock[2]!, vsock[2]!.indexOf(':'));
    const isCid = cid === '' || isUnsigned(cid) || (version >= 257 && /^(?:hypervisor|local|host)$/.test(cid));
    return port !== undefined && isUnsigned(port, 0xffff_fffen) && isCid ? 'vsock' : { expected: 'vsock:CID:PORT' };
  }
  const expected = 'a path, @name, a port, ADDRESS:PORT or [IPV6]:PORT to listen on';
  const [address, device] = split(text, text.indexOf('%'));
  // Whether the interface is there depends on the machine.
  if (device !== undefined && !isInterfaceName(device, true) && !isUnsigned(device, 0x7fff_ffffn)) return { expected };
  const [host, port] = split(address, address.lastIndexOf(':'));
  if (port === undefined) return device === undefined && isPort(address) ? 'ip' : { expected };
  const six = /^\[(.*)\]$/s.exec(host);
  return (six ? isIpv6(six[1]!) : isIpv4(host)) && isPort(port) ? 'ip' : { expected };
}

function split(text: string, at: number): readonly [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** parse_ip_port(): no blanks before it. */
function isPort(text: string): boolean {
  const port = /^\s/.test(text) ? undefined : readInteger(text);
  return port !== undefined && port >= 1n && port <= 65535n;
}

const NETLINK_FAMILIES = new Set(
  'route firewall inet-diag nflog xfrm selinux iscsi audit fib-lookup connector netfilter ip6-fw dnrtmsg kobject-uevent generic scsitransport ecryptfs rdma'.split(
    ' ',
  ),
);

/** socket_address_parse_netlink(): a family by its name or number, and a number of groups. */
function isNetlink(text: string): boolean {
  const cut = cutWord(text, 0, { unquote: false });
  if (!cut || 'brokenAt' in cut) return false;
  const isFamily = NETLINK_FAMILIES.has(cut.word.text) || isUnsigned(cut.word.text, 0x7fff_ffffn);
  return isFamily && (cut.next === undefined || isUnsigned(text.slice(cut.next)));
}
