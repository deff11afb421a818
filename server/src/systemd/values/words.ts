/** Words of a value, cut as extract_first_word() in src/basic/extract-word.c cuts them, and what is wrong with a value. */

/** A stretch of a value that systemd does not take. Offsets are UTF-16 units of the value. */
export interface Fault {
  readonly start: number;
  readonly end: number;
  /** What systemd expects instead, to be read after "is not": `a boolean (yes or no)`. */
  readonly expected: string;
  /** The unit does not load; otherwise the assignment, or just this word of it, is ignored. */
  readonly fatal?: boolean;
  /** systemd says nothing of it. */
  readonly silent?: boolean;
  /** systemd warns and takes it as it stands. */
  readonly kept?: boolean;
  /** systemd warns that this version has dropped it, and goes on without it. */
  readonly dropped?: number;
  /** Just the word is ignored, the rest of the line counts. */
  readonly wordOnly?: boolean;
  /** Words that would be taken; the nearest may be what was meant. */
  readonly candidates?: readonly string[];
  /** Said instead of "is not ...": a whole clause that begins with what stands there. */
  readonly newIn?: number;
}

export interface Word {
  /** Quotes gone, escapes replaced. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Cut {
  readonly words: readonly Word[];
  /** A quote that does not close, or a backslash at the end: systemd drops the whole line. */
  readonly brokenAt: number | undefined;
}

const BLANKS = ' \t\n\r';

/** How words are cut: the flags of extract_first_word() in src/basic/extract-word.c. */
export interface Cutting {
  /** Quotes hold words together and are taken away. */
  readonly unquote?: boolean;
  /** A backslash is dropped before any character, kept like any character, or begins an escape as in C. */
  readonly escapes?: 'remove' | 'keep' | 'c';
  /** Blanks, if not said. */
  readonly separators?: string;
  /** Each separator ends a word, so that words may be empty. */
  readonly single?: boolean;
  /** With C's escapes: a separator may be escaped too. */
  readonly escapedSeparators?: boolean;
  /** An escape that C does not know stays as it stands. */
  readonly relaxed?: boolean;
  /** A quote need not close, and a backslash at the end is dropped: EXTRACT_RELAX. */
  readonly open?: boolean;
}

export type CutWord =
  | {
      readonly word: Word /** Where the next word is looked for; undefined at the end. */;
      readonly next: number | undefined;
    }
  | { readonly brokenAt: number };

/** The word that begins at `from` or after separators there; undefined when there is none. */
export function cutWord(value: string, from: number, cutting: Cutting): CutWord | undefined {
  const { unquote = true, escapes = 'remove', separators = BLANKS, single = false } = cutting;
  const isSeparator = (char: string) => separators.includes(char);
  let at = from;
  if (!single) while (at < value.length && isSeparator(value[at]!)) at++;
  if (at >= value.length)
    return single && from > 0 && from === value.length
      ? { word: { text: '', start: at, end: at }, next: undefined }
      : undefined;
  const start = at;
  // Stretches are taken as a whole: values may be long.
  const special = `${separators}${unquote ? `"'` : ''}${escapes === 'keep' ? '' : '\\'}`;
  let text = '';
  let quote = '';
  let quoteAt = 0;
  while (at < value.length) {
    const plain = at;
    while (at < value.length && !special.includes(value[at]!)) at++;
    if (at > plain) text += value.slice(plain, at);
    const char = value[at];
    if (char === undefined) break;
    if (char === '\\' && escapes !== 'keep') {
      if (at + 1 >= value.length) {
        if (cutting.open) {
          at++;
          quote = '';
          break;
        }
        if (!cutting.relaxed || quote !== '') return { brokenAt: at };
        text += char;
        at++;
        continue;
      }
      const escaped = escapes === 'c' ? readEscape(value, at) : undefined;
      if (escaped) {
        text += escaped.text;
        at = escaped.end;
        continue;
      }
      if (escapes === 'remove' || (cutting.escapedSeparators && isSeparator(value[at + 1]!))) text += value[at + 1]!;
      else if (cutting.relaxed) text += value.slice(at, at + 2);
      else return { brokenAt: at };
      at += 2;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else text += char;
      at++;
    } else if (unquote && (char === '"' || char === "'")) {
      quote = char;
      quoteAt = at++;
    } else break;
  }
  if (quote !== '' && !cutting.open) return { brokenAt: quoteAt };
  const word = { text, start, end: at };
  if (at >= value.length) return { word, next: undefined };
  let next = at + 1;
  if (!single) while (next < value.length && isSeparator(value[next]!)) next++;
  return { word, next: single || next < value.length ? next : undefined };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  s: ' ',
};

