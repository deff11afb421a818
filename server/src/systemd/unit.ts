/**
 * A unit as systemd sees it: its fragment and then its drop-ins, in the order in which they are read. Every value keeps
 * the entry that it came from.
 */
import { directoryOf, type HostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { Entry, UnitFile, UnitSection } from '../syntax/unitSyntax.js';
import { foldersBeside, LOAD_PATH } from './loadPath.js';
import { expandSpecifiers } from './specifiers.js';
import { kindOfFile, parseUnitName, templateOf, type UnitName } from './unitName.js';

/** Hands out parsed unit files; undefined when there is none, or none that can be read. */
export interface UnitSources {
  readonly host: HostView;
  file(path: HostPath): UnitFile | undefined;
  realPath(path: HostPath): HostPath;
  /** Whether the file is open in an editor. */
  isOpen?(path: HostPath): boolean;
}

export interface Unit {
  readonly name: UnitName;
  /** The file that defines it; undefined when only drop-ins exist. */
  readonly fragment: UnitFile | undefined;
  readonly dropIns: readonly UnitFile[];
}

/** One assignment that counts, with the section that it stands in. */
export interface Setting {
  readonly section: UnitSection;
  readonly entry: Entry;
}

/** Loads the unit whose fragment is `path`, with its drop-ins. Undefined when the name is no unit's or the file cannot be read. */
export function loadUnit(sources: UnitSources, path: HostPath): Unit | undefined {
  const kind = kindOfFile(path);
  const name = kind && !kind.isDropIn ? parseUnitName(kind.unit) : undefined;
  const fragment = name && sources.file(sources.realPath(path));
  return name && fragment && { name, fragment, dropIns: dropInsOf(sources, name, directoryOf(path)) };
}

/**
 * What the host says about the file that defines a unit. `absent` is certain when every folder of the load path could
 * say so; otherwise the folders that are there have none, and the packages' own folders are not part of the tree.
 */
export type Fragment =
  | { readonly is: 'found'; readonly path: HostPath }
  | { readonly is: 'absent'; readonly certain: boolean }
  | { readonly is: 'unknown' };

/** Looks a unit up along the load path and in `beside`, the folder of whoever asks (a repository may keep units anywhere). */
export function findFragment(host: HostView, unit: UnitName, beside: HostPath): Fragment {
  let certain = true;
  let besideKnown = false;
  for (const directory of [beside, ...LOAD_PATH.filter((it) => it !== beside)]) {
    for (const candidate of new Set([unit.full, templateOf(unit)])) {
      const path = joinPath(directory, candidate);
      const facts = host.stat(path);
      if (!facts.known) certain = false;
      else if (facts.value) return { is: 'found', path };
      else if (directory === beside) besideKnown = true;
    }
  }
  return besideKnown ? { is: 'absent', certain } : { is: 'unknown' };
}

/**
 * Drop-ins along the load path, in the order of their file names; of two with one name the first along the load path
 * counts, and those of the whole type come last: unit_file_find_dropin_paths() in src/shared/dropin.c. A link to /dev/null
 * or an empty file thereby masks those behind it. A copy that `systemctl edit` has open stands for what it is a copy of.
 */
function dropInsOf(sources: UnitSources, name: UnitName, beside: HostPath): UnitFile[] {
  const byName = new Map<string, HostPath>();
  const own = new Set([`${name.full}.d`, `${templateOf(name)}.d`, ...prefixFolders(name)]);
  const places = foldersBeside(beside);
  const look = (folders: Iterable<string>): void => {
    for (const directory of places) {
      const there = dropInFolders(sources.host, directory);
      if (there.size === 0) continue;
      for (const folder of folders) {
        if (!there.has(folder)) continue;
        const path = joinPath(directory, folder);
        const names = sources.host.list(path);
        if (!names.known || !names.value) continue;
        for (const it of names.value) {
          const edited = EDITED.exec(it)?.[1];
          if (edited !== undefined && sources.isOpen?.(joinPath(path, it))) byName.set(edited, joinPath(path, it));
        }
        for (const it of names.value) if (it.endsWith('.conf') && !byName.has(it)) byName.set(it, joinPath(path, it));
      }
    }
  };
  look(own);
  look([`${name.type}.d`]);
  const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.flatMap(([, path]) => sources.file(sources.realPath(path)) ?? []);
}

/** `.#override.conf1a2b3c4d5e6f7a8b`: what `systemctl edit` gives to the editor. */
const EDITED = /^\.#(.+\.conf)[0-9a-f]{16}$/;

const foldersOf = new WeakMap<readonly string[], ReadonlySet<string>>();

/** The folders of drop-ins in a folder of units. */
function dropInFolders(host: HostView, directory: HostPath): ReadonlySet<string> {
  const names = host.list(directory);
  if (!names.known || !names.value) return NO_FOLDERS;
  let found = foldersOf.get(names.value);
  if (!found) foldersOf.set(names.value, (found = new Set(names.value.filter((it) => it.endsWith('.d')))));
  return found;
}

const NO_FOLDERS: ReadonlySet<string> = new Set();

/** `a-b-c.service` also reads `a-b-.service.d` and `a-.service.d`. */
function prefixFolders(name: UnitName): string[] {
  const folders: string[] = [];
  for (let dash = name.prefix.lastIndexOf('-'); dash > 0; dash = name.prefix.lastIndexOf('-', dash - 1)) {
    folders.push(`${name.prefix.slice(0, dash + 1)}.${name.type}.d`);
  }
  return folders;
}

/** The files that make the unit, in the order in which systemd reads them. */
export function filesOf(unit: Unit): readonly UnitFile[] {
  return unit.fragment ? [unit.fragment, ...unit.dropIns] : unit.dropIns;
}

/** The section of the unit's type, which holds its commands and their surroundings too: `Service`, `Socket`, ... */
export function sectionOf(unit: Unit): string {
  return `${unit.name.type[0]!.toUpperCase()}${unit.name.type.slice(1)}`;
}

/** Whether the fragment is an empty file, which systemd takes for a masked unit: null_or_empty() in src/basic/stat-util.c. */
export function isMasked(unit: Unit): boolean {
  return unit.fragment?.length === 0;
}

/**
 * The assignments of several keys that fill one list, so that an empty one of any of them drops all before it:
 * config_parse_timer(), config_parse_socket_listen() and config_parse_path_spec() in src/core/load-fragment.c.
 */
export function sharedListOf(unit: Unit, section: string, keys: readonly string[]): Setting[] {
  let found: Setting[] = [];
  for (const file of filesOf(unit)) {
    for (const it of file.sections) {
      if (it.name !== section) continue;
      for (const entry of it.entries) {
        if (!keys.includes(entry.key)) continue;
        if (entry.value === '') found = [];
        else found.push({ section: it, entry });
      }
    }
  }
  return found;
}

/** All assignments of a key in the order in which systemd reads them, the losing ones and resets included. */
export function assignmentsOf(unit: Unit, section: string, key: string): readonly Setting[] {
  let bySection = settings.get(unit);
  if (!bySection) settings.set(unit, (bySection = settingsOf(unit)));
  return bySection.get(section)?.get(key) ?? NO_SETTINGS;
}

const NO_SETTINGS: readonly Setting[] = [];
type Settings = ReadonlyMap<string, ReadonlyMap<string, readonly Setting[]>>;
/** A unit whose text changes is another object. */
const settings = new WeakMap<Unit, Settings>();

function settingsOf(unit: Unit): Settings {
  const bySection = new Map<string, Map<string, Setting[]>>();
  for (const file of filesOf(unit)) {
    for (const section of file.sections) {
      let byKey = bySection.get(section.name);
      if (!byKey) bySection.set(section.name, (byKey = new Map()));
      for (const entry of section.entries) {
        if (entry.kind !== 'assignment') continue;
        const before = byKey.get(entry.key);
        if (before) before.push({ section, entry });
        else byKey.set(entry.key, [{ section, entry }]);
      }
    }
  }
  return bySection;
}

/** The assignments of a list key that count: those after the last empty one. */
export function listOf(unit: Unit, section: string, key: string): readonly Setting[] {
  const all = assignmentsOf(unit, section, key);
  if (all.length === 0) return all;
  const reset = all.findLastIndex((it) => it.entry.value === '');
  return all.slice(reset + 1);
}

/** The assignment of a single-valued key that counts: the last one; undefined if it is empty or there is none. */
export function settingOf(unit: Unit, section: string, key: string): Setting | undefined {
  const last = assignmentsOf(unit, section, key).at(-1);
  return last?.entry.value === '' ? undefined : last;
}

/** A setting's value with specifiers replaced; undefined when they depend on the machine. */
export function expanded(unit: Unit, setting: Setting): string | undefined {
  return expandSpecifiers(setting.entry.value, unit.name);
}
