/** Seeded random edits of real files: what a keyboard and a careless paste can do to a configuration. */
import type { TextChange } from '../../server/src/base/lineIndex.js';

/** Numbers from 0 (included) to 1 (excluded); the same seed gives the same ones. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// What structures either language, what breaks naive readers, and plain letters.
const PIECES = [
  ';',
  '{',
  '}',
  '"',
  "'",
  '\\',
  '#',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  '=',
  '[',
  ']',
  '$',
  '${',
  '}',
  '%',
  'a',
  'listen',
  'server',
  'server {\n',
  'location / {',
  '}\n',
  '[Service]\n',
  'ExecStart=',
  ' \\\n',
  '# c\n',
  '; c\n',
  'content_by_lua_block {',
  '--[[',
  ']]',
  '\u00E9',
  '\u{1F600}',
  '\0',
  '\uFEFF',
  '\u2028',
  'x'.repeat(50),
];

/** One edit of `text`: insert, delete, replace, or a line copied elsewhere. */
export function randomEdit(text: string, random: () => number): TextChange {
  const below = (limit: number) => Math.floor(random() * limit);
  const at = below(text.length + 1);
  const piece = () => PIECES[below(PIECES.length)]!;
  switch (below(5)) {
    case 0:
    case 1:
      return { start: at, oldEnd: at, text: piece() };
    case 2:
      return { start: at, oldEnd: Math.min(text.length, at + 1 + below(random() < 0.9 ? 3 : 200)), text: '' };
    case 3:
      return { start: at, oldEnd: Math.min(text.length, at + below(4)), text: piece() };
    default: {
      const from = text.lastIndexOf('\n', below(text.length + 1)) + 1;
      const end = text.indexOf('\n', from);
      return { start: at, oldEnd: at, text: text.slice(from, end < 0 ? text.length : end + 1) };
    }
  }
}
