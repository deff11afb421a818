/** What a unit's sandbox keeps its processes from: PrivateTmp=, ProtectSystem=, RestrictAddressFamilies= and their kin in systemd.exec(5). */
import { type HostPath, hostPath, isWithin } from '../base/hostPath.js';
import { grouped } from '../base/lists.js';
import { isOn } from '../systemd/booleans.js';
import { splitWords } from '../systemd/commandLine.js';
import { expanded, listOf, type Setting, settingOf, type Unit } from '../systemd/unit.js';
import { directoryPathsOf } from './madeDirectories.js';

/** The DynamicUser= that brings PrivateTmp=yes, ProtectSystem=strict and ProtectHome=read-only: unit_patch_contexts() in src/core/unit.c. */
export function dynamicUser(service: Unit): Setting | undefined {
  const setting = settingOf(service, 'Service', 'DynamicUser');
  return isOn(setting?.entry.value) ? setting : undefined;
}

/** The setting that gives a service a /tmp and /var/tmp of its own; JoinsNamespaceOf= may share it, so then undefined. */
export function privateTmp(service: Unit): Setting | undefined {
  const setting = settingOf(service, 'Service', 'PrivateTmp');
  const on = setting && (isOn(setting.entry.value) || setting.entry.value === 'disconnected');
  if (listOf(service, 'Unit', 'JoinsNamespaceOf').length > 0) return undefined;
  return on ? setting : dynamicUser(service);
}

const TEMPORARY = ['/tmp', '/var/tmp'].map(hostPath);

export function isTemporary(path: HostPath): boolean {
  return TEMPORARY.some((it) => path !== it && isWithin(path, it));
}

const HOMES = ['/home', '/root', '/run/user'].map(hostPath);
const ALWAYS = ['/usr', '/boot', '/efi'].map(hostPath);
const API = ['/dev', '/proc', '/sys'].map(hostPath);

/**
 * `closed`: nobody but root enters, and it is empty. `empty`: a file system of its own without any files. `left alone`: not
 * touched by ProtectSystem=strict. `another place`: BindPaths= shows there what stands elsewhere.
 */
type Way = 'as it is' | 'read-only' | 'closed' | 'empty' | 'left alone' | 'another place';

interface Mount {
  readonly path: HostPath;
  readonly way: Way;
  /** Undefined for what a table of systemd's keeps writable. */
  readonly setting: Setting | undefined;
  /** The host's own files are mounted here, so that they show in a place that is emptied around them. */
  readonly bound?: true;
}

/** The setting that makes a path read-only for a service; undefined if it may write there as far as mounts go, or if that is not known. */
export function readOnlyBy(service: Unit, path: HostPath): Setting | undefined {
  const mount = mountAt(service, path);
  return mount?.way === 'read-only' ? mount.setting : undefined;
}

/** The setting that keeps a service from what the host has at a path, and whether it closes or empties the place. */
export function hiddenBy(service: Unit, path: HostPath): { setting: Setting; way: 'closed' | 'empty' } | undefined {
  const mount = mountAt(service, path);
  if (!mount?.setting || (mount.way !== 'closed' && mount.way !== 'empty')) return undefined;
  return { setting: mount.setting, way: mount.way };
}

/** Goes with the unit, whose text decides alone. */
const remembered = new WeakMap<Unit, readonly Mount[] | 'unknown'>();

/** The mount that decides about a path: the innermost one, except that nothing shows inside a closed or an emptied place. */
function mountAt(service: Unit, path: HostPath): Mount | undefined {
  let mounts = remembered.get(service);
  if (!mounts) remembered.set(service, (mounts = mountsOf(service) ?? 'unknown'));
  if (mounts === 'unknown') return undefined;
  const above = mounts.filter((it) => isWithin(path, it.path));
  const closed = above.find((it) => it.way === 'closed');
  if (closed) return closed;
  const innermost = above.reduce<Mount | undefined>((a, b) => (a && !decidesOver(b, a) ? a : b), undefined);
  // What was emptied around it is not there to be mounted again; the service's own directories are.
  const emptied = innermost && above.find((it) => it.way === 'empty' && it.path.length < innermost.path.length);
  return emptied && innermost.setting && !innermost.bound ? emptied : innermost;
}

