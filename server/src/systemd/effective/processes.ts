/** As whom, where and with which folders of its own a service runs: systemd.exec(5). */
import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { placeInValue, placeOfValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../commandLine.js';
import { expandSpecifiers } from '../specifiers.js';
import { expanded, listOf, sectionOf, settingOf, type Unit } from '../unit.js';

/** A value with its origin; `at` is undefined for a default, `value` when it depends on the machine. */
export interface Sourced<T> {
  readonly value: T | undefined;
  readonly at: Place | undefined;
}

/** `User=`, by default root; under `DynamicUser=` a user of the unit's name that exists while it runs. */
export function userOf(unit: Unit): Sourced<string> {
  return sourced(unit, 'User', 'root');
}

/** `Group=`; without it the user's own group, which only the host can tell: the value is undefined, and so is the place. */
export function groupOf(unit: Unit): Sourced<string> {
  return sourced(unit, 'Group', userOf(unit).at ? undefined : 'root');
}

/** Permission bits that files are made without, as in 0o022. */
export function umaskOf(unit: Unit): Sourced<number> {
  const { value, at } = sourced(unit, 'UMask', '0022');
  return { value: value !== undefined && /^[0-7]{1,4}$/.test(value) ? Number.parseInt(value, 8) : undefined, at };
}

export interface WorkingDirectory extends Sourced<HostPath> {
  /** `-`: the service starts in `/` when it is missing. */
  readonly optional: boolean;
  /** `~`: the user's home. */
  readonly isHome: boolean;
}

export function workingDirectoryOf(unit: Unit): WorkingDirectory {
  const { value, at } = sourced(unit, 'WorkingDirectory', '/');
  const optional = value?.startsWith('-') ?? false;
  const path = optional ? value!.slice(1) : value;
  return { value: path?.startsWith('/') ? hostPath(path) : undefined, at, optional, isHome: path === '~' };
}

const ROOTS = {
  RuntimeDirectory: '/run',
  StateDirectory: '/var/lib',
  CacheDirectory: '/var/cache',
  LogsDirectory: '/var/log',
  ConfigurationDirectory: '/etc',
} as const;

/** A folder that systemd makes for the service, and gives to its user (except below /etc). */
export interface OwnDirectory {
  readonly key: keyof typeof ROOTS;
  readonly path: HostPath;
  /** Permission bits: `RuntimeDirectoryMode=` and its kin, by default 0755. */
  readonly mode: number;
  readonly at: Place;
}

/** All folders of `RuntimeDirectory=` and its kin whose names the files tell. */
export function ownDirectories(unit: Unit): OwnDirectory[] {
  return (Object.keys(ROOTS) as (keyof typeof ROOTS)[]).flatMap((key) => {
    const written = sourced(unit, `${key}Mode`, '0755').value ?? '';
    const mode = /^[0-7]{1,4}$/.test(written) ? Number.parseInt(written, 8) : 0o755;
    return listOf(unit, sectionOf(unit), key).flatMap(({ entry }) =>
      splitWords(entry.value).words.flatMap(({ text, start, end }) => {
        // `dir:link:flags`: the first is the folder.
        const name = expandSpecifiers(text.split(':')[0]!, unit.name);
        const isUsable = name && !name.startsWith('/') && !name.split('/').includes('..');
        return isUsable
          ? [{ key, path: hostPath(`${ROOTS[key]}/${name}`), mode, at: placeInValue(entry, start, end) }]
          : [];
      }),
    );
  });
}

function sourced(unit: Unit, key: string, byDefault: string | undefined): Sourced<string> {
  const setting = settingOf(unit, sectionOf(unit), key);
  if (!setting) return { value: byDefault, at: undefined };
  return { value: expanded(unit, setting), at: placeOfValue(setting.entry) };
}
