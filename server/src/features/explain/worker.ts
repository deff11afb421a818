/** What one user may do with the host's files, as the kernel decides it: generic_permission() in fs/namei.c. */
import { directoryOf, type HostPath, hostPath } from '../../base/hostPath.js';
import { type FileFacts, type HostView, isText } from '../../host/host.js';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gids: ReadonlySet<number>;
}

export interface Owned {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, as in 0o750. */
  readonly mode: number;
}

export const READ = 4;
export const WRITE = 2;
export const ENTER = 1;

/** A user with all groups, from /etc/passwd and /etc/group; undefined if they do not list it. */
export function account(
  host: HostView,
  user: string,
  group?: string,
  more: readonly string[] = [],
): Account | undefined {
  if (user === 'root') return { name: user, uid: 0, gids: new Set([0]) };
  const entry = lines(host, '/etc/passwd').find((it) => it[0] === user || it[2] === user);
  if (!entry) return undefined;
  const groups = lines(host, '/etc/group');
  const idOf = (name: string) =>
    /^\d+$/.test(name) ? Number(name) : Number(groups.find((it) => it[0] === name)?.[2] ?? -1);
  const gids = new Set([group === undefined ? Number(entry[3]) : idOf(group), ...more.map(idOf)]);
  for (const it of groups) if (it[3]?.split(',').includes(entry[0]!)) gids.add(Number(it[2]));
  return { name: user, uid: Number(entry[2]), gids };
}

/** The number of a group; undefined if the host does not list it. */
export function groupId(host: HostView, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const entry = lines(host, '/etc/group').find((it) => it[0] === name);
  return entry && Number(entry[2]);
}

function lines(host: HostView, path: string): string[][] {
  const file = host.read(hostPath(path));
  return file.known && isText(file.value) ? file.value.text.split('\n').map((it) => it.split(':')) : [];
}

/** Owners in a checkout are those of whoever checked it out; a machine's /etc is root's. */
export function ownersCount(host: HostView): boolean {
  const etc = host.stat(hostPath('/etc'));
  return etc.known && etc.value?.uid === 0;
}

export function may(who: Account, { uid, gid, mode }: Owned, want: number): boolean {
  if (who.uid === 0) return true;
  const shift = who.uid === uid ? 6 : who.gids.has(gid) ? 3 : 0;
  return ((mode >> shift) & want) === want;
}

/** The first directory above `path`, or above what it leads to, that `who` may not enter. `made` is what units will make. */
export function barredBy(
  host: HostView,
  who: Account,
  path: HostPath,
  made: ReadonlyMap<string, Owned> = new Map(),
): HostPath | undefined {
  const above: HostPath[] = [];
  for (let at = path; at !== '/'; ) above.unshift((at = directoryOf(at)));
  for (const directory of above) {
    const facts = host.stat(directory);
    const owned: Owned | FileFacts | undefined = made.get(directory) ?? (facts.known ? facts.value : undefined);
    if (owned && !may(who, owned, ENTER)) return directory;
  }
  const leadsTo = host.stat(path);
  const real = leadsTo.known ? leadsTo.value?.real : undefined;
  return real !== undefined && real !== path ? barredBy(host, who, real, made) : undefined;
}
