/** Single faults, made by a seeded hand in a unit file. */
import { randomNumbers } from '../fuzz/edits.js';
import type { Mutant } from './mutate.js';

type Random = () => number;
type Change = { readonly at: number; readonly lines: readonly string[] } | undefined;

const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];

/** Lines that are an assignment by themselves: parts of continued ones would be other faults. */
function assignments(lines: readonly string[], matching = /./): number[] {
  return lines.flatMap((it, i) =>
    /^[A-Z]\w*=/.test(it) && !it.endsWith('\\') && !lines[i - 1]?.endsWith('\\') && matching.test(it) ? [i] : [],
  );
}

function typo(word: string, random: Random): string {
  const at = Math.floor(random() * (word.length - 1));
  const letter = 'abcdefghijklmnopqrstuvwxyz'[Math.floor(random() * 26)]!;
  switch (Math.floor(random() * 4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
    case 2:
      return word.slice(0, at) + word[at] + word.slice(at);
    default:
      return word.slice(0, at) + letter + word.slice(at + 1);
  }
}

function changing(matching: RegExp, change: (line: string, random: Random) => string | undefined) {
  return (lines: readonly string[], random: Random): Change => {
    const at = pick(random, assignments(lines, matching));
    const changed = at === undefined ? undefined : change(lines[at]!, random);
    return at === undefined || changed === undefined || changed === lines[at]
      ? undefined
      : { at, lines: lines.with(at, changed) };
  };
}

const keyOf = (line: string): string => line.slice(0, line.indexOf('='));
const valueIn = (line: string): string => line.slice(line.indexOf('=') + 1);
const BAD = [
  'maybe',
  '5 potatoes',
  '-1',
  '99999999999999999999',
  '0x',
  'a/b',
  '/a/../b',
  '#',
  'none of it',
  '',
  'yes yes',
  '%',
];
const DEPENDENCY = /^(?:After|Before|Wants|Requires|BindsTo|PartOf|Conflicts|OnFailure)=./;

export const MUTATORS: Readonly<Record<string, (lines: readonly string[], random: Random) => Change>> = {
  'key typo': changing(/./, (it, random) => typo(keyOf(it), random) + it.slice(keyOf(it).length)),
  'section typo': (lines, random) => {
    const at = pick(
      random,
      lines.flatMap((it, i) => (/^\[\w+\]$/.test(it) ? [i] : [])),
    );
    return at === undefined ? undefined : { at, lines: lines.with(at, `[${typo(lines[at]!.slice(1, -1), random)}]`) };
  },
  'dropped equals sign': changing(/^\w+=[^=]*$/, (it) => it.replace('=', ' ')),
  'bad value': changing(/^(?!Description|Documentation)/, (it, random) => `${keyOf(it)}=${pick(random, BAD)}`),
  'value typo': changing(/=[a-z-]{3,}$/, (it, random) => `${keyOf(it)}=${typo(valueIn(it), random)}`),
  'moved key': (lines, random) => {
    const at = pick(random, assignments(lines));
    const to = pick(
      random,
      lines.flatMap((it, i) => (/^\[\w+\]$/.test(it) ? [i] : [])),
    );
    if (at === undefined || to === undefined) return undefined;
    const without = lines.toSpliced(at, 1);
    const there = to < at ? to + 1 : to;
    return { at: there, lines: without.toSpliced(there, 0, lines[at]!) };
  },
  'second ExecStart': (lines, random) => {
    const at = pick(random, assignments(lines, /^ExecStart=/));
    return at === undefined ? undefined : { at: at + 1, lines: lines.toSpliced(at + 1, 0, lines[at]!) };
  },
  'removed command': (lines, random) => {
    const at = pick(random, assignments(lines, /^(?:ExecStart|Listen\w+|On\w+Sec|OnCalendar|Path\w+)=/));
    return at === undefined ? undefined : { at, lines: lines.toSpliced(at, 1) };
  },
  'broken quoting': changing(/^(?:Exec\w+|Environment)=/, (it, random) =>
    random() < 0.5 ? `${it} "x` : it.replace(/=/, "='"),
  ),
  'unknown specifier': changing(
    /^(?:Exec|Environment|WorkingDirectory|User|After|RuntimeDirectory)\w*=./,
    (it, random) => `${it}${pick(random, ['%z', '%Q', '%'])}`,
  ),
  'bad continuation': changing(/^\w+=[^=]*$/, (it, random) => (random() < 0.5 ? `${it} \\` : `${it} \\ `)),
  'bad unit name': changing(
    DEPENDENCY,
    (it, random) =>
      `${it}${pick(random, [' foo', '.servce', ' a b.service', ' x/y.service', ' @.service', ' a@.service'])}`,
  ),
  'relative path': changing(
    /^(?:ExecStart|WorkingDirectory|EnvironmentFile|PIDFile|ListenStream|ReadWritePaths)=-?\//,
    (it) => it.replace(/\//, ''),
  ),
  'relative command': changing(/^Exec\w+=-?\//, (it) => it.replace(/=-?\//, '=./')),
};

/** The mutant with this number of a text; undefined if the hand found nothing to change. */
export function unitMutant(text: string, seed: number): Mutant | undefined {
  const random = randomNumbers(seed);
  const kinds = Object.keys(MUTATORS);
  const kind = kinds[Math.floor(random() * kinds.length)]!;
  const made = MUTATORS[kind]!(text.split('\n'), random);
  if (!made) return undefined;
  const changed = made.lines.join('\n');
  return changed === text ? undefined : { kind, text: changed, lines: [made.at + 1] };
}
