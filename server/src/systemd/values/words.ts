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

const BLANK = /[ \t\n\r]/;

/** EXTRACT_UNQUOTE; with `escapes` a backslash and the character after it stay as they are (EXTRACT_RETAIN_ESCAPE). */
export function unquotedWords(value: string, escapes: 'remove' | 'keep' = 'remove'): Cut {
  const words: Word[] = [];
  let at = 0;
  while (at < value.length) {
    if (BLANK.test(value[at]!)) {
      at++;
      continue;
    }
    const start = at;
    let text = '';
    let quote = '';
    let quoteAt = 0;
    for (; at < value.length && (quote !== '' || !BLANK.test(value[at]!)); at++) {
      const char = value[at]!;
      if (char === '\\' && escapes === 'remove') {
        if (at + 1 >= value.length) return { words, brokenAt: at };
        text += value[++at]!;
      } else if (quote === '' && (char === '"' || char === "'")) {
        quote = char;
        quoteAt = at;
      } else if (char === quote) quote = '';
      else text += char;
    }
    if (quote !== '') return { words, brokenAt: quoteAt };
    words.push({ text, start, end: at });
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

/** Letters that unit_full_printf() in src/core/unit-printf.c resolves; %D came with 256. */
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
    if ('UG'.includes(letter)) return '0';
    return 'tSCLEDTVhdfyYsrRc'.includes(letter) ? '/x' : 'x';
  });
}
