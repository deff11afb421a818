/** A unit file (or any file in systemd's ini dialect) as typed nodes. Knows sections and assignments, not what they mean. */
import type { HostPath } from '../base/hostPath.js';
import type { Anchor, FileAnchor, Place } from '../base/place.js';

/** Where a stretch of an assignment's value stands in the file: continuations and comments leave gaps. */
export interface ValuePiece {
  /** Offset in the value. */
  readonly at: number;
  /** Offset in the entry. */
  readonly from: number;
  readonly length: number;
}

/** `junk` is a line without `=`, `no-key` a line that begins with `=`. */
export type EntryKind = 'assignment' | 'comment' | 'junk' | 'no-key' | 'bom';

/** One line of a section, continuation lines included. Offsets count from the entry's own start. */
export class Entry implements Anchor {
  parent: UnitSection | UnitFile | undefined;
  offset = 0;

  constructor(
    readonly kind: EntryKind,
    readonly length: number,
    /** As written, without surrounding blanks; empty unless an assignment. */
    readonly key: string,
    /** As systemd reads it: continuation lines joined by a blank, comments between them gone, blanks at the ends gone. Of comments and junk the text. */
    readonly value: string,
    readonly pieces: readonly ValuePiece[],
  ) {}
}

export class UnitSection implements Anchor {
  parent: UnitFile | undefined;
  offset = 0;

  constructor(
    readonly length: number,
    /** Without the brackets. */
    readonly name: string,
    /** Offset of the name, and of the end of the header's last character. */
    readonly nameStart: number,
    readonly headerEnd: number,
    /** Whether the header ends with a bracket; systemd refuses it otherwise. */
    readonly closed: boolean,
    readonly entries: readonly Entry[],
  ) {
    for (const entry of entries) entry.parent = this;
  }
}

/** A parsed unit file. The same object stands for the file through all edits. */
export interface UnitFile extends FileAnchor {
  readonly language: 'systemd';
  readonly path: HostPath;
  /** Entries before the first section: systemd ignores them. */
  preamble: readonly Entry[];
  sections: readonly UnitSection[];
  length: number;
}

export function placeOfKey(entry: Entry): Place {
  return { node: entry, start: 0, end: entry.key.length };
}

/** The whole value, from its first character to its last; where it would stand if it is empty. */
export function placeOfValue(entry: Entry): Place {
  const first = entry.pieces[0];
  const last = entry.pieces[entry.pieces.length - 1];
  if (!first || !last) return { node: entry, start: entry.length, end: entry.length };
  return { node: entry, start: first.from, end: last.from + last.length };
}

/** The place of the value's characters from `start` to `end` (UTF-16 units of the value). */
export function placeInValue(entry: Entry, start: number, end: number): Place {
  return { node: entry, start: entryOffset(entry, start, 'start'), end: entryOffset(entry, end, 'end') };
}

function entryOffset(entry: Entry, at: number, side: 'start' | 'end'): number {
  for (const piece of entry.pieces) {
    const within = at - piece.at;
    if (within >= 0 && (side === 'start' ? within < piece.length : within <= piece.length)) return piece.from + within;
  }
  return entry.length;
}

export function placeOfSectionName(section: UnitSection): Place {
  return { node: section, start: section.nameStart, end: section.nameStart + section.name.length };
}

export function placeOfHeader(section: UnitSection): Place {
  return { node: section, start: 0, end: section.headerEnd };
}

export function placeOfEntry(entry: Entry): Place {
  return { node: entry, start: 0, end: entry.length };
}
