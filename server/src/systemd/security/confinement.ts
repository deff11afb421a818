/**
 * What a service may do, from its effective settings, as systemd-analyze sees it offline: get_security_info of
 * analyze-security.c over what load-fragment.c and unit_patch_contexts make of the assignments.
 */
import { systemCalls } from '../../catalog/systemdSecurity.js';

/** All values that are assigned to a key, in the order in which systemd reads them. */
export type Values = (section: 'Unit' | 'Service', key: string) => readonly string[];

export interface Confinement {
  readonly flag: (key: string) => boolean;
  readonly word: (key: string) => string | undefined;
  readonly user: string | undefined;
  readonly dynamicUser: boolean;
  readonly defaultDependencies: boolean;
  readonly supplementaryGroups: boolean;
  /** The last word of ProtectHome= and ProtectSystem=, booleans as yes and no. */
  readonly protectHome: string;
  readonly protectSystem: string;
  readonly ownRoot: boolean;
  readonly delegates: boolean;
  readonly umask: number;
  readonly canCapability: (name: string) => boolean;
  readonly ambient: boolean;
  readonly canNamespace: (name: string) => boolean;
  readonly architectures: ReadonlySet<string>;
  readonly families: { readonly allow: boolean; readonly names: ReadonlySet<string> };
  /** Undefined: no filter. */
  readonly calls: { readonly allow: boolean; readonly names: ReadonlySet<string> } | undefined;
  readonly addresses: 'filtered' | 'all' | 'other' | 'localhost' | 'none';
  readonly devices: 'all' | 'some' | 'none';
}

const YES = new Set(['1', 'yes', 'y', 'true', 't', 'on']);
const NO = new Set(['0', 'no', 'n', 'false', 'f', 'off']);

function boolean(value: string): boolean | undefined {
  const word = value.toLowerCase();
  return YES.has(word) ? true : NO.has(word) ? false : undefined;
}

function wordsOf(value: string): string[] {
  return value.split(/[ \t\n\r]+/).filter(Boolean);
}

/** `version` is systemd's main version. */
export function confinementOf(values: Values, version: number): Confinement {
  const service = (key: string) => values('Service', key);
  const flag = (key: string) =>
    key === 'PrivateMounts' && version >= TRISTATE_MOUNTS
      ? unlessRefused(service(key))
      : flagOf(service(key), FURTHER_WORDS[key]);
  const word = (key: string) => service(key).at(-1) || undefined;
  const dynamicUser = flag('DynamicUser');
  const privateDevices = flag('PrivateDevices');
  const can = bounded(service('CapabilityBoundingSet'), version, {
    CAP_MKNOD: privateDevices,
    CAP_SYS_RAWIO: privateDevices,
    CAP_SYS_MODULE: flag('ProtectKernelModules'),
    CAP_SYSLOG: flag('ProtectKernelLogs'),
    CAP_SYS_TIME: flag('ProtectClock'),
    CAP_WAKE_ALARM: flag('ProtectClock'),
  });
  const home = protection(service('ProtectHome'), ['read-only', 'tmpfs']);
  // A dynamic user must not leave anything of its own behind: unit_patch_contexts.
  const forced = new Set(
    dynamicUser ? ['PrivateTmp', 'RemoveIPC', 'NoNewPrivileges', 'RestrictSUIDSGID'] : ([] as string[]),
  );
  return {
    flag: (key) => forced.has(key) || flag(key),
    word,
    user: word('User'),
    dynamicUser,
    defaultDependencies: values('Unit', 'DefaultDependencies').reduce((now, it) => boolean(it) ?? now, true),
    supplementaryGroups: listed(service('SupplementaryGroups')).length > 0,
    protectHome: dynamicUser && home === 'no' ? 'read-only' : home,
    protectSystem: dynamicUser ? 'strict' : protection(service('ProtectSystem'), ['full', 'strict']),
    ownRoot: [word('RootDirectory'), word('RootImage')].some((it) => it !== undefined && !/^\/+$/.test(it)),
    // Names of controllers, and the empty value too, delegate.
    delegates: service('Delegate').reduce((_, it) => boolean(it) ?? true, false),
    umask: service('UMask').reduce((now, it) => (/^[0-7]{1,4}$/.test(it) ? Number.parseInt(it, 8) : now), 0o022),
    canCapability: can,
    ambient: capabilities(service('AmbientCapabilities'), 'empty').size > 0,
    canNamespace: namespaces(service('RestrictNamespaces')),
    architectures: new Set(listed(service('SystemCallArchitectures'))),
    families: addressFamilies(service('RestrictAddressFamilies')),
    calls: callFilter(service('SystemCallFilter')),
    addresses: addressFilter(service),
    devices: devicePolicy(service, privateDevices, flag('ProtectClock')),
  };
}

