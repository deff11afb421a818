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
