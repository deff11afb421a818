/** What a unit file configures when its name does not say: told by its sections. */
import type { UnitFile } from '../syntax/unitSyntax.js';
import { kindOfFile, type UnitFileKind, type UnitType } from './unitName.js';

const BY_SECTION: Readonly<Record<string, UnitType>> = {
  Service: 'service',
  Socket: 'socket',
  Timer: 'timer',
  Path: 'path',
  Mount: 'mount',
  Automount: 'automount',
  Swap: 'swap',
  Slice: 'slice',
  Scope: 'scope',
};

/** By the file's name, else by its first section of a type; a file with neither is taken for a target, which has none. */
export function kindOfUnitFile(file: UnitFile): UnitFileKind {
  const named = kindOfFile(file.path);
  if (named) return named;
  const type = file.sections.map((it) => BY_SECTION[it.name]).find((it) => it !== undefined) ?? 'target';
  return { type, unit: `unnamed.${type}`, isDropIn: false };
}
