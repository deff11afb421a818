/**
 * Single faults, made by a seeded hand that sees words and blocks instead of lines: any style of writing can be broken.
 */
import { randomNumbers } from '../fuzz/edits.js';
import type { Mutant } from './mutate.js';
import { type Statement, statementsOf, type Token } from './statements.js';

type Random = () => number;

interface Change {
  readonly from: number;
  readonly to: number;
  readonly with: string;
}

interface Broken {
  readonly changes: readonly Change[];
  /** Offsets in the text before that a person would point at. */
  readonly at: readonly number[];
}

interface Ground {
  readonly text: string;
  readonly all: readonly Statement[];
  readonly random: Random;
}

const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
const replaced = (token: { from: number; to: number }, text: string): Broken => ({
  changes: [{ from: token.from, to: token.to, with: text }],
  at: [token.from],
});

const argsOf = (it: Statement) => it.words.slice(1);
const isBlock = (it: Statement) => it.closing !== undefined;
const isLua = (it: Statement) => it.mark.from === it.mark.to;

/** Changes one word among those of all directives that fit; the change may be undefined. */
function onWord(fits: (word: Token, of: Statement) => boolean, change: (text: string, random: Random) => string) {
  return ({ all, random }: Ground): Broken | undefined => {
    const words = all.filter((it) => !isLua(it)).flatMap((it) => it.words.filter((word) => fits(word, it)));
    const word = pick(random, words);
    return word && replaced(word, change(word.text, random));
  };
}

const isName = (word: Token, of: Statement) => word === of.words[0];

