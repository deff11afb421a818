/** Users and groups of the host, as its files in /etc list them. */
import { type HostPath, hostPath } from '../base/hostPath.js';
import { type Answer, type FileText, type HostView, isText, known, unknown } from './host.js';

const PASSWD = hostPath('/etc/passwd');
const GROUP = hostPath('/etc/group');
const NSSWITCH = hostPath('/etc/nsswitch.conf');

/** Sources of names that are these very files, or that make no users which programs are told to run as. */
const LOCAL = /^(?:files|compat|systemd|altfiles|\[.*\])$/;

/** Whether the host has a user of this name. Unknown where names may come from elsewhere (LDAP): nsswitch.conf(5). */
export function hasUser(host: HostView, name: string): Answer<boolean> {
  return listed(host, PASSWD, 'passwd', name);
}

/** Whether the host has a group of this name. */
export function hasGroup(host: HostView, name: string): Answer<boolean> {
  return listed(host, GROUP, 'group', name);
}

function listed(host: HostView, path: HostPath, database: string, name: string): Answer<boolean> {
  const file = host.read(path);
  if (!file.known) return file;
  if (!isText(file.value)) return unknown(`${path} cannot be read`);
  if (file.value.text.split('\n').some((it) => it.startsWith(`${name}:`))) return known(true);
  const sources = host.read(NSSWITCH);
  // A copy that holds passwd and not nsswitch.conf says nothing of other sources; without that file glibc reads only files.
  if (!sources.known || !isText(sources.value)) return known(false);
  const line = new RegExp(`^\\s*${database}:(.*)$`, 'm').exec(sources.value.text)?.[1] ?? 'files';
  const words = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
  return words.every((it) => LOCAL.test(it)) ? known(false) : unknown('names may come from elsewhere');
}

/** Folders whose files make users and groups at boot: sysusers.d(5). */
const SYSUSERS = ['/etc/sysusers.d', '/run/sysusers.d', '/usr/lib/sysusers.d'].map(hostPath);

/** Whether a file of sysusers.d makes the user or group when the machine boots. */
export function isMadeBySysusers(host: HostView, name: string): boolean {
  return SYSUSERS.some((folder) => {
    const names = host.list(folder);
    if (!names.known) return false;
    return (names.value ?? []).some((it) => {
      const file = it.endsWith('.conf') ? host.read(hostPath(`${folder}/${it}`)) : undefined;
      if (!file?.known || !isText(file.value)) return false;
      return file.value.text.split('\n').some((line) => {
        const [type, made, id] = line.trim().split(/\s+/);
        return /^[ug]/.test(type ?? '') && (made === name || id?.endsWith(`:${name}`));
      });
    });
  });
}

/** Whether the host is known to have no such user or group, and systemd-sysusers makes none. Numbers need no name. */
export function lacksAccount(host: HostView, kind: 'user' | 'group', name: string): boolean {
  if (/^\d+$/.test(name)) return false;
  const there = kind === 'user' ? hasUser(host, name) : hasGroup(host, name);
  return there.known && !there.value && !isMadeBySysusers(host, name);
}

export interface Account {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  readonly home: string;
}

/** The account of a name or of a number in digits, from /etc/passwd (passwd(5)); undefined when it is known that there is none. */
export function accountOf(host: HostView, user: string): Answer<Account | undefined> {
  const file = host.read(PASSWD);
  if (!file.known) return file;
  if (!isText(file.value)) return unknown(`${PASSWD} cannot be read`);
  const found = passwdOf(file.value).get(user);
  if (found) return known(found);
  const there = hasUser(host, user);
  return there.known ? known(undefined) : there;
}

/** Names that every Debian has, for hosts whose files are not there to be read. */
const USUAL = ['root', 'www-data', 'nobody'];

/** The users that /etc/passwd lists. */
export function userNames(host: HostView): readonly string[] {
  const file = host.read(PASSWD);
  if (!file.known || !isText(file.value)) return USUAL;
  return [...new Set([...passwdOf(file.value).values()].map((it) => it.name))];
}

/** The groups that /etc/group lists. */
export function groupNames(host: HostView): readonly string[] {
  const file = host.read(GROUP);
  if (!file.known || !isText(file.value)) return [...USUAL.slice(0, 2), 'nogroup'];
  return [...groupsOf(file.value).byName.keys()];
}

/** The number of a group, given by name or in digits, from /etc/group; undefined when it is known that there is none. */
export function groupIdOf(host: HostView, group: string): Answer<number | undefined> {
  if (/^\d+$/.test(group)) return known(Number(group));
  const file = host.read(GROUP);
  if (!file.known) return file;
  if (!isText(file.value)) return unknown(`${GROUP} cannot be read`);
  const found = groupsOf(file.value).byName.get(group);
  if (found !== undefined) return known(found);
  const there = hasGroup(host, group);
  return there.known ? known(undefined) : there;
}

/** The groups that list `user` as a member: what initgroups(3) adds to the primary one. Unknown without /etc/group. */
export function supplementaryGroups(host: HostView, user: string): Answer<readonly number[]> {
  const file = host.read(GROUP);
  if (!file.known) return file;
  if (!isText(file.value)) return unknown(`${GROUP} cannot be read`);
  return known(groupsOf(file.value).ofMember.get(user) ?? []);
}

/** The name of a group in /etc/group, for messages. */
export function groupNameOf(host: HostView, group: string | number): string | undefined {
  const file = host.read(GROUP);
  if (typeof group === 'string') return group;
  if (!file.known || !isText(file.value)) return undefined;
  return groupsOf(file.value).byId.get(group);
}

/** Read once per text: thousands of units ask. */
const passwds = new WeakMap<FileText, ReadonlyMap<string, Account>>();
const groups = new WeakMap<FileText, Groups>();

interface Groups {
  readonly byName: ReadonlyMap<string, number>;
  readonly byId: ReadonlyMap<number, string>;
  readonly ofMember: ReadonlyMap<string, readonly number[]>;
}

/** Accounts by name and by number; the first line of a name counts, as for getpwnam(3). */
function passwdOf(file: FileText): ReadonlyMap<string, Account> {
  const before = passwds.get(file);
  if (before) return before;
  const found = new Map<string, Account>();
  for (const line of file.text.split('\n')) {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid)) continue;
    const account = { name, uid: Number(uid), gid: Number(gid), home };
    for (const key of [name, uid]) if (!found.has(key)) found.set(key, account);
  }
  passwds.set(file, found);
  return found;
}

function groupsOf(file: FileText): Groups {
  const before = groups.get(file);
  if (before) return before;
  const byName = new Map<string, number>();
  const byId = new Map<number, string>();
  const ofMember = new Map<string, number[]>();
  for (const line of file.text.split('\n')) {
    const [name = '', , digits = '', members = ''] = line.split(':');
    if (!/^\d+$/.test(digits)) continue;
    const gid = Number(digits);
    if (!byName.has(name)) byName.set(name, gid);
    if (!byId.has(gid)) byId.set(gid, name);
    for (const member of members.split(',').map((it) => it.trim())) {
      if (member !== '') ofMember.set(member, [...(ofMember.get(member) ?? []), gid]);
    }
  }
  const all = { byName, byId, ofMember };
  groups.set(file, all);
  return all;
}
