/** What a unit's sandbox keeps its processes from: PrivateTmp=, ProtectSystem=, RestrictAddressFamilies= and their kin in systemd.exec(5). */
import { type HostPath, hostPath, isWithin } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import { isOn } from '../systemd/booleans.js';
import { expanded, listOf, type Setting, settingOf, type Unit } from '../systemd/unit.js';
import { directoriesOf } from './madeDirectories.js';

/** The PrivateTmp= that gives a service a /tmp and /var/tmp of its own; JoinsNamespaceOf= may share it, so then undefined. */
export function privateTmp(service: Unit): Setting | undefined {
  const setting = settingOf(service, 'Service', 'PrivateTmp');
  const on = setting && (isOn(setting.entry.value) || setting.entry.value === 'disconnected');
  return on && listOf(service, 'Unit', 'JoinsNamespaceOf').length === 0 ? setting : undefined;
}

const TEMPORARY = ['/tmp', '/var/tmp'].map(hostPath);

export function isTemporary(path: HostPath): boolean {
  return TEMPORARY.some((it) => path !== it && isWithin(path, it));
}

const ALWAYS = ['/usr', '/boot', '/efi'].map(hostPath);
const API = ['/dev', '/proc', '/sys'].map(hostPath);
const HOMES = ['/home', '/root', '/run/user'].map(hostPath);

/**
 * The setting that makes a path read-only for a service; undefined if it may write there as far as mounts go, or if
 * bind mounts and paths that the machine decides leave it open.
 */
export function readOnlyBy(service: Unit, path: HostPath, host: HostView): Setting | undefined {
  if (hasOwnRoot(service) || isWritable(service, path, host)) return undefined;
  const home = settingOf(service, 'Service', 'ProtectHome');
  if (home?.entry.value === 'read-only' && HOMES.some((it) => isWithin(path, it))) return home;
  const system = settingOf(service, 'Service', 'ProtectSystem');
  const value = system?.entry.value.toLowerCase();
  if (!system || !value) return undefined;
  if (value === 'strict') {
    // ProtectHome=no keeps homes as strict makes them: read-only as well.
    return API.some((it) => isWithin(path, it)) ? undefined : system;
  }
  if (value === 'full' && isWithin(path, hostPath('/etc'))) return system;
  return (value === 'full' || isOn(value)) && ALWAYS.some((it) => isWithin(path, it)) ? system : undefined;
}

export function hasOwnRoot(service: Unit): boolean {
  const keys = ['RootDirectory', 'RootImage', 'BindPaths', 'TemporaryFileSystem', 'ExtensionDirectories'];
  return keys.some((it) => listOf(service, 'Service', it).length > 0);
}

function isWritable(service: Unit, path: HostPath, host: HostView): boolean {
  if (isTemporary(path) && settingOf(service, 'Service', 'PrivateTmp')) return true;
  if (directoriesOf(service, host).some((it) => isWithin(path, it.path))) return true;
  return ['ReadWritePaths', 'ReadWriteDirectories'].some((key) =>
    listOf(service, 'Service', key).some((setting) => {
      const words = expanded(service, setting)?.split(/\s+/);
      return !words || words.some((it) => it !== '' && isWithin(path, hostPath(it.replace(/^[-+"']*/, ''))));
    }),
  );
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

/** The PrivateNetwork= that leaves a service alone with a loopback of its own, which nobody outside reaches. */
export function privateNetwork(service: Unit): Setting | undefined {
  const setting = settingOf(service, 'Service', 'PrivateNetwork');
  const shared =
    listOf(service, 'Unit', 'JoinsNamespaceOf').length > 0 || settingOf(service, 'Service', 'NetworkNamespacePath');
  return setting && isOn(setting.entry.value) && !shared ? setting : undefined;
}