function slip(word: string, random: Random): string {
  const at = 1 + Math.floor(random() * Math.max(1, word.length - 2));
  switch (Math.floor(random() * 4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return word.slice(0, at) + (word[at + 1] ?? '') + word[at] + word.slice(at + 2);
    case 2:
      return word.slice(0, at) + word[at] + word.slice(at);
    default:
      return word.slice(0, at) + 'abcdefghijklmnopqrstuvwxyz'[Math.floor(random() * 26)] + word.slice(at + 1);
  }
}

/** Takes a directive or a block out and puts it in elsewhere. */
function moved(ground: Ground, it: Statement | undefined, to: number | undefined): Broken | undefined {
  if (!it || to === undefined || (to >= it.from && to <= it.to)) return undefined;
  const text = ground.text.slice(it.from, it.to);
  return {
    changes: [
      { from: it.from, to: it.to, with: '' },
      { from: to, to, with: `\n${text}\n` },
    ],
    at: [to + 0.5],
  };
}

const behindBrace = (it: Statement) => it.mark.to;

const MUTATORS: Readonly<Record<string, (ground: Ground) => Broken | undefined>> = {
  'misspelt name': onWord(isName, slip),
  'dropped ;': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => one.mark.text === ';' && !isLua(one)),
    );
    return it && { ...replaced(it.mark, ''), at: [it.mark.from, it.from] };
  },
  'dropped {': ({ all, random }) => {
    const it = pick(random, all.filter(isBlock));
    return it && { ...replaced(it.mark, ''), at: [it.mark.from, it.from] };
  },
  'dropped }': ({ all, random }) => {
    const it = pick(random, all.filter(isBlock));
    return it?.closing && { ...replaced(it.closing, ''), at: [it.closing.from, it.from] };
  },
  'stray mark': ({ all, random }) => {
    const it = pick(random, all);
    const mark = pick(random, [';', '}', '{', '"', "'", ')', '= x;', 'x']);
    return it && { changes: [{ from: it.to, to: it.to, with: ` ${mark}` }], at: [it.to - 1] };
  },
  'dropped quote': onWord(
    (word) => /^["'].*["']$/s.test(word.text),
    (text, random) => (random() < 0.5 ? text.slice(1) : text.slice(0, -1)),
  ),
  unquoted: onWord(
    (word) => /^["'].*["']$/s.test(word.text),
    (text) => text.slice(1, -1),
  ),
  'missing argument': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => one.words.length > 1 && !isLua(one)),
    );
    const word = it && pick(random, argsOf(it));
    return word && replaced(word, '');
  },
  'extra argument': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => !isLua(one)),
    );
    const word = it && pick(random, it.words);
    return word && replaced({ from: word.to, to: word.to }, pick(random, [' on', ' surplus', ' 5', ' $host', ' /x'])!);
  },
  'swapped arguments': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => one.words.length > 2 && !isLua(one)),
    );
    if (!it) return undefined;
    const at = 1 + Math.floor(random() * (it.words.length - 2));
    const [a, b] = [it.words[at]!, it.words[at + 1]!];
    return {
      changes: [
        { from: a.from, to: a.to, with: b.text },
        { from: b.from, to: b.to, with: a.text },
      ],
      at: [a.from, b.from],
    };
  },
  'value of a neighbour': ({ all, random }) => {
    const at = Math.floor(random() * (all.length - 1));
    const [a, b] = [all[at]!, all[at + 1]!];
    if (isLua(a) || isLua(b)) return undefined;
    const [to, from] = [pick(random, argsOf(a)), pick(random, argsOf(b))];
    return to && from && replaced(to, from.text);
  },
  'value of another': ({ all, random }) => {
    const given = all.filter((it) => it.words.length > 1 && !isLua(it));
    const to = pick(random, argsOf(pick(random, given)!));
    const from = pick(random, argsOf(pick(random, given)!));
    return to && from && replaced(to, from.text);
  },
  'bad value': onWord(
    (word, of) => !isName(word, of),
    (text, random) =>
      pick(random, [`${text}x`, 'nonsense', '-1', '1x', '""', '99999999999999999999', '0', `-${text}`, 'of', '1.5'])!,
  ),
  'misspelt argument': onWord((word, of) => !isName(word, of) && /^[a-z_]{3,}/i.test(word.text), slip),
  'misspelt keyword': onWord(
    (word, of) => !isName(word, of) && /^[a-z_]+=/.test(word.text),
    (text, random) => {
      const [key] = text.split('=', 1);
      return slip(key!, random) + text.slice(key!.length);
    },
  ),
  'bad value of a keyword': onWord(
    (word, of) => !isName(word, of) && /^[a-z_]+=./.test(word.text),
    (text, random) => {
      const [key] = text.split('=', 1);
      return `${key}=${pick(random, ['', 'x', '0', '-1', '1x', '99999999999', `${text.slice(key!.length + 1)}x`, '1.5', ':'])}`;
    },
  ),
  'damaged unit': onWord(
    (word) => /^(?:\d+[a-zA-Z]+)+$/.test(word.text),
    (text, random) =>
      text.replace(
        /[a-zA-Z]+$/,
        (unit) => pick(random, ['kb', `${unit}${unit}`, 'x', 'mn', ' ', '%', unit.toUpperCase(), 'sec', 'g', 'M'])!,
      ),
  ),
  'port out of range': onWord(
    (word) => /(?:^|:)\d{2,5}(?:\/|$)/.test(word.text),
    (text, random) =>
      text.replace(
        /\d{2,5}(?=\/|$)/,
        () => pick(random, ['0', '65536', '70000', '99999', '', '80a', '-1', '443 443'])!,
      ),
  ),
  'damaged address': onWord(
    (word) => /(?:\d+\.){3}\d+|\[.*:.*\]/.test(word.text),
    (text, random) =>
      pick(random, [
        text.replace(/\d+\./, '300.'),
        text.replace(/\./, ''),
        text.replace(/\./, ','),
        text.replace(/\/\d+/, '/33'),
        text.replace(']', ''),
        text.replace('[', ''),
        text.replace(/:/, '::'),
      ])!,
  ),
  'damaged regex': onWord(
    (word) => /[\\^$]/.test(word.text) && /[()[\]*+]/.test(word.text),
    (text, random) =>
      pick(random, [
        text.replace(/\)/, ''),
        text.replace(/\(/, ''),
        text.replace(/\]/, ''),
        text.replace(/\[/, ''),
        text.replace(/[*+?]/, '**'),
        text.replace(/\\/, ''),
        text.replace(/\\(\w|\.)/, '\\'),
        text.replace(/\(\?/, '(?P'),
        text.replace(/>/, ''),
        text.replace(/\|/, '||'),
        text.replace(/[)]?$/, '{3,1}'),
        text.replace(/[)]?$/, '[z-a]'),
      ])!,
  ),
  'renamed variable': onWord(
    (word, of) => word.text.includes('$') && !isName(word, of),
    (text, random) =>
      text.replace(/\$\{?[a-z_0-9]+/i, (name) => pick(random, [`${name}_x`, slip(name, random), '$', `$${name}`])!),
  ),
  'renamed name': onWord(
    (word, of) =>
      word === of.words[1] &&
      /^(?:upstream|log_format|.*_cache|limit_conn|.*_pass|.*_zone|access_log|.*_cache_path|match|map)$/.test(
        of.words[0]!.text,
      ),
    (text, random) => (random() < 0.5 ? `${text}2` : slip(text, random)),
  ),
  'location modifier': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => one.words[0]!.text === 'location'),
    );
    const word = it?.words[1];
    return (
      word &&
      replaced({ from: word.from, to: word.from }, pick(random, ['= ', '~ ', '~* ', '^~ ', '=~ ', '! ', '@', '^= '])!)
    );
  },
  duplicate: ({ text, all, random }) => {
    const it = pick(
      random,
      all.filter((one) => !isBlock(one)),
    );
    return (
      it && {
        changes: [{ from: it.to, to: it.to, with: `\n${text.slice(it.from, it.to)}` }],
        at: [it.from, it.to + 0.5],
      }
    );
  },
  'duplicate block': ({ text, all, random }) => {
    const it = pick(
      random,
      all.filter((one) => isBlock(one)),
    );
    return (
      it && {
        changes: [{ from: it.to, to: it.to, with: `\n${text.slice(it.from, it.to)}` }],
        at: [it.from, it.to + 0.5],
      }
    );
  },
  'moved directive': (ground) => {
    const { all, random } = ground;
    return moved(
      ground,
      pick(
        random,
        all.filter((it) => !isBlock(it)),
      ),
      behindBrace(pick(random, all.filter(isBlock))!),
    );
  },
  'moved block': (ground) => {
    const { all, random } = ground;
    const block = pick(random, all.filter(isBlock))!;
    const to = pick(random, all)!;
    return moved(ground, block, isBlock(to) ? behindBrace(to) : to.from);
  },
  'level up': (ground) => {
    const it = pick(
      ground.random,
      ground.all.filter((one) => one.parent),
    );
    return moved(ground, it, it?.parent?.from);
  },
  'level down': (ground) => {
    const it = pick(ground.random, ground.all);
    const sisters = (it?.parent?.children ?? ground.all.filter((one) => !one.parent)).filter(
      (one) => one !== it && isBlock(one),
    );
    const sister = pick(ground.random, sisters);
    return moved(ground, it, sister && behindBrace(sister));
  },
  'lost directive': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => !isBlock(one)),
    );
    return it && { ...replaced(it, ''), at: [it.from, ...(it.parent ? [it.parent.from] : [])] };
  },
  'lost block': ({ all, random }) => {
    const it = pick(random, all.filter(isBlock));
    return it && { ...replaced(it, ''), at: [it.from, ...(it.parent ? [it.parent.from] : [])] };
  },
  'simple made block': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => !isBlock(one) && !isLua(one)),
    );
    return it && replaced(it.mark, ' { }');
  },
  'comment swallows': ({ all, random }) => {
    const it = pick(
      random,
      all.filter((one) => !isLua(one)),
    );
    const word = it && pick(random, [...argsOf(it), it.mark]);
    return word && { ...replaced({ from: word.from, to: word.from }, ' # '), at: [word.from, it.from] };
  },
};