/** PrivateMounts= is a tristate from 257 on, and analyze-security.c takes what is not set for set. */
const TRISTATE_MOUNTS = 257;

function unlessRefused(values: readonly string[]): boolean {
  return values.reduce((now, it) => it === '' || (boolean(it) ?? now), true);
}

/** Keys that were boolean once have words for more by now. What is neither changes nothing. */
function flagOf(values: readonly string[], words: readonly string[] = []): boolean {
  return values.reduce((now, it) => boolean(it) ?? (words.includes(it) || now), false);
}

// With the versions that brought them: 254 to 258. Delegate= takes the names of controllers.
const FURTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  PrivateTmp: ['connected', 'disconnected'],
  PrivateUsers: ['self', 'identity', 'full', 'managed'],
  ProtectControlGroups: ['private', 'strict'],
  ProtectHostname: ['private'],
};

/** The words of a list key after its last empty assignment. */
function listed(values: readonly string[]): string[] {
  return values.slice(values.lastIndexOf('') + 1).flatMap(wordsOf);
}

function protection(values: readonly string[], words: readonly string[]): string {
  return values.reduce((now, it) => {
    const yes = boolean(it);
    return yes === undefined ? (words.includes(it) ? it : now) : yes ? 'yes' : 'no';
  }, 'no');
}

const CAPABILITIES =
  'CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE'.split(
    ' ',
  );

/** With the bits of a 64-bit set that no capability has: they tell a set that is full from one that lists all names. */
const BITS: readonly string[] = [...CAPABILITIES, 'further bits'];

/**
 * config_parse_capability_set. A set that is as at the first, full, empty or unset, is replaced instead of added to. The
 * ambient set begins empty; the bounding set full until 257 and unset in 262, where one that was filled stays full.
 */
function capabilities(values: readonly string[], initially: 'full' | 'empty' | 'unset'): Set<string> {
  const initialSize = initially === 'empty' ? 0 : BITS.length;
  let set = new Set(initially === 'empty' ? [] : BITS);
  let assigned = false;
  for (const value of values) {
    const inverted = value.startsWith('~');
    const names = wordsOf(inverted ? value.slice(1) : value).map((it) => it.toUpperCase());
    const known = names.filter((it) => CAPABILITIES.includes(it));
    const isInitial = initially === 'unset' ? !assigned : set.size === initialSize;
    assigned = true;
    if (known.length === 0 || isInitial) {
      set = new Set(inverted ? BITS.filter((it) => !known.includes(it)) : known);
    } else {
      for (const it of known) {
        if (inverted) set.delete(it);
        else set.add(it);
      }
    }
  }
  return set;
}

function bounded(
  values: readonly string[],
  version: number,
  taken: Record<string, boolean>,
): (name: string) => boolean {
  const set = capabilities(values, version > 257 ? 'unset' : 'full');
  return (name) => taken[name] !== true && set.has(name);
}

const NAMESPACES = ['cgroup', 'ipc', 'net', 'mnt', 'pid', 'user', 'uts', 'time'];

