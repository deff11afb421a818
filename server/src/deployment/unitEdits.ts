/** Repairs of a unit's settings: where they stand, else in the unit's own file, else in a drop-in beside a package's. */
import type { FileCreation, Fix, PlaceEdit } from '../base/fix.js';
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import { type Entry, placeOfEntry, placeOfHeader, placeOfValue, type UnitFile } from '../syntax/unitSyntax.js';
import { filesOf, listOf, sectionOf, settingOf, type Unit } from '../systemd/unit.js';

/** What a repair does to the tree. */
export interface Change {
  readonly edits: readonly PlaceEdit[];
  readonly creates: readonly FileCreation[];
}

/** `=` gives a setting its only value, `+=` adds to a list. */
export type Assignment = readonly [key: string, how: '=' | '+=', value: string];

/**
 * Makes assignments in the section of the unit's type. Undefined where only a package's file could take them and the
 * drop-in that would is there already.
 */
export function assign(unit: Unit, host: HostView, ...assignments: readonly Assignment[]): Change | undefined {
  const section = sectionOf(unit);
  const edits: PlaceEdit[] = [];
  const added: string[] = [];
  for (const [key, how, value] of assignments) {
    const standing = how === '=' ? settingOf(unit, section, key) : listOf(unit, section, key).at(-1);
    if (!standing || isPackaged(standing.section.parent)) added.push(`${key}=${value}`);
    else if (how === '=') edits.push({ at: placeOfValue(standing.entry), text: value });
    else edits.push({ at: behind(standing.entry), text: `\n${key}=${value}` });
  }
  if (added.length === 0) return { edits, creates: [] };
  const at = roomIn(unit, section);
  if (at) {
    const lines = added.join('\n');
    return {
      edits: [...edits, at.before ? { at: at.place, text: `${lines}\n` } : { at: at.place, text: `\n${lines}` }],
      creates: [],
    };
  }
  const creation = dropIn(unit, section, host, added);
  return creation && { edits, creates: [creation] };
}

/** A repair made of assignments, and of what else it takes. */
export function unitFix(title: string, change: Change | undefined, ...more: readonly PlaceEdit[]): Fix[] {
  if (!change) return [];
  const { creates } = change;
  const edits = [...change.edits, ...more];
  return [{ title, applicability: 'suggested', edits, ...(creates.length > 0 && { creates }) }];
}

/** Files that the next update of the package brings anew. */
function isPackaged(file: UnitFile | undefined): boolean {
  return file !== undefined && /^\/(?:usr\/)?lib\//.test(file.path);
}

function behind(entry: Entry) {
  const whole = placeOfEntry(entry);
  return { ...whole, start: whole.end };
}

/** Above the command that a service starts, else below the header of the last file that has the section. */
function roomIn(unit: Unit, section: string) {
  const start = listOf(unit, section, 'ExecStart').at(-1);
  if (start && !isPackaged(start.section.parent)) {
    const whole = placeOfEntry(start.entry);
    return { place: { ...whole, end: whole.start }, before: true };
  }
  const own = filesOf(unit).findLast((it) => !isPackaged(it) && it.sections.some(({ name }) => name === section));
  const header = own?.sections.findLast((it) => it.name === section);
  if (!header) return undefined;
  const place = placeOfHeader(header);
  return { place: { ...place, start: place.end }, before: false };
}

/** What `systemctl edit` would make, in the folder that goes before the package's. */
function dropIn(unit: Unit, section: string, host: HostView, lines: readonly string[]): FileCreation | undefined {
  const packaged = unit.fragment && directoryOf(unit.fragment.path);
  if (!packaged) return undefined;
  const path: HostPath = hostPath(`/etc/systemd/system/${unit.name.full}.d/override.conf`);
  const there = host.stat(path);
  if (there.known && there.value) return undefined;
  return { path, text: `[${section}]\n${lines.join('\n')}\n` };
}