/** Names of the kinds of faults. */
export const TOKEN_KINDS = Object.keys(MUTATORS);

/** The mutant with this number of a text; undefined if the hand found nothing to change. */
export function tokenMutant(text: string, seed: number): Mutant | undefined {
  const random = randomNumbers(seed);
  const kind = TOKEN_KINDS[seed % TOKEN_KINDS.length]!;
  const made = MUTATORS[kind]!({ text, all: statementsOf(text), random });
  if (!made) return undefined;
  const changes = [...made.changes].sort((a, b) => a.from - b.from);
  let result = '';
  let last = 0;
  for (const it of changes) {
    result += text.slice(last, it.from) + it.with;
    last = it.to;
  }
  result += text.slice(last);
  if (result === text) return undefined;
  return { kind, text: result, lines: linesOf(result, made.at, changes) };
}

/** Lines in the new text of offsets in the old one; with a half behind it, an offset means what was put in there. */
function linesOf(text: string, at: readonly number[], changes: readonly Change[]): number[] {
  return at.map((offset) => {
    let now = Math.floor(offset);
    const inserted = offset % 1 !== 0;
    for (const it of changes) {
      if (it.to <= offset && !(inserted && it.from === Math.floor(offset))) now += it.with.length - (it.to - it.from);
    }
    const line = text.slice(0, Math.max(0, now)).split('\n').length;
    return inserted ? line + 1 : line;
  });
}
