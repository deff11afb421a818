/** Findings in terms of files and positions: what reporters print and editors show. */
import type { HostPath } from '../base/hostPath.js';
import type { Position } from '../base/lineIndex.js';
import { type Place, spanOf } from '../base/place.js';
import type { Finding, Severity } from '../rules/rule.js';
import type { Snapshot } from '../workspace/hostSpace.js';

export interface LocatedRange {
  readonly start: Position;
  readonly end: Position;
}

export interface LocatedEdit {
  readonly file: HostPath;
  readonly range: LocatedRange;
  readonly newText: string;
}

export interface LocatedFix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly LocatedEdit[];
  readonly creates: readonly { readonly file: HostPath; readonly text: string }[];
}

export interface LocatedFinding {
  readonly file: HostPath;
  readonly range: LocatedRange;
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly related: readonly { readonly file: HostPath; readonly range: LocatedRange; readonly message: string }[];
  readonly fixes: readonly LocatedFix[];
}

/** Undefined when an edit has removed what the finding speaks of. */
export function located(snapshot: Snapshot, finding: Finding): LocatedFinding | undefined {
  const at = locate(snapshot, finding.at);
  if (!at) return undefined;
  return {
    file: at.file,
    range: at.range,
    code: finding.rule,
    severity: finding.severity,
    message: finding.message,
    related: finding.related.flatMap((it) => {
      const place = locate(snapshot, it.at);
      return place ? [{ ...place, message: it.text }] : [];
    }),
    fixes: finding.fixes.map((fix) => ({
      title: fix.title,
      safe: fix.applicability === 'safe',
      edits: fix.edits.flatMap((edit) => {
        const place = locate(snapshot, edit.at);
        return place ? [{ ...place, newText: edit.text }] : [];
      }),
      creates: (fix.creates ?? []).map((it) => ({ file: it.path, text: it.text })),
    })),
  };
}

/** A place as file and positions, by the text as it is now. */
export function locate(snapshot: Snapshot, place: Place): { file: HostPath; range: LocatedRange } | undefined {
  const span = spanOf(place);
  const lines = span && snapshot.space.lines(span.file);
  if (!span || !lines) return undefined;
  return { file: span.file, range: { start: lines.position(span.start), end: lines.position(span.end) } };
}
