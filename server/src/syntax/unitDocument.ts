/** A unit file that is being edited: keeps its tree between edits, and must be disposed of. */
import type { Node, Tree } from 'web-tree-sitter';
import type { HostPath } from '../base/hostPath.js';
import { applyChange, LineIndex, type TextChange } from '../base/lineIndex.js';
import { detached } from './nginxWords.js';
import { editTree, parseTree, treeText } from './parsers.js';
import { Entry, type EntryKind, type UnitFile, UnitSection, type ValuePiece } from './unitSyntax.js';

export class UnitDocument {
  readonly file: UnitFile;
  lines: LineIndex;
  private tree: Tree;

  constructor(
    path: HostPath,
    public text: string,
  ) {
    this.file = emptyFile(path);
    this.lines = LineIndex.of(text);
    this.tree = parseTree('systemd', text);
    lowerUnit(this.file, this.tree, text);
  }

  edit(change: TextChange): void {
    const before = this.lines;
    const text = applyChange(this.text, change);
    const after = before.edited(change, text);
    editTree(this.tree, change, before, after);
    const tree = parseTree('systemd', text, this.tree);
    this.tree.delete();
    this.tree = tree;
    this.text = text;
    this.lines = after;
    // Unit files are short: lowering all of one costs less than finding out what to keep.
    lowerUnit(this.file, tree, text);
  }

  /** The tree as an S-expression, with positions if asked for: for `debug tree` and tests. */
  treeText(options: { positions?: boolean } = {}): string {
    return treeText(this.tree, options);
  }

  dispose(): void {
    this.tree.delete();
  }
}

function emptyFile(path: HostPath): UnitFile {
  return { language: 'systemd', path, parent: undefined, offset: 0, preamble: [], sections: [], length: 0 };
}

/** Parses a text that nobody edits; keeps no tree. */
export function parseUnit(path: HostPath, text: string): UnitFile {
  const tree = parseTree('systemd', text);
  const file = emptyFile(path);
  lowerUnit(file, tree, text);
  tree.delete();
  return file;
}

function lowerUnit(file: UnitFile, tree: Tree, text: string): void {
  for (const it of [...file.preamble, ...file.sections]) it.parent = undefined;
  const preamble: Entry[] = [];
  // tree-sitter skips a byte order mark at the start of its input, so the tree does not show it.
  if (text.charCodeAt(0) === 0xfeff) preamble.push(new Entry('bom', 1, '', '', []));
  const sections: UnitSection[] = [];
  for (const node of tree.rootNode.children) {
    if (!node) continue;
    if (node.type === 'section') {
      const section = lowerSection(node, text);
      section.parent = file;
      section.offset = node.startIndex;
      sections.push(section);
    } else {
      const entry = lowerEntry(node, text);
      if (!entry) continue;
      entry.parent = file;
      entry.offset = node.startIndex;
      preamble.push(entry);
    }
  }
  for (const it of preamble) it.parent = file;
  file.preamble = preamble;
  file.sections = sections;
  file.length = text.length;
}

function lowerSection(node: Node, text: string): UnitSection {
  const start = node.startIndex;
  let name = '';
  let nameStart = 1;
  let headerEnd = 0;
  let closed = false;
  const entries: Entry[] = [];
  for (const child of node.children) {
    if (!child) continue;
    if (child.type === 'section_header' || child.type === 'bad_section_header') {
      closed = child.type === 'section_header';
      const header = text.slice(child.startIndex, child.endIndex).trimEnd();
      name = detached(header.slice(1, closed ? -1 : undefined));
      nameStart = child.startIndex + 1 - start;
      headerEnd = child.startIndex + header.length - start;
      continue;
    }
    const entry = lowerEntry(child, text);
    if (!entry) continue;
    entry.offset = child.startIndex - start;
    entries.push(entry);
  }
  return new UnitSection(node.endIndex - start, name, nameStart, headerEnd, closed, entries);
}

const ENTRY_KINDS: Readonly<Record<string, EntryKind>> = {
  assignment: 'assignment',
  comment: 'comment',
  junk_line: 'junk',
  empty_key_line: 'no-key',
};

function lowerEntry(node: Node, text: string): Entry | undefined {
  const kind = ENTRY_KINDS[node.type];
  if (!kind) return undefined;
  const start = node.startIndex;
  const raw = text.slice(start, node.endIndex).trimEnd();
  if (kind !== 'assignment') return new Entry(kind, raw.length, '', kind === 'comment' ? detached(raw) : '', []);
  const equals = raw.indexOf('=');
  // A backslash with a blank after it is not at the end of its line.
  const line = /[ \t]/.test(text[start + raw.length] ?? '') ? `${raw} ` : raw;
  const { value, pieces } = readValue(line, equals + 1);
  return new Entry(kind, raw.length, detached(raw.slice(0, equals).trimEnd()), detached(value), pieces);
}

/**
 * A value as config_parse in systemd's conf-parser.c reads it: a line with an odd number of backslashes at its end runs
 * on, with a blank in place of the last one; comment lines in between are skipped; blanks before each line are dropped.
 */
function readValue(raw: string, from: number): { value: string; pieces: ValuePiece[] } {
  const pieces: ValuePiece[] = [];
  let value = '';
  let at = from;
  let first = true;
  while (at <= raw.length) {
    const newline = raw.indexOf('\n', at);
    const lineEnd = newline < 0 ? raw.length : newline;
    const end = raw.charCodeAt(lineEnd - 1) === 13 && lineEnd > at ? lineEnd - 1 : lineEnd;
    let begin = at;
    while (begin < end && (raw[begin] === ' ' || raw[begin] === '\t')) begin++;
    const isComment = !first && (raw[begin] === '#' || raw[begin] === ';');
    const continues = !isComment && trailingBackslashes(raw, begin, end) % 2 === 1;
    if (!isComment) {
      const stop = continues ? end - 1 : end;
      if (stop > begin) {
        pieces.push({ at: value.length, from: begin, length: stop - begin });
        value += raw.slice(begin, stop);
      }
      if (continues) value += ' ';
    }
    first = false;
    if (newline < 0 || (!continues && !isComment)) break;
    at = newline + 1;
  }
  return trimmed(value, pieces);
}

function trailingBackslashes(raw: string, from: number, end: number): number {
  let count = 0;
  while (end - count > from && raw[end - count - 1] === '\\') count++;
  return count;
}

function trimmed(value: string, pieces: ValuePiece[]): { value: string; pieces: ValuePiece[] } {
  const short = value.trimEnd();
  const kept: ValuePiece[] = [];
  for (const piece of pieces) {
    const length = Math.min(piece.length, short.length - piece.at);
    if (length > 0) kept.push(length === piece.length ? piece : { ...piece, length });
  }
  return { value: short, pieces: kept };
}
