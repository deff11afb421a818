/**
 * A unit as systemd sees it: its fragment and then its drop-ins, in the order in which they are read. Every value keeps
 * the entry that it came from.
 */
import { directoryOf, fileName, type HostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { Entry, UnitFile, UnitSection } from '../syntax/unitSyntax.js';
import { LOAD_PATH } from './loadPath.js';
import { expandSpecifiers } from './specifiers.js';
import { parseUnitName, templateOf, type UnitName } from './unitName.js';

/** Hands out parsed unit files; undefined when there is none, or none that can be read. */
export interface UnitSources {
  readonly host: HostView;
  file(path: HostPath): UnitFile | undefined;
  realPath(path: HostPath): HostPath;
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
  const name = parseUnitName(fileName(path));
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

/** Drop-ins of `name.d` and `type.d` folders along the load path, in the order of their file names: systemd.unit(5). */
function dropInsOf(sources: UnitSources, name: UnitName, beside: HostPath): UnitFile[] {
  const byName = new Map<string, HostPath>();
  const folders = [...new Set([`${name.full}.d`, `${templateOf(name)}.d`, ...prefixFolders(name), `${name.type}.d`])];
  for (const folder of folders) {
    for (const directory of new Set([beside, ...LOAD_PATH])) {
      const path = joinPath(directory, folder);
      const names = sources.host.list(path);
      if (!names.known || !names.value) continue;
      for (const it of names.value) if (it.endsWith('.conf') && !byName.has(it)) byName.set(it, joinPath(path, it));
    }
  }
  const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.flatMap(([, path]) => sources.file(sources.realPath(path)) ?? []);
}

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
export function assignmentsOf(unit: Unit, section: string, key: string): Setting[] {
  const found: Setting[] = [];
  for (const file of filesOf(unit)) {
    for (const it of file.sections) {
      if (it.name !== section) continue;
      for (const entry of it.entries) if (entry.key === key) found.push({ section: it, entry });
    }
  }
  return found;
}

/** The assignments of a list key that count: those after the last empty one. */
export function listOf(unit: Unit, section: string, key: string): Setting[] {
  const all = assignmentsOf(unit, section, key);
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
