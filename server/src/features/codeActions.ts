/** The repairs that rules offer for a stretch of text. */
import type { HostPath } from '../base/hostPath.js';
import { spanOf } from '../base/place.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { type CheckOptions, diagnostics, type FindingsMemory } from './diagnostics.js';
import { ignoreEdit } from './ignores.js';
import { type LocatedFinding, type LocatedFix, located } from './located.js';

export interface CodeAction {
  readonly finding: LocatedFinding;
  readonly fix: LocatedFix;
  /** The one repair of its finding, and a safe one: editors may apply it on a single key. */
  readonly isPreferred: boolean;
}

/** `range` in UTF-16 units of the file; findings that touch it count. */
export function codeActions(
  snapshot: Snapshot,
  path: HostPath,
  range: { readonly start: number; readonly end: number },
  memory: FindingsMemory,
  options: CheckOptions,
): CodeAction[] {
  const text = snapshot.space.text(path) ?? '';
  return diagnostics(snapshot, path, memory, options).flatMap((finding) => {
    const span = spanOf(finding.at);
    if (!span || span.end < range.start || span.start > range.end) return [];
    const shown = located(snapshot, finding);
    if (!shown) return [];
    const repairs = shown.fixes.map((fix) => ({
      finding: shown,
      fix,
      isPreferred: fix.safe && shown.fixes.length === 1,
    }));
    // nginx refuses errors whatever a comment says.
    const silence = finding.severity === 'error' ? undefined : ignoreEdit(finding, text);
    const at = silence && snapshot.space.lines(path)?.position(silence.offset);
    if (!at) return repairs;
    const edit = { file: path, range: { start: at, end: at }, newText: silence.newText };
    const fix = { title: `Ignore ${finding.rule} here`, safe: false, edits: [edit], creates: [] };
    return [...repairs, { finding: shown, fix, isPreferred: false }];
  });
}