/** cunescape_one() in src/basic/escape.c, for the backslash at `at`; undefined for what C does not know, and for NUL. */
export function readEscape(value: string, at: number): { text: string; end: number } | undefined {
  const plain = ESCAPES[value[at + 1] ?? ''];
  if (plain !== undefined) return { text: plain, end: at + 2 };
  const match = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(
    value.slice(at, at + 10),
  );
  if (!match) return undefined;
  const octal = match[4];
  const code =
    octal === undefined ? Number.parseInt((match[1] ?? match[2] ?? match[3])!, 16) : Number.parseInt(octal, 8);
  if (code === 0 || code > 0x10ffff || (octal !== undefined && code > 255)) return undefined;
  if (match[3] !== undefined && code >= 0xd800 && code <= 0xdfff) return undefined;
  return { text: String.fromCodePoint(code), end: at + match[0].length };
}

/** Where an escape stands that C does not know; -1 when there is none. A NUL counts as known. */
export function brokenEscape(text: string): number {
  for (let at = text.indexOf('\\'); at >= 0; ) {
    const read =
      readEscape(text, at) ?? (/^\\(?:x00|000|u0000|U00000000)/.test(text.slice(at)) ? { end: at + 4 } : undefined);
    if (!read) return at;
    at = text.indexOf('\\', read.end);
  }
  return -1;
}

/** All words of a value. */
export function cutWords(value: string, cutting: Cutting = {}): Cut {
  const words: Word[] = [];
  for (let at: number | undefined = 0; at !== undefined; ) {
    const cut = cutWord(value, at, cutting);
    if (cut === undefined) break;
    if ('brokenAt' in cut) return { words, brokenAt: cut.brokenAt };
    words.push(cut.word);
    at = cut.next;
  }
  return { words, brokenAt: undefined };
}

/** Words between blanks; quotes and backslashes are characters like others. */
export function plainWords(value: string): readonly Word[] {
  return [...value.matchAll(/[^ \t\n\r]+/g)].map((it) => ({
    text: it[0],
    start: it.index,
    end: it.index + it[0].length,
  }));
}

/** The whole value is at fault. */
export function whole(value: string, expected: string, more: Partial<Fault> = {}): readonly Fault[] {
  return [{ start: 0, end: value.length, expected, ...more }];
}

export const NONE: readonly Fault[] = [];

/** A value that is a list of words, each judged on its own: `judge` returns what is expected, or undefined. */
export function eachWord(
  cut: Cut,
  value: string,
  judge: (word: Word) => Omit<Fault, 'start' | 'end'> | undefined,
): readonly Fault[] {
  const faults: Fault[] = [];
  for (const word of cut.words) {
    const fault = judge(word);
    if (fault) faults.push({ wordOnly: true, ...fault, start: word.start, end: word.end });
  }
  if (cut.brokenAt !== undefined)
    faults.push({ start: cut.brokenAt, end: value.length, expected: 'a closed quotation or a complete escape' });
  return faults;
}

/** Letters that unit_name_printf() in src/core/unit-printf.c resolves. */
export const NAME_SPECIFIERS = 'aAbBgGHijlmMnNopquUvwW%';

/** Letters that unit_full_printf() resolves; %D came with 256. */
const SPECIFIERS = 'aAbBcCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY%';

/** The first specifier that systemd does not know: it fails with "Invalid slot". Other characters after % stay as they are. */
export function unknownSpecifier(text: string, letters = SPECIFIERS): { start: number; end: number } | undefined {
  for (const it of text.matchAll(/%([A-Za-z0-9%])/g)) {
    if (!letters.includes(it[1]!)) return { start: it.index, end: it.index + 2 };
  }
  return undefined;
}

/** The text with something of the right kind in the place of each specifier: a path for those that stand for paths. */
export function withSpecifiers(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([A-Za-z%])/g, (_, letter: string) => {
    if (letter === '%') return '%';
    if (letter === 'n') return 'x.service';
    if ('UG'.includes(letter)) return '0';
    return 'tSCLEDTVhdfyYsrRc'.includes(letter) ? '/x' : 'x';
  });
}
