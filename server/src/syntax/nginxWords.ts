/**
 * The words of one directive, cut as nginx cuts them (ngx_conf_read_token in src/core/ngx_conf_file.c).
 * The tree says where a directive begins and ends; a suite proves that these words are the tree's words.
 */

/** A word as written. Offsets in UTF-16 units from the start of its directive. */
export interface Word {
  readonly start: number;
  /** After the closing quote, if there is one. */
  readonly end: number;
  /** As written, quotes and escapes included. */
  readonly raw: string;
  readonly quote: '"' | "'" | '';
  /** A quoted word whose closing quote is missing. */
  readonly unterminated: boolean;
  /** Whether an argument is the first thing on its line; never the name. */
  readonly startsLine: boolean;
}

/** What nginx takes the word for: quotes gone, `\"`, `\'`, `\\`, `\t`, `\r` and `\n` replaced, other backslashes kept. */
export function wordValue(word: Word): string {
  if (word.quote === '' && !word.raw.includes('\\')) return word.raw;
  const inner = word.quote === '' ? word.raw : word.raw.slice(1, word.unterminated ? undefined : -1);
  return inner.replace(/\\(["'\\trn])/g, (_, c: string) =>
    c === 't' ? '\t' : c === 'r' ? '\r' : c === 'n' ? '\n' : c,
  );
}

/** Where the value's first character stands, from the start of the directive: past an opening quote. */
export function valueStart(word: Word): number {
  return word.quote === '' ? word.start : word.start + 1;
}

const SPACE = 32;
const TAB = 9;
const LF = 10;
const CR = 13;
/** Whether nginx takes the UTF-16 unit for a blank. */
export const isSpace = (code: number): boolean => code === SPACE || code === LF || code === TAB || code === CR;

/**
 * Cuts `text` from `from` into words until a `;`, a `{` that opens a block, a `}` in word position, or `to`.
 * @param keep makes a word's raw text safe to keep (see `detached`).
 * @returns the words, the offset of what ended them, and where the last word or comment before that ends.
 */
export function readWords(
  text: string,
  from: number,
  to: number,
  keep: (raw: string) => string,
): { words: Word[]; end: number; last: number } {
  const words: Word[] = [];
  let at = from;
  let last = from;
  let startsLine = false;
  while (at < to) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      if (code === LF) startsLine = true;
      at++;
    } else if (code === 35 /* # */) {
      const lineEnd = text.indexOf('\n', at);
      at = last = lineEnd < 0 || lineEnd > to ? to : lineEnd;
    } else if (code === 59 /* ; */ || code === 123 /* { */ || code === 125 /* } */) {
      break;
    } else {
      const quote = code === 34 ? '"' : code === 39 ? "'" : '';
      const word =
        quote === '' ? { end: bareWordEnd(text, at, to), unterminated: false } : quotedWordEnd(text, at, code);
      const raw = keep(text.slice(at, word.end));
      words.push({ start: at - from, end: word.end - from, raw, quote, unterminated: word.unterminated, startsLine });
      at = last = word.end;
      startsLine = false;
    }
  }
  return { words, end: at, last };
}

function bareWordEnd(text: string, from: number, to: number): number {
  let at = from;
  let dollar = false;
  while (at < to) {
    const code = text.charCodeAt(at);
    if (code === 92 /* \ */) {
      at += 2;
      dollar = false;
      continue;
    }
    // After a dollar nginx takes any number of braces into the word, for `${name}`.
    if (code === 123 && !dollar) break;
    if (isSpace(code) || code === 59) break;
    dollar = code === 36 || (dollar && code === 123);
    at++;
  }
  return Math.min(at, to);
}

function quotedWordEnd(text: string, from: number, quote: number): { end: number; unterminated: boolean } {
  let at = from + 1;
  let lineEnd = -1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 92) {
      if (text.charCodeAt(at + 1) === LF && lineEnd < 0) lineEnd = at + 1;
      at += 2;
      continue;
    }
    if (code === LF && lineEnd < 0) lineEnd = at;
    if (code === quote) {
      const next = text.charCodeAt(at + 1);
      const closes = lineEnd < 0 || Number.isNaN(next) || isSpace(next) || next === 59 || next === 123 || next === 41;
      if (closes) return { end: at + 1, unterminated: false };
      break;
    }
    at++;
  }
  return { end: unterminatedEnd(text, from, lineEnd < 0 ? text.length : lineEnd), unterminated: true };
}

// One forgotten quote must not swallow the file: the word ends with its line, before what ends the directive there. The
// same steps as scan_string() in the grammar's scanner, so that the two agree on any text.
function unterminatedEnd(text: string, from: number, lineEnd: number): number {
  let end = from + 1;
  let tail: 'text' | 'blank' | 'ended' = 'text';
  for (let at = from + 1; at < lineEnd; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) {
      if (at + 1 >= text.length) break;
      end = text.charCodeAt(at + 1) === LF ? at + 1 : at + 2;
      at++;
      tail = 'text';
    } else if (code === SPACE || code === TAB || code === CR) {
      if (tail === 'text') tail = 'blank';
    } else if ((code === 59 && tail !== 'ended') || (code === 123 && tail === 'blank')) {
      tail = 'ended';
    } else {
      end = at + 1;
      tail = 'text';
    }
  }
  return end;
}

/**
 * A copy of `raw` that does not keep the text alive which it was cut from. V8 makes a slice of 13 characters and more a
 * view of its parent, so without this each edit would keep a whole file's text in memory.
 */
export function detached(raw: string): string {
  if (raw.length < 13) return raw;
  const names: Record<string, true> = { [raw]: true };
  for (const name in names) return name;
  return raw;
}
