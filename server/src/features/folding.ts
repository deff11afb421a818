/** What can be folded away: blocks, runs of comments, sections, values over several lines. */
import type { HostPath } from '../base/hostPath.js';
import type { LineIndex } from '../base/lineIndex.js';
import { spanOf } from '../base/place.js';
import type { Item } from '../syntax/nginxSyntax.js';
import type { Entry, UnitFile } from '../syntax/unitSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';

/** Lines are zero-based; both are shown when folded, as editors want it for braces. */
export interface FoldingRange {
  readonly startLine: number;
  readonly endLine: number;
  readonly kind: 'comment' | 'region';
}

export function foldingRanges(snapshot: Snapshot, path: HostPath): FoldingRange[] {
  const lines = snapshot.space.lines(path);
  if (!lines) return [];
  const ranges: FoldingRange[] = [];
  const reading = snapshot.configuration.readings.find((it) => it.file.path === path);
  if (reading) foldItems(reading.file.children, 0, lines, ranges);
  else if (snapshot.unitFiles.includes(path)) {
    const file = snapshot.space.file(path, 'systemd') as UnitFile | undefined;
    if (file) foldUnit(file, lines, ranges);
  }
  return ranges;
}

function add(into: FoldingRange[], startLine: number, endLine: number, kind: FoldingRange['kind']): void {
  if (endLine > startLine) into.push({ startLine, endLine, kind });
}

function foldItems(items: readonly Item[], base: number, lines: LineIndex, into: FoldingRange[]): void {
  foldComments(
    items.filter((it) => it.kind === 'comment').map((it) => base + it.offset),
    lines,
    into,
  );
  for (const item of items) {
    const start = base + item.offset;
    if (item.open !== undefined) {
      // The closing brace stays in sight.
      const last = lines.lineAt(start + (item.close ?? item.length));
      add(into, lines.lineAt(start + item.open), item.close === undefined ? last : last - 1, 'region');
    }
    if (item.children) foldItems(item.children, start, lines, into);
  }
}

function foldComments(offsets: readonly number[], lines: LineIndex, into: FoldingRange[]): void {
  let first: number | undefined;
  let last = 0;
  for (const offset of offsets) {
    const line = lines.lineAt(offset);
    if (first !== undefined && line === last + 1) {
      last = line;
      continue;
    }
    if (first !== undefined) add(into, first, last, 'comment');
    first = line;
    last = line;
  }
  if (first !== undefined) add(into, first, last, 'comment');
}

function foldUnit(file: UnitFile, lines: LineIndex, into: FoldingRange[]): void {
  const foldEntries = (entries: readonly Entry[], base: number): void => {
    foldComments(
      entries.filter((it) => it.kind === 'comment').map((it) => base + it.offset),
      lines,
      into,
    );
    for (const entry of entries) {
      const span = spanOf({ node: entry, start: 0, end: entry.length });
      if (span && entry.kind === 'assignment') add(into, lines.lineAt(span.start), lines.lineAt(span.end), 'region');
    }
  };
  foldEntries(file.preamble, 0);
  for (const section of file.sections) {
    const last = section.entries.at(-1);
    const end = section.offset + (last ? last.offset + last.length : section.headerEnd);
    add(into, lines.lineAt(section.offset), lines.lineAt(end), 'region');
    foldEntries(section.entries, section.offset);
  }
}
