/** Findings by the file that they are to be shown in. */
import type { HostPath } from '../base/hostPath.js';
import { kept } from '../base/lists.js';
import { fileOf } from '../base/place.js';
import type { Finding } from '../rules/rule.js';

export type FindingsByFile = ReadonlyMap<HostPath, readonly Finding[]>;

export function findingsByFile(findings: Iterable<Finding>): Map<HostPath, Finding[]> {
  const byFile = new Map<HostPath, Finding[]>();
  for (const finding of findings) {
    const file = fileOf(finding.at);
    const list = file && byFile.get(file);
    if (list) list.push(finding);
    else if (file) byFile.set(file, [finding]);
  }
  return byFile;
}

/** Files of which the same is said keep their list, and all of them the map, so that nobody need look at them. */
export function keptWhereSame(now: FindingsByFile, before: FindingsByFile | undefined): FindingsByFile {
  const lists = new Map<HostPath, readonly Finding[]>();
  for (const [file, list] of now) lists.set(file, kept(list, before?.get(file)));
  const isSame = before?.size === lists.size && [...lists].every(([file, list]) => before.get(file) === list);
  return isSame ? before : lists;
}
