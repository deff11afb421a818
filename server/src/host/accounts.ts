/** Users and groups of the host, as its files in /etc list them. */
import { type HostPath, hostPath } from '../base/hostPath.js';
import { type Answer, type HostView, isText, known, unknown } from './host.js';

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
  if (!sources.known) return sources;
  if (!isText(sources.value)) return known(false);
  const line = new RegExp(`^\\s*${database}:(.*)$`, 'm').exec(sources.value.text)?.[1] ?? 'files';
  const words = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
  return words.every((it) => LOCAL.test(it)) ? known(false) : unknown('names may come from elsewhere');
}
