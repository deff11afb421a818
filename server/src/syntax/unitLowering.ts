/**
 * From a unit file's text to its sections and entries, line by line as systemd's config_parse() reads. The grammar's
 * scanner (grammars/systemd/src/scanner.c) cuts the same way, and the fuzz suite holds the two together: asking the tree
 * for each line's node costs ten times as much.
 */
import { Entry, type EntryKind, type UnitFile, UnitSection, type ValuePiece } from './unitSyntax.js';

/** Replaces what the file object holds by what the text says. */
export function lowerUnit(file: UnitFile, text: string): void {
  for (const it of file.preamble) it.parent = undefined;
  for (const it of file.sections) it.parent = undefined;
  const preamble: Entry[] = [];
  const sections: UnitSection[] = [];
  let at = 0;
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
    preamble.push(new Entry('bom', 1, '', '', []));
    at = 1;
  }
  let open: OpenSection | undefined;
  for (;;) {
    while (at < text.length && isBlankOrNewline(text.charCodeAt(at))) at++;
    if (at >= text.length) break;
    const first = text.charCodeAt(at);
    if (first === BRACKET) {
      const end = lineOf(text, at).end;
      if (open) sections.push(closeSection(open, file));
      open = openSection(text, at, end);
      at = end;
      continue;
    }
    const end = endOfEntry(text, at, first);
    const entry = entryAt(text, at, end.at, end.kind);
    entry.offset = open ? at - open.start : at;
    if (open) {
      open.entries.push(entry);
      open.end = end.at;
    } else preamble.push(entry);
    at = end.at;
  }
  if (open) sections.push(closeSection(open, file));
  for (const it of preamble) it.parent = file;
  file.preamble = preamble;
  file.sections = sections;
  file.length = text.length;
}

const BYTE_ORDER_MARK = 0xfeff;
const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const HASH = 35;
const SEMICOLON = 59;
const EQUALS = 61;
const BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;

function isBlankOrNewline(code: number): boolean {
  return code === SPACE || (code >= TAB && code <= RETURN);
}

function isBlank(code: number): boolean {
  return code === SPACE || (code >= TAB && code <= RETURN && code !== NEWLINE);
}

function isComment(code: number): boolean {
  return code === HASH || code === SEMICOLON;
}

function newlineAfter(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found < 0 ? text.length : found;
}

/** A line from `at`: where its last character that is not blank ends (`at` if all are), where its newline is, whether it runs on. */
function lineOf(text: string, at: number): { end: number; newline: number; runsOn: boolean } {
  const newline = newlineAfter(text, at);
  let end = newline;
  while (end > at && isBlank(text.charCodeAt(end - 1))) end--;
  // Of the blanks only the CR of a CRLF may come between a backslash and the end of its line.
  const last = newline > at && text.charCodeAt(newline - 1) === RETURN ? newline - 1 : newline;
  return { end, newline, runsOn: trailingBackslashes(text, at, last) % 2 === 1 };
}

function trailingBackslashes(text: string, from: number, end: number): number {
  let count = 0;
  while (end - count > from && text.charCodeAt(end - count - 1) === BACKSLASH) count++;
  return count;
}

function endOfEntry(text: string, at: number, first: number): { at: number; kind: EntryKind } {
  if (isComment(first)) return { at: lineOf(text, at).end, kind: 'comment' };
  if (first === EQUALS) return { at: lineOf(text, at).end, kind: 'no-key' };
  const equals = text.indexOf('=', at);
  const newline = newlineAfter(text, at);
  if (equals < 0 || equals > newline) return { at: lineOf(text, at).end, kind: 'junk' };
  return { at: endOfValue(text, equals + 1), kind: 'assignment' };
}

/** A value runs on while its lines end with a backslash. Comment lines in between are skipped, whatever they end with. */
function endOfValue(text: string, from: number): number {
  let begin = from;
  while (begin < text.length && isBlank(text.charCodeAt(begin))) begin++;
  let line = lineOf(text, begin);
  let end = line.end === begin ? from : line.end;
  while (line.runsOn && line.newline < text.length) {
    begin = line.newline + 1;
    while (begin < text.length && isBlank(text.charCodeAt(begin))) begin++;
    if (begin < text.length && isComment(text.charCodeAt(begin))) {
      // Only a later line makes the comment part of the value.
      line = { end, newline: newlineAfter(text, begin), runsOn: true };
      continue;
    }
    line = lineOf(text, begin);
    if (line.end > begin) end = line.end;
  }
  return end;
}

interface OpenSection {
  readonly start: number;
  end: number;
  readonly header: string;
  readonly closed: boolean;
  readonly entries: Entry[];
}

function openSection(text: string, start: number, end: number): OpenSection {
  const header = withoutBlanksBehind(text.slice(start, end));
  const closed = text.charCodeAt(end - 1) === CLOSING_BRACKET;
  return { start, end, header, closed, entries: [] };
}

function closeSection({ start, end, header, closed, entries }: OpenSection, file: UnitFile): UnitSection {
  const name = header.slice(1, closed ? -1 : undefined);
  const section = new UnitSection(end - start, name, 1, header.length, closed, entries);
  section.parent = file;
  section.offset = start;
  return section;
}

function entryAt(text: string, start: number, end: number, kind: EntryKind): Entry {
  const raw = withoutBlanksBehind(text.slice(start, end));
  if (kind !== 'assignment') return new Entry(kind, raw.length, '', kind === 'no-key' ? '' : raw, []);
  const equals = raw.indexOf('=');
  const key = withoutBlanksBehind(raw.slice(0, equals));
  if (!raw.includes('\n') && raw.charCodeAt(raw.length - 1) !== BACKSLASH) {
    let from = equals + 1;
    while (raw.charCodeAt(from) === SPACE || raw.charCodeAt(from) === TAB) from++;
    const length = raw.length - from;
    return new Entry(kind, raw.length, key, raw.slice(from), length > 0 ? [{ at: 0, from, length }] : []);
  }
  // A backslash with a blank after it is not at the end of its line.
  const line = /[ \t]/.test(text[start + raw.length] ?? '') ? `${raw} ` : raw;
  const { value, pieces } = readValue(line, equals + 1);
  return new Entry(kind, raw.length, key, value, pieces);
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
    const end = raw.charCodeAt(lineEnd - 1) === RETURN && lineEnd > at ? lineEnd - 1 : lineEnd;
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

/** strstrip(): the blanks that systemd knows. A no-break space is none. */
export function withoutBlanksBehind(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text[end - 1]!)) end--;
  return end === text.length ? text : text.slice(0, end);
}

function trimmed(value: string, pieces: ValuePiece[]): { value: string; pieces: ValuePiece[] } {
  const long = withoutBlanksBehind(value);
  const lead = /^[ \t\r\n]*/.exec(long)![0].length;
  const kept: ValuePiece[] = [];
  for (const piece of pieces) {
    const cut = Math.max(0, lead - piece.at);
    const length = Math.min(piece.length, long.length - piece.at) - cut;
    if (length > 0) kept.push({ at: piece.at + cut - lead, from: piece.from + cut, length });
  }
  return { value: long.slice(lead), pieces: kept };
}
