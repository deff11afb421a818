/** Which assignment of a key counts: the unit's and its drop-ins', the winning line marked and the losing ones struck out. */
import { fileName } from '../base/hostPath.js';
import { keyEntry } from '../catalog/systemd.js';
import type { UnitFile } from '../syntax/unitSyntax.js';
import { assignmentsOf, type Setting, type Unit } from '../systemd/unit.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { locate } from './located.js';

/** Markdown; undefined where one line is all there is. `file` is the one that is looked at, a unit or a drop-in of it. */
export function effectiveText(snapshot: Snapshot, file: UnitFile, section: string, key: string): string | undefined {
  const unit = snapshot.units.find((it) => it.fragment === file || it.dropIns.includes(file));
  if (!unit) return undefined;
  const all = assignmentsOf(unit, section, key);
  if (all.length < 2) return undefined;
  const counting = countingOnes(unit, section, key, all);
  const lines = all.map((it) => {
    const value = it.entry.value === '' ? '(empty: resets)' : `\`${it.entry.value.replaceAll('`', "'")}\``;
    return `- ${counting.has(it) ? `**${value}**` : `~~${value}~~`}, ${whereOf(snapshot, it)}`;
  });
  return `In ${unit.name.full}:\n\n${lines.join('\n')}`;
}

function countingOnes(unit: Unit, section: string, key: string, all: readonly Setting[]): Set<Setting> {
  const entry = keyEntry(section, key, unit.name.type);
  if (!entry?.multi) return new Set(all.slice(-1));
  const reset = entry.emptyResets ? all.findLastIndex((it) => it.entry.value === '') : -1;
  return new Set(all.slice(reset + 1));
}

function whereOf(snapshot: Snapshot, { entry }: Setting): string {
  const at = locate(snapshot, { node: entry, start: 0, end: entry.key.length });
  return at ? `${fileName(at.file)} line ${at.range.start.line + 1}` : 'elsewhere';
}
