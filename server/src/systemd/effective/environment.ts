/** The variables that a service's processes are given: "Environment" in systemd.exec(5), exec_child() in src/core/execute.c. */
import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { type HostView, isText } from '../../host/host.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../commandLine.js';
import { expandSpecifiers } from '../specifiers.js';
import { expanded, listOf, sectionOf, type Unit } from '../unit.js';
import { isVariableName, parseEnvironmentFile } from './environmentFile.js';

export interface Variable {
  readonly name: string;
  readonly value: string;
  /** The assignment in `Environment=`, or the `EnvironmentFile=` that brings it. */
  readonly at: Place;
  /** Where in a file it stands, with UTF-16 offsets; undefined for `Environment=`. */
  readonly file: { readonly path: HostPath; readonly start: number; readonly end: number } | undefined;
}

export interface Environment {
  readonly variables: ReadonlyMap<string, Variable>;
  /**
   * Names that have a value which the files do not tell: a specifier of the machine, or `PassEnvironment=`. What the
   * manager itself sets (PATH, USER, HOME, ...) is not listed.
   */
  readonly unsure: ReadonlySet<string>;
  /** Every file that is named could be read or is known to be absent; else any variable may have another value. */
  readonly complete: boolean;
}

/** An `EnvironmentFile=`: its path, and whether a leading `-` lets it be missing. Undefined path: it depends on the machine. */
export interface EnvironmentFile {
  readonly path: HostPath | undefined;
  readonly optional: boolean;
  readonly at: Place;
}

/** The files in the order in which systemd reads them; later ones win. */
export function environmentFiles(unit: Unit, section = sectionOf(unit)): EnvironmentFile[] {
  return listOf(unit, section, 'EnvironmentFile').flatMap((setting) => {
    const { value } = setting.entry;
    const optional = value.startsWith('-');
    const text = expanded(unit, setting)?.slice(optional ? 1 : 0);
    // A relative path is ignored: config_parse_unit_env_file().
    if (text !== undefined && !text.startsWith('/')) return [];
    const at = placeInValue(setting.entry, optional ? 1 : 0, value.length);
    // A glob names any number of files.
    const path = text !== undefined && !/[*?[]/.test(text) ? hostPath(text) : undefined;
    return [{ path, optional, at }];
  });
}

/** `Environment=` first, then the files over it, then `UnsetEnvironment=` takes away. */
export function environmentOf(unit: Unit, host: HostView): Environment {
  const section = sectionOf(unit);
  const variables = new Map<string, Variable>();
  const unsure = new Set<string>();
  let complete = true;
  for (const { name } of wordsOf(unit, section, 'PassEnvironment')) unsure.add(name);
  for (const { name, value, at } of wordsOf(unit, section, 'Environment')) {
    if (value === undefined) {
      variables.delete(name);
      unsure.add(name);
    } else {
      unsure.delete(name);
      variables.set(name, { name, value, at, file: undefined });
    }
  }
  for (const { path, at } of environmentFiles(unit, section)) {
    const answer = path && host.read(path);
    if (!path || !answer?.known) {
      complete = false;
      continue;
    }
    if (!isText(answer.value)) continue;
    for (const { name, value, start, end } of parseEnvironmentFile(answer.value.text)) {
      if (!isVariableName(name)) continue;
      unsure.delete(name);
      variables.set(name, { name, value, at, file: { path, start, end } });
    }
  }
  for (const { name, value } of wordsOf(unit, section, 'UnsetEnvironment')) {
    // With a value only that very assignment is taken away.
    if (value === undefined || variables.get(name)?.value === value) variables.delete(name);
    if (value === undefined) unsure.delete(name);
  }
  return { variables, unsure, complete };
}

/** The words `NAME` or `NAME=VALUE` of a list; the value is undefined without `=`, and when it depends on the machine. */
function wordsOf(unit: Unit, section: string, key: string) {
  return listOf(unit, section, key).flatMap(({ entry }) =>
    splitWords(entry.value).words.flatMap(({ text, start, end }) => {
      const equals = text.indexOf('=');
      if (equals < 0 && key === 'Environment') return [];
      const name = equals < 0 ? text : text.slice(0, equals);
      const value = equals < 0 ? undefined : expandSpecifiers(text.slice(equals + 1), unit.name);
      return isVariableName(name) ? [{ name, value, at: placeInValue(entry, start, end) }] : [];
    }),
  );
}
