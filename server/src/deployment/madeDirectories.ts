/** Directories that systemd makes before a program needs them: RuntimeDirectory= and its kin, tmpfiles.d. */
import { directoryOf, type HostPath, hostPath, isWithin, joinPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';
import { placeOfValue } from '../syntax/unitSyntax.js';
import { isOn } from '../systemd/booleans.js';
import { expanded, listOf, type Setting, settingOf, type Unit } from '../systemd/unit.js';
import { groupId, serviceIdentity, userId } from './identity.js';
import type { Ownership } from './rights.js';

const KINDS: Readonly<Record<string, string>> = {
  RuntimeDirectory: '/run',
  StateDirectory: '/var/lib',
  CacheDirectory: '/var/cache',
  LogsDirectory: '/var/log',
};

/** The key that makes systemd create a directory, and its value there, empty for the place itself; undefined elsewhere. */
export function directoryKeyFor(directory: HostPath): { key: string; name: string } | undefined {
  for (const [key, base] of Object.entries(KINDS))
    if (isWithin(directory, hostPath(base))) return { key, name: directory.slice(base.length + 1) };
  return undefined;
}

export interface OwnDirectory {
  readonly path: HostPath;
  readonly key: string;
  readonly ownership: Ownership | undefined;
  /**
   * What others meet on the way to it, where that is something else: of a dynamic user it lies in /var/lib/private, which is
   * root's alone (setup_exec_directory() in src/core/execute.c).
   */
  readonly around?: Ownership;
}

/** Who may pass through it, seen from outside of the service. */
export function ownershipFromOutside(made: OwnDirectory | undefined): Ownership | undefined {
  return made?.around ?? made?.ownership;
}

/** The directories that systemd makes for a service and gives to its user: "RuntimeDirectory=" in systemd.exec(5). */
export function directoriesOf(service: Unit, host: HostView): OwnDirectory[] {
  const found: OwnDirectory[] = [];
  const who = serviceIdentity(service, host);
  for (const [key, base] of Object.entries(KINDS)) {
    const mode = settingOf(service, 'Service', `${key}Mode`);
    const bits = mode ? Number.parseInt(mode.entry.value, 8) : 0o755;
    for (const { path, setting } of namesIn(service, key, base)) {
      const at = placeOfValue((mode ?? setting).entry);
      const ownership: Ownership | undefined =
        who && !Number.isNaN(bits)
          ? { user: who.user, group: who.groups[0]!, mode: bits, from: 'settings', at }
          : undefined;
      const isPrivate = key !== 'RuntimeDirectory' && isOn(settingOf(service, 'Service', 'DynamicUser')?.entry.value);
      const around: Ownership = { user: 0, group: 0, mode: 0o700, from: 'settings', at: placeOfValue(setting.entry) };
      found.push({ path, key, ownership, ...(isPrivate && { around }) });
    }
  }
  return found;
}

const TMPFILES = ['/etc/tmpfiles.d', '/run/tmpfiles.d', '/usr/local/lib/tmpfiles.d', '/usr/lib/tmpfiles.d'].map(
  hostPath,
);

/**
 * Directories that tmpfiles.d makes, by path: tmpfiles.d(5). Files in the order of their names, of several with one name
 * the first folder's; of several lines that make something at a path the first: item_compatible() in
 * src/tmpfiles/tmpfiles.c.
 */
export function tmpfilesDirectories(host: HostView): ReadonlyMap<HostPath, Ownership> {
  const files = new Map<string, HostPath>();
  for (const folder of TMPFILES) {
    const names = host.list(folder);
    for (const name of (names.known && names.value) || [])
      if (name.endsWith('.conf') && !files.has(name)) files.set(name, joinPath(folder, name));
  }
  const found = new Map<HostPath, Ownership | 'no directory'>();
  for (const [, path] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = host.read(path);
    if (file.known && isText(file.value)) readTmpfiles(file.value.text, host, found);
  }
  return new Map([...found].flatMap(([path, it]) => (it === 'no directory' ? [] : [[path, it]])));
}

/** Specifiers that are folders: "Specifiers" in tmpfiles.d(5), for the system's own instance. */
const FOLDERS: Readonly<Record<string, string>> = {
  '%t': '/run',
  '%S': '/var/lib',
  '%C': '/var/cache',
  '%L': '/var/log',
  '%T': '/tmp',
  '%V': '/var/tmp',
};

function readTmpfiles(text: string, host: HostView, into: Map<HostPath, Ownership | 'no directory'>): void {
  for (const line of text.split('\n')) {
    const [type = '', written = '', mode = '-', user = '-', group = '-'] = line
      .trim()
      .split(/\s+/)
      .map((it) => it.replace(/^"(.*)"$/, '$1'));
    // Types that own what stands at their path; others only change or remove it.
    if (!/^[dDvqQfFpLcbC][!+\-=~^$?]*$/.test(type)) continue;
    const at = written.replace(/^%[tSCLTV]/, (it) => FOLDERS[it]!);
    if (!at.startsWith('/') || at.includes('%')) continue;
    const path = hostPath(at.replace(/^\/var\/run\//, '/run/'));
    if (into.has(path)) continue;
    const bits = mode === '-' ? 0o755 : Number.parseInt(mode.replace(/^[:~]+/, ''), 8);
    if (Number.isNaN(bits)) continue;
    const plain = (id: string) => id.replace(/^:/, '');
    const isDirectory = /^[dDvqQ]/.test(type);
    into.set(
      path,
      isDirectory
        ? {
            user: user === '-' ? 0 : userId(host, plain(user)),
            group: group === '-' ? 0 : groupId(host, plain(group)),
            mode: bits,
            from: 'settings',
          }
        : 'no directory',
    );
  }
}

/** Goes with the unit, whose text decides alone. */
const paths = new WeakMap<Unit, readonly HostPath[]>();

/** The paths of `directoriesOf`: they follow from the unit's own text. */
export function directoryPathsOf(service: Unit): readonly HostPath[] {
  let found = paths.get(service);
  if (!found) {
    found = Object.entries(KINDS).flatMap(([key, base]) => namesIn(service, key, base).map((it) => it.path));
    paths.set(service, found);
  }
  return found;
}

function namesIn(service: Unit, key: string, base: string): { path: HostPath; setting: Setting }[] {
  return listOf(service, 'Service', key).flatMap((setting) =>
    (expanded(service, setting) ?? '')
      .split(/\s+/)
      .filter((it) => it !== '' && !it.startsWith('/'))
      .map((it) => ({ path: joinPath(hostPath(base), it.split(':')[0]!), setting }))
      .filter((it) => it.path !== base),
  );
}

/** Directories above the unix sockets of a socket unit, which systemd makes where they are missing: socket_address_listen(). */
export function socketDirectoriesOf(socket: Unit): HostPath[] {
  return listOf(socket, 'Socket', 'ListenStream').flatMap((setting) => {
    const path = expanded(socket, setting);
    if (!path?.startsWith('/')) return [];
    const directory = directoryOf(hostPath(path.replace(/^\/var\/run\//, '/run/')));
    return directory === '/' || directory === '/run' ? [] : [directory];
  });
}

/** What systemd makes of such a directory: root's, with DirectoryMode=. Undefined where one stands that outlives a boot. */
export function directoryOfSocket(socket: Unit, path: HostPath, host: HostView): OwnDirectory | undefined {
  const there = host.stat(path);
  if (!path.startsWith('/run/') && !(there.known && !there.value)) return undefined;
  const mode = settingOf(socket, 'Socket', 'DirectoryMode');
  const bits = mode ? Number.parseInt(mode.entry.value, 8) : 0o755;
  if (Number.isNaN(bits)) return undefined;
  const at = mode && placeOfValue(mode.entry);
  return { path, key: 'DirectoryMode', ownership: { user: 0, group: 0, mode: bits, from: 'settings', at } };
}
