/** What kind of service a unit is and what it runs, as service_load() in systemd's src/core/service.c works it out. */
import { parseCommandLine } from './commandLine.js';
import { listOf, type Setting, settingOf, type Unit } from './unit.js';

const TYPES = ['simple', 'exec', 'forking', 'oneshot', 'dbus', 'notify', 'notify-reload', 'idle'];

/**
 * The service's type: the last `Type=` that systemd understands; without one `dbus` if there is a `BusName=`, `simple` if
 * there is something to start, else `oneshot`.
 */
export function serviceType(unit: Unit): string {
  const named = listOf(unit, 'Service', 'Type').findLast((it) => TYPES.includes(it.entry.value));
  if (named) return named.entry.value;
  if (settingOf(unit, 'Service', 'BusName')) return 'dbus';
  return listOf(unit, 'Service', 'ExecStart').length > 0 ? 'simple' : 'oneshot';
}

/** Each assignment of a command key that counts, once for every command that it holds (`a ; b` are two). */
export function commandSettings(unit: Unit, key: string): Setting[] {
  return listOf(unit, 'Service', key).flatMap((it) => {
    const count = parseCommandLine(it.entry.value).commands.length;
    return Array.from({ length: Math.max(1, count) }, () => it);
  });
}
