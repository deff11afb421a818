/** Where the system manager looks for units, first match wins: "Unit File Load Path" in systemd.unit(5). */
import { type HostPath, hostPath } from '../base/hostPath.js';

export const LOAD_PATH = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
].map(hostPath) as readonly HostPath[];

/** Where people keep units that they write; a folder of a repository that mirrors none of these is a folder of units too. */
export const WRITTEN_BY_HAND = ['/etc/systemd/system', '/usr/local/lib/systemd/system', '/run/systemd/system'].map(
  hostPath,
) as readonly HostPath[];

/** Where users' managers look: "User Unit Search Path" in systemd.unit(5). What lies in homes is told by its folder alone. */
const USER_LOAD_PATH = [
  '/etc/systemd/user',
  '/run/systemd/user',
  '/usr/local/lib/systemd/user',
  '/usr/lib/systemd/user',
].map(hostPath) as readonly HostPath[];

/** Whether a unit file, or a folder of them, is for users' managers. */
export function isForUsers(path: HostPath): boolean {
  return path.includes('/systemd/user') && /\/systemd\/user(?:\/|$)/.test(path);
}

/** The folders that are searched for the drop-ins of a unit in this folder, the first one first. */
export function foldersBeside(folder: HostPath): readonly HostPath[] {
  const all = isForUsers(folder) ? USER_LOAD_PATH : LOAD_PATH;
  return all.includes(folder) ? all : [folder, ...all];
}
