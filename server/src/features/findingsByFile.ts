/** Findings by the file that they are to be shown in. */
import type { HostPath } from '../base/hostPath.js';
import { kept } from '../base/lists.js';
import { fileOf } from '../base/place.js';
import type { Finding } from '../rules/rule.js';

export type FindingsByFile = ReadonlyMap<HostPath, readonly Finding[]>;

/** A finding that can be mended in a file of the app stands in that file as well. */
export function findingsByFile(findings: Iterable<Finding>): Map<HostPath, Finding[]> {
  const byFile = new Map<HostPath, Finding[]>();
  const add = (finding: Finding): void => {
    const file = fileOf(finding.at);
    const list = file && byFile.get(file);
    if (list) list.push(finding);
    else if (file) byFile.set(file, [finding]);
  };
  for (const finding of findings) {
    add(finding);
    if (finding.related.length > 0) for (const it of whereMended(finding)) add(it);
  }
  return byFile;
}

/** The same objects for the same finding, so that lists can be told to be the same. */
const mended = new WeakMap<Finding, readonly Finding[]>();
const NONE: readonly Finding[] = [];

function whereMended(finding: Finding): readonly Finding[] {
  const { at, related } = finding;
  if (!related.some((it) => it.mend)) return NONE;
  let list = mended.get(finding);
  if (!list) {
    const back = [{ at, text: 'what it comes to' }];
    list = related.filter((it) => it.mend).map((it) => ({ ...finding, at: it.at, related: back }));
    mended.set(finding, list);
  }
  return list;
}

/** Files of which the same is said keep their list, and all of them the map, so that nobody need look at them. */
export function keptWhereSame(now: FindingsByFile, before: FindingsByFile | undefined): FindingsByFile {
  const lists = new Map<HostPath, readonly Finding[]>();
  for (const [file, list] of now) lists.set(file, kept(list, before?.get(file)));
  const isSame = before?.size === lists.size && [...lists].every(([file, list]) => before.get(file) === list);
  return isSame ? before : lists;
}