/** config_parse_restrict_namespaces: what may still be made. A plain no is a full set that further lines add to. */
function namespaces(values: readonly string[]): (name: string) => boolean {
  let set: Set<string> | undefined;
  for (const value of values) {
    const yes = boolean(value);
    if (value === '' || yes !== undefined) {
      set = yes === undefined ? undefined : new Set(yes ? [] : NAMESPACES);
      continue;
    }
    const inverted = value.startsWith('~');
    const names = wordsOf(value.replace(/^~/, ''));
    // One unknown name spoils the line.
    if (!names.every((it) => NAMESPACES.includes(it))) continue;
    if (!set) {
      set = new Set(inverted ? NAMESPACES.filter((it) => !names.includes(it)) : names);
      continue;
    }
    for (const it of names) {
      if (inverted) set.delete(it);
      else set.add(it);
    }
  }
  return (name) => set?.has(name) ?? true;
}

function addressFamilies(values: readonly string[]): Confinement['families'] {
  let names: Set<string> | undefined;
  let allow = false;
  for (const value of values) {
    if (value === '' || value === 'none') {
      names = undefined;
      allow = value === 'none';
      continue;
    }
    const inverted = value.startsWith('~');
    if (!names) {
      names = new Set();
      allow = !inverted;
    }
    for (const it of wordsOf(value.replace(/^~/, ''))) {
      if (allow !== inverted) names.add(it);
      else names.delete(it);
    }
  }
  return { allow, names: names ?? new Set() };
}

function callFilter(values: readonly string[]): Confinement['calls'] {
  let names: Set<string> | undefined;
  let allow = false;
  for (const value of values) {
    if (value === '') {
      names = undefined;
      allow = false;
      continue;
    }
    const inverted = value.startsWith('~');
    if (!names) {
      allow = !inverted;
      names = new Set(allow ? systemCalls('@default') : []);
    }
    for (const word of wordsOf(value.replace(/^~/, ''))) {
      const [name, error] = word.split(':') as [string, string | undefined];
      // An allowed call cannot have an error number; a denied one with it stays in the list, as denied.
      if (!inverted && error !== undefined) continue;
      for (const it of systemCalls(name)) {
        if (allow !== inverted) names.add(it);
        else names.delete(it);
      }
    }
  }
  return names && (allow || names.size > 0) ? { allow, names } : undefined;
}

const ALL_V4 = new Set(['any', '0.0.0.0/0']);
const ALL_V6 = new Set(['any', '::/0']);
const LOCAL = /^(?:localhost|127\.\d+\.\d+\.\d+(?:\/\d+)?|::1(?:\/128)?)$/;

function addressFilter(service: (key: string) => readonly string[]): Confinement['addresses'] {
  if (listed(service('IPIngressFilterPath')).length + listed(service('IPEgressFilterPath')).length > 0)
    return 'filtered';
  const deny = listed(service('IPAddressDeny'));
  if (!deny.some((it) => ALL_V4.has(it)) || !deny.some((it) => ALL_V6.has(it))) return 'all';
  const allow = listed(service('IPAddressAllow'));
  if (allow.some((it) => !LOCAL.test(it))) return 'other';
  return allow.length > 0 ? 'localhost' : 'none';
}

function devicePolicy(
  service: (key: string) => readonly string[],
  privateDevices: boolean,
  clock: boolean,
): Confinement['devices'] {
  const own = service('DevicePolicy').findLast((it) => ['auto', 'closed', 'strict'].includes(it)) ?? 'auto';
  if (own === 'auto' && !privateDevices) return 'all';
  const allowed = service('DeviceAllow');
  const images = service('RootImage').at(-1) || listed(service('MountImages')).length > 0;
  const secrets = [...service('LoadCredentialEncrypted'), ...service('SetCredentialEncrypted')].some(Boolean);
  return listed(allowed).length > 0 || images || secrets || clock ? 'some' : 'none';
}
