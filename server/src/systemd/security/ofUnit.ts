/** The values that a unit and its drop-ins assign, as the exposure reads them. */

import { expandSpecifiers } from '../specifiers.js';
import { assignmentsOf, type Unit } from '../unit.js';
import type { Values } from './confinement.js';

/** A value whose specifiers depend on the machine stays as it is written. */
export function valuesOf(unit: Unit): Values {
  return (section, key) =>
    assignmentsOf(unit, section, key).map(({ entry }) => expandSpecifiers(entry.value, unit.name) ?? entry.value);
}
