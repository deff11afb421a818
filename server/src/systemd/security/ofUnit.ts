/** The values that a unit and its drop-ins assign, as the exposure reads them. */

import { expandSpecifiers } from '../specifiers.js';
import { assignmentsOf, type Unit } from '../unit.js';
import { NEWEST_SYSTEMD } from '../values/table.js';
import type { Values } from './confinement.js';

/** PrivateMounts= is a tristate from 257 on, and analyze-security.c takes what is not set for set. */
const TRISTATE_MOUNTS = 257;

/** A value whose specifiers depend on the machine stays as it is written. `version` is systemd's main version. */
export function valuesOf(unit: Unit, version: number = NEWEST_SYSTEMD): Values {
  return (section, key) => {
    const values = assignmentsOf(unit, section, key).map(
      ({ entry }) => expandSpecifiers(entry.value, unit.name) ?? entry.value,
    );
    if (key !== 'PrivateMounts' || version < TRISTATE_MOUNTS) return values;
    return ['yes', ...values.map((it) => (it === '' ? 'yes' : it))];
  };
}