/** Of several mounts of one path the first of these stays: drop_duplicates() in src/core/namespace.c. */
const FIRST: readonly Way[] = ['closed', 'another place', 'read-only', 'as it is', 'empty', 'left alone'];

function decidesOver(a: Mount, b: Mount): boolean {
  if (a.path !== b.path) return a.path.length > b.path.length;
  return FIRST.indexOf(a.way) < FIRST.indexOf(b.way);
}

/**
 * The mount name space of a service, later ones stronger: append_*() in src/core/namespace.c. Undefined where a
 * root of its own or paths that the machine decides leave it open.
 */
function mountsOf(service: Unit): readonly Mount[] | undefined {
  if (OTHER_ROOTS.some((it) => listOf(service, 'Service', it).length > 0)) return undefined;
  const mounts: Mount[] = [];
  const add = (paths: readonly HostPath[], way: Way, setting?: Setting): void => {
    for (const path of paths) mounts.push({ path, way, setting });
  };
  const dynamic = dynamicUser(service);
  const system = settingOf(service, 'Service', 'ProtectSystem');
  const level = system?.entry.value.toLowerCase() ?? 'no';
  const isOff = !isOn(level) && level !== 'full' && level !== 'strict';
  if (level === 'strict' || dynamic) {
    add([hostPath('/')], 'read-only', level === 'strict' ? system : dynamic);
    // Homes are left to ProtectHome=: protect_system_strict_table.
    add([...API, ...HOMES], 'left alone');
  } else if (!isOff) add(level === 'full' ? [...ALWAYS, hostPath('/etc')] : ALWAYS, 'read-only', system);
  const home = settingOf(service, 'Service', 'ProtectHome');
  const homes = home?.entry.value.toLowerCase() ?? 'no';
  if (isOn(homes)) add(HOMES, 'closed', home);
  else if (homes === 'tmpfs') add(HOMES, 'empty', home);
  else if (homes === 'read-only') add(HOMES, 'read-only', home);
  else if (dynamic) add(HOMES, 'read-only', dynamic);
  if (privateTmp(service)) add(TEMPORARY, 'as it is');
  for (const [way, keys] of LISTS) {
    for (const key of keys) {
      for (const setting of listOf(service, 'Service', key)) {
        const text = expanded(service, setting);
        if (text === undefined) return undefined;
        for (const word of splitWords(text).words) {
          const path = word.text.replace(/^[-+]*/, '').replace(/:.*$/, '');
          if (path.startsWith('/')) add([hostPath(path)], way, setting);
        }
      }
    }
  }
  for (const path of directoryPathsOf(service)) mounts.push({ path, way: 'as it is', setting: undefined, bound: true });
  const binds = bindsOf(service);
  return binds && [...grouped([...mounts, ...binds], (it) => it.path).values()].map((it) => onePerPath(it));
}

/** Of several mounts of one path one stays; the host's files show there if any of them brings these. */
function onePerPath(all: readonly Mount[]): Mount {
  const first = all.reduce((a, b) => (decidesOver(b, a) ? b : a));
  if (first.way === 'closed' || !all.some((it) => it.bound)) return first;
  // The empty homes of ProtectHome=tmpfs are read-only.
  const home = all.find((it) => it.way === 'empty' && it.setting?.entry.key === 'ProtectHome');
  const kept = home && first.way === 'as it is' ? { ...home, way: 'read-only' as const } : first;
  return { ...kept, bound: true };
}

/** BindPaths= and BindReadOnlyPaths=, `source[:destination[:options]]`; undefined where specifiers decide. */
function bindsOf(service: Unit): readonly Mount[] | undefined {
  const mounts: Mount[] = [];
  for (const [key, way] of [['BindPaths', 'as it is'] as const, ['BindReadOnlyPaths', 'read-only'] as const]) {
    for (const setting of listOf(service, 'Service', key)) {
      const text = expanded(service, setting);
      if (text === undefined) return undefined;
      for (const { text: word } of splitWords(text).words) {
        const [source = '', destination = source] = word.replace(/^-/, '').split(':');
        if (!destination.startsWith('/')) return undefined;
        const path = hostPath(destination);
        const isSame = hostPath(source) === path;
        mounts.push({ path, way: isSame ? way : 'another place', setting, bound: true });
      }
    }
  }
  return mounts;
}

