/** Single faults, made by a seeded hand in a valid configuration. */
import { randomNumbers } from '../fuzz/edits.js';

type Random = () => number;

export interface Mutant {
  readonly kind: string;
  readonly text: string;
  /** Lines, counted from 1, that a person would point at. */
  readonly lines: readonly number[];
}

interface Line {
  readonly index: number;
  readonly text: string;
}

const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];

const isStatement = ({ text }: Line) => /^\s*[a-z_]+( .*)?;$/.test(text);
const opensBlock = ({ text }: Line) => /^\s*[a-z_]+.*\{$/.test(text) && !/^\s*(?:default|~|\*|")/.test(text);

type Mutator = (
  lines: readonly string[],
  random: Random,
) => { at: number; more?: number[]; lines: string[] } | undefined;

function onLine(
  choose: (line: Line) => boolean,
  change: (text: string, random: Random) => string | undefined,
): Mutator {
  return (lines, random) => {
    const line = pick(random, lines.map((text, index) => ({ text, index })).filter(choose));
    const text = line && change(line.text, random);
    if (!line || text === undefined || text === line.text) return undefined;
    return { at: line.index, lines: lines.with(line.index, text) };
  };
}

/** Changes one of the words of a statement; 0 is its name. */
function onWord(least: number, change: (word: string, random: Random) => string | undefined): Mutator {
  return onLine(isStatement, (text, random) => {
    const words = [...text.matchAll(/[^\s;]+/g)].slice(least);
    // Quoted words have blanks in them: a change inside would be another kind of fault.
    if (/["']/.test(text)) return undefined;
    const word = pick(random, words);
    const changed = word && change(word[0], random);
    return changed === undefined
      ? undefined
      : text.slice(0, word!.index) + changed + text.slice(word!.index + word![0].length);
  });
}

function typo(word: string, random: Random): string {
  const at = Math.floor(random() * (word.length - 1));
  switch (Math.floor(random() * 4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
    case 2:
      return word.slice(0, at) + word[at] + word.slice(at);
    default:
      return word.slice(0, at) + 'abcdefghijklmnopqrstuvwxyz_'[Math.floor(random() * 27)] + word.slice(at + 1);
  }
}

export const MUTATORS: Readonly<Record<string, Mutator>> = {
  typo: onLine(
    (it) => isStatement(it) || opensBlock(it),
    (text, random) => text.replace(/[a-z_]+/, (name) => typo(name, random)),
  ),
  'dropped semicolon': onLine(isStatement, (text) => text.replace(/;$/, '')),
  'dropped opening brace': onLine(opensBlock, (text) => text.replace(/ \{$/, '')),
  'dropped closing brace': onLine(
    ({ text }) => /^\s*\}$/.test(text),
    () => '',
  ),
  'extra argument': onLine(isStatement, (text) => text.replace(/;$/, ' surplus;')),
  'missing argument': onLine(isStatement, (text) => text.replace(/ [^\s"']+;$/, ';')),
  'bad value': onWord(1, (word, random) =>
    pick(random, [`${word}x`, 'nonsense', '-1', '1x', '', '99999999999999999999']),
  ),
  duplicate: (lines, random) => {
    const line = pick(random, lines.map((text, index) => ({ text, index })).filter(isStatement));
    if (!line) return undefined;
    return { at: line.index + 1, more: [line.index], lines: lines.toSpliced(line.index, 0, line.text) };
  },
  moved: (lines, random) => {
    const line = pick(random, lines.map((text, index) => ({ text, index })).filter(isStatement));
    const to = pick(random, lines.map((text, index) => ({ text, index })).filter(opensBlock));
    if (!line || !to) return undefined;
    const without = lines.toSpliced(line.index, 1);
    const at = to.index < line.index ? to.index + 1 : to.index;
    return { at, lines: without.toSpliced(at, 0, line.text) };
  },
  'undefined name': onLine(
    ({ text }) => /\$[a-z]|zone=|_cache [a-z]|^\s*limit_conn /.test(text),
    (text, random) =>
      random() < 0.7
        ? text.replace(/\$[a-z]\w*/, (name) => `${name}zz`)
        : text.replace(/(zone=|_cache )([a-z]+)/, '$1$2zz'),
  ),
};

/** The mutant with this number of a text; undefined if the hand found nothing to change. */
export function mutant(text: string, seed: number): Mutant | undefined {
  const random = randomNumbers(seed);
  const kinds = Object.keys(MUTATORS);
  const kind = kinds[seed % kinds.length]!;
  const made = MUTATORS[kind]!(text.split('\n'), random);
  if (!made) return undefined;
  return { kind, text: made.lines.join('\n'), lines: [made.at + 1, ...(made.more ?? []).map((it) => it + 1)] };
}
