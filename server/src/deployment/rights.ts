/**
 * Whether the kernel lets a program do something with a file: the mode bits of the one class that it falls into, on the
 * file and on every directory above it. generic_permission() in fs/namei.c.
 *
 * Access lists cannot be seen; where one may exist, a refusal is only likely.
 */
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { accountOf, groupNameOf } from '../host/accounts.js';
import { type HostView, isText } from '../host/host.js';
import { type Id, type Identity, WWW_DATA } from './identity.js';

export const READ = 4;
export const WRITE = 2;
export const ENTER = 1;

/** `likely-no` rests on something that cannot be seen: group membership, an access list, the usual mode of a home. */
export type Verdict = 'yes' | 'no' | 'likely-no' | 'unknown';

export interface Ownership {
  readonly user: Id;
  readonly group: Id;
  /** Permission bits, as in 0o750. */
  readonly mode: number;
  /** `files`: the file system has it so. `settings`: a program will make it so. `custom`: it is usually so. */
  readonly from: 'files' | 'settings' | 'custom';
  /** The setting that decides. */
  readonly at?: Place | undefined;
}

/** May `who` do all of `want` (READ | WRITE | ENTER) to something of this ownership? Directories above it are not looked at. */
export function may(who: Identity, owner: Ownership, want: number): Verdict {
  if (who.user === 0) return 'yes';
  const bits = (shift: number) => ((owner.mode >> shift) & want) === want;
  const [own, group, other] = [bits(6), bits(3), bits(0)];
  if (own && group && other) return 'yes';
  const isOwner = same(who.user, owner.user);
  const groups = who.groups.map((it) => same(it, owner.group));
  const inGroup = groups.includes('yes') ? 'yes' : !who.allGroups || groups.includes('maybe') ? 'maybe' : 'no';
  // The first class that fits decides, even if a later one would grant more.
  const classes: boolean[] = [];
  if (isOwner !== 'no') classes.push(own);
  if (isOwner !== 'yes') {
    if (inGroup !== 'no') classes.push(group);
    if (inGroup !== 'yes') classes.push(other);
  }
  if (classes.every((it) => it)) return 'yes';
  if (isOwner === 'maybe') return classes.some((it) => it) ? 'unknown' : refused(owner, group);
  if (classes.every((it) => !it)) return refused(owner, group);
  // Only an entry in /etc/group that cannot be seen would let it in.
  return inGroup === 'maybe' && group && !groups.includes('maybe') ? 'likely-no' : 'unknown';
}

/** With an access list the group's bits are its mask: where they lack what is wanted, no entry can grant it. */
function refused(owner: Ownership, group: boolean): Verdict {
  if (owner.from === 'custom') return 'likely-no';
  return owner.from === 'files' && group ? 'likely-no' : 'no';
}

function same(a: Id, b: Id): 'yes' | 'no' | 'maybe' {
  if (a === b) return 'yes';
  // Different names are different accounts except by mischief; a name and a number may be one.
  if (typeof a === typeof b || [a, b].some((it) => it === 0 || it === WWW_DATA)) return 'no';
  return 'maybe';
}

/**
 * Whether owners and modes in this tree are those of a machine. In a checkout everything belongs to whoever checked it
 * out; a machine's /etc is root's, and everybody may enter it.
 */
export function ownersAreReal(host: HostView): boolean {
  const etc = host.stat(hostPath('/etc'));
  return etc.known && etc.value !== undefined && etc.value.uid === 0 && (etc.value.mode & 0o005) === 0o005;
}

/**
 * Whether the home of some user belongs to that user: then owners in this tree are certainly a machine's, and what is
 * root's is not so because root has checked it out.
 */
export function homesAreOwn(host: HostView): boolean {
  const accounts = host.read(hostPath('/etc/passwd'));
  if (!accounts.known || !isText(accounts.value)) return false;
  return accounts.value.text
    .split('\n')
    .slice(0, MOST_ACCOUNTS)
    .some((line) => {
      const [, , uid, , , home] = line.split(':');
      if (!home?.startsWith('/') || uid === '0' || !/^\d+$/.test(uid ?? '')) return false;
      const there = host.stat(hostPath(home));
      return there.known && there.value?.uid === Number(uid);
    });
}

/** Accounts whose homes are looked at. */
const MOST_ACCOUNTS = 60;

/** What the file system says of a path; undefined where it says nothing, or nothing that counts. */
export function ownershipInFiles(host: HostView, path: HostPath): Ownership | undefined {
  if (!ownersAreReal(host)) return undefined;
  const facts = host.stat(path);
  if (!facts.known || !facts.value) return undefined;
  const { uid, gid, mode } = facts.value;
  return { user: uid, group: gid, mode: mode & 0o7777, from: 'files' };
}

export interface Obstacle {
  readonly path: HostPath;
  readonly verdict: 'no' | 'likely-no';
  readonly ownership: Ownership;
}

/** Directories that every system has so that all may enter them. */
const OPEN = new Set([
  '/',
  '/run',
  '/tmp',
  '/var',
  '/var/tmp',
  '/var/lib',
  '/var/www',
  '/srv',
  '/opt',
  '/usr',
  '/home',
]);

/**
 * The first directory above `path`, or above what a link on the way leads to, that `who` may not enter. `made` tells what will be made of a directory before the
 * program comes (RuntimeDirectory=, tmpfiles.d), which is stronger than what stands there now.
 */
export function obstacleAbove(
  who: Identity,
  path: HostPath,
  host: HostView,
  made: (directory: HostPath) => Ownership | undefined = () => undefined,
): Obstacle | undefined {
  const above: HostPath[] = [];
  for (let at = directoryOf(path); at !== '/'; at = directoryOf(at)) above.unshift(at);
  for (const directory of above) {
    // Below a file there is nothing at all: link_path_walk() says ENOTDIR before it asks for rights.
    const facts = host.stat(directory);
    if (facts.known && facts.value && facts.value.kind !== 'directory') return undefined;
    // A link is followed with the rights of whoever follows it, through all that is above its target.
    const real = facts.known ? facts.value?.real : undefined;
    if (real !== undefined && real !== directory) {
      const behind = obstacleAbove(who, hostPath(`${real}/*`), host, made);
      if (behind) return behind;
    }
    const ownership = made(directory) ?? ownershipInFiles(host, directory) ?? usualOwnership(directory);
    if (!ownership) continue;
    const verdict = may(who, ownership, ENTER);
    if (verdict === 'no' || verdict === 'likely-no') return { path: directory, verdict, ownership };
  }
  return undefined;
}

function usualOwnership(directory: HostPath): Ownership | undefined {
  if (OPEN.has(directory)) return undefined;
  // base-files of every distribution makes it 0700.
  if (directory === '/root') return { user: 0, group: 0, mode: 0o700, from: 'custom' };
  return undefined;
}

/** As `ls -l` would say it, in octal: `0750 ann:ann`. */
export function ownershipText({ mode, user, group }: Ownership, host: HostView): string {
  const owner = typeof user === 'number' ? accountOf(host, String(user)) : undefined;
  const name = owner?.known && owner.value ? owner.value.name : user === 0 ? 'root' : user;
  return `${(mode & 0o7777).toString(8).padStart(4, '0')} ${name}:${group === 0 ? 'root' : (groupNameOf(host, group) ?? group)}`;
}