const LISTS: readonly (readonly [Way, readonly string[]])[] = [
  ['empty', ['TemporaryFileSystem']],
  ['read-only', ['ReadOnlyPaths', 'ReadOnlyDirectories']],
  ['as it is', ['ReadWritePaths', 'ReadWriteDirectories']],
  ['closed', ['InaccessiblePaths', 'InaccessibleDirectories']],
];

/** What brings files that are not the host's. */
const OTHER_ROOTS = ['RootDirectory', 'RootImage', 'ExtensionDirectories', 'ExtensionImages', 'MountImages'];

/** Whether paths of the unit may be others than those of the host. */
export function hasOwnRoot(service: Unit): boolean {
  return [...OTHER_ROOTS, 'BindPaths', 'BindReadOnlyPaths'].some((it) => listOf(service, 'Service', it).length > 0);
}

/** The RestrictAddressFamilies= that keeps a service from sockets of `family`: an allow list without it, or a deny list with it. */
export function familyForbiddenBy(service: Unit, family: 'AF_UNIX' | 'AF_INET' | 'AF_INET6'): Setting | undefined {
  const settings = listOf(service, 'Service', 'RestrictAddressFamilies');
  const first = settings[0];
  if (!first) return undefined;
  const words = settings.map((it) => it.entry.value);
  // "none" forbids all of them; lists that mix both senses are left to systemd.
  if (words.some((it) => it.startsWith('~')) && !words.every((it) => it.startsWith('~'))) return undefined;
  const named = words.join(' ').replaceAll('~', ' ').split(/\s+/).includes(family);
  return named === words[0]!.startsWith('~') ? settings.at(-1) : undefined;
}

/** The SystemCallFilter= that forbids to open a socket: a list of what is denied, by name or by the set `@network-io`. */
export function bindFilteredBy(service: Unit): Setting | undefined {
  const settings = listOf(service, 'Service', 'SystemCallFilter');
  // The first decides whether the list allows or denies; of one that allows the sets had to be known in full.
  if (!settings[0]?.entry.value.startsWith('~') || settings.some((it, i) => i > 0 && !it.entry.value.startsWith('~')))
    return undefined;
  return settings.find(({ entry }) =>
    entry.value
      .replace(/^~/, '')
      .split(/\s+/)
      .some((it) => BIND_CALLS.has(it.replace(/:.*$/, ''))),
  );
}

const BIND_CALLS = new Set(['@network-io', 'socket', 'bind', 'listen']);

/** The PrivateNetwork= that leaves a service alone with a loopback of its own, which nobody outside reaches. */
export function privateNetwork(service: Unit): Setting | undefined {
  const setting = settingOf(service, 'Service', 'PrivateNetwork');
  const shared =
    listOf(service, 'Unit', 'JoinsNamespaceOf').length > 0 || settingOf(service, 'Service', 'NetworkNamespacePath');
  return setting && isOn(setting.entry.value) && !shared ? setting : undefined;
}

/**
 * The IPAddressDeny= that drops what comes from the machine itself: connections wait until they time out. What
 * IPAddressAllow= lists goes before: systemd.resource-control(5). Undefined where prefixes that we cannot compare decide.
 */
export function loopbackDeniedBy(unit: Unit, section: 'Service' | 'Socket'): Setting | undefined {
  const words = (key: string) =>
    listOf(unit, section, key).flatMap((setting) =>
      setting.entry.value.split(/\s+/).map((text) => ({ text, setting })),
    );
  const allowed = words('IPAddressAllow').some(({ text }) => MAY_HOLD_LOOPBACK.test(text));
  return allowed ? undefined : words('IPAddressDeny').find(({ text }) => LOOPBACK.test(text))?.setting;
}

const LOOPBACK = /^(?:any|localhost|0\.0\.0\.0\/0|127\.0\.0\.(?:0\/8|1(?:\/32)?))$/;
const MAY_HOLD_LOOPBACK = /^(?:any$|localhost$|127\.|0\.0\.0\.0\/|.*%)/;
