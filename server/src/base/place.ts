/**
 * Where something stands, in a way that stays right while text before it moves.
 * A place names a syntax node and offsets inside it; only at the edge is it turned into offsets of a file.
 */
import type { HostPath } from './hostPath.js';

/** What a place can hang on: a node that knows its parent and its offset in it. `detached` is set when an edit replaced it. */
export interface Anchor {
  parent: Anchor | undefined;
  /** UTF-16 units from the start of the parent. Meaningless without one. */
  offset: number;
}

/** The top of a tree: a file. */
export interface FileAnchor extends Anchor {
  readonly path: HostPath;
}

/** A stretch of text inside a node: offsets in UTF-16 units from the node's start. */
export interface Place {
  readonly node: Anchor;
  readonly start: number;
  readonly end: number;
  /** Stands for a text that is written elsewhere, as in a script that a unit names: no edit may go there. */
  readonly standsIn?: true;
}

/** A stretch of text in a file, in UTF-16 units from the file's start. Valid for one revision of that file. */
export interface Span {
  readonly file: HostPath;
  readonly start: number;
  readonly end: number;
}

/** The file's offsets of a place now; undefined when an edit has removed the node. */
export function spanOf(place: Place): Span | undefined {
  let offset = 0;
  let node: Anchor = place.node;
  while (node.parent) {
    offset += node.offset;
    node = node.parent;
  }
  if (!isFile(node)) return undefined;
  return { file: node.path, start: offset + place.start, end: offset + place.end };
}

/** The file that a place lies in; undefined when an edit has removed its node. */
export function fileOf(place: Place): HostPath | undefined {
  let node: Anchor = place.node;
  while (node.parent) node = node.parent;
  return isFile(node) ? node.path : undefined;
}

/** Whether an offset of a file lies in a place, or at its end. */
export function isWithin(place: Place, file: HostPath, offset: number): boolean {
  const span = spanOf(place);
  return span !== undefined && span.file === file && offset >= span.start && offset <= span.end;
}

function isFile(node: Anchor): node is FileAnchor {
  return 'path' in node;
}
