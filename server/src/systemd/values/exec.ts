/** Command lines, judged as config_parse_exec() in src/core/load-fragment.c reads them. */
import { readPrefixes, semicolonAt } from '../commandLine.js';
import type { Validator } from './kinds.js';
import { cutWord, type Fault, unknownSpecifier, type Word, withSpecifiers } from './words.js';

const CUTTING = { escapes: 'c' } as const;
const SLOT = 'a word whose specifiers systemd knows; a percent sign is written %%';

/** What is wrong with a program, to be read after "is not". */
function programFault(written: string, version: number): string | undefined {
  if (unknownSpecifier(written)) return SLOT;
  const path = withSpecifiers(written);
  if (path === '') return 'a program: only prefixes stand there';
  if (/[\u0000-\u001f"'\\\u007f]/.test(path)) return 'the name of a program: it has quotation marks or backslashes';
  if (version >= 258 && /[*?[]/.test(path)) return 'the name of a program: systemd expands no *, ? or [';
  if (path.endsWith('/') || (version >= 257 && /(?:^|\/)\.\.?$/.test(path))) return 'a program: it names a folder';
  const parts = path.split('/');
  if (parts.some((it) => it.length > 255) || path.length >= 4096) return 'a name short enough';
  if (!path.startsWith('/') && (path.includes('/') || path === '.' || path === '..'))
    return 'an absolute path to a program, or its plain name';
  return undefined;
}

/** A word, or undefined at the end; unknown escapes go into `faults`. */
function read(
  value: string,
  from: number,
  faults: Fault[],
): { word: Word; next: number } | { brokenAt: number } | undefined {
  let cut = cutWord(value, from, CUTTING);
  if (cut && 'brokenAt' in cut) {
    const { brokenAt } = cut;
    cut = cutWord(value, from, { ...CUTTING, relaxed: true });
    if (cut && 'word' in cut)
      faults.push({ start: brokenAt, end: Math.min(brokenAt + 2, value.length), expected: 'an escape', kept: true });
  }
  if (!cut || 'brokenAt' in cut) return cut;
  return { word: cut.word, next: cut.next ?? value.length };
}

export const exec: Validator = (value, { version }) => {
  const faults: Fault[] = [];
  let at = 0;
  for (let more = true; more; ) {
    more = false;
    const first = read(value, at, faults);
    if (!first) break;
    // A first word that cannot be cut makes systemd ignore the line, without an error of the unit.
    if ('brokenAt' in first)
      return [...faults, { start: first.brokenAt, end: value.length, expected: 'a closed quotation' }];
    at = first.next;
    if (first.word.text === ';') {
      more = true;
      continue;
    }
    const prefixes = readPrefixes(first.word.text, version);
    const fatal = !prefixes.lenient;
    if (prefixes.fallback && version >= 258) {
      const start = value.indexOf('!!', first.word.start);
      faults.push({ start, end: start + 2, expected: 'a prefix', dropped: 258 });
    }
    const wrong = prefixes.shell ? undefined : programFault(first.word.text.slice(prefixes.length), version);
    if (wrong !== undefined)
      return [...faults, { start: first.word.start, end: first.word.end, expected: wrong, fatal }];
    let args = 0;
    while (at < value.length) {
      const semicolon = semicolonAt(value, at);
      if (semicolon) at = semicolon.next;
      if (semicolon?.separates) {
        more = true;
        break;
      }
      args++;
      if (semicolon) continue;
      const cut = read(value, at, faults);
      if (!cut) break;
      if ('brokenAt' in cut)
        return [...faults, { start: cut.brokenAt, end: value.length, expected: 'a closed quotation', fatal }];
      const { start, end, text } = cut.word;
      if (unknownSpecifier(text)) return [...faults, { start, end, expected: SLOT, fatal }];
      at = cut.next;
    }
    if (prefixes.named && args === 0)
      return [
        ...faults,
        { start: first.word.start, end: first.word.end, expected: 'followed by the name that @ asks for', fatal },
      ];
  }
  return faults;
};
