/** Which other units a unit names, and where: config_parse_unit_deps() in src/core/load-fragment.c. */
import type { Place } from '../base/place.js';
import { placeInValue } from '../syntax/unitSyntax.js';
import { expandSpecifiers } from './specifiers.js';
import { assignmentsOf, type Unit } from './unit.js';
import { parseUnitName, type UnitName } from './unitName.js';

export interface NamedUnit {
  readonly key: string;
  readonly name: UnitName;
  readonly at: Place;
}

/** The units that keys of a section name. Names that depend on the machine are left out; an empty assignment resets nothing. */
export function unitsNamedIn(unit: Unit, section: string, keys: readonly string[]): NamedUnit[] {
  return keys.flatMap((key) =>
    assignmentsOf(unit, section, key).flatMap(({ entry }) =>
      [...entry.value.matchAll(/[^ \t\n\r]+/g)].flatMap((word) => {
        const text = expandSpecifiers(word[0], unit.name);
        const name = text === undefined ? undefined : parseUnitName(text);
        return name ? [{ key, name, at: placeInValue(entry, word.index, word.index + word[0].length) }] : [];
      }),
    ),
  );
}
