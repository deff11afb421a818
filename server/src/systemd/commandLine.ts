/** Command lines of `ExecStart=` and its kin, cut as config_parse_exec() in src/core/load-fragment.c cuts them. */
import { type Cutting, cutWord, cutWords, type Word } from './values/words.js';

/** Quotes and C escapes gone; specifiers and variables still as written. Offsets count in the value. */
export type CommandWord = Word;

export interface Command {
  /** `@`, `-`, `:`, `+`, `!`, `|` before the program, as written. */
  readonly prefixes: string;
  readonly program: CommandWord;
  readonly args: readonly CommandWord[];
}

/** A quote that does not close makes systemd drop the whole line. */
export interface CommandLine {
  readonly commands: readonly Command[];
  readonly unbalancedAt: number | undefined;
}

/** extract_first_word_and_warn(): an escape that C does not know stays as it stands, with a warning. */
const CUTTING: Cutting = { escapes: 'c', relaxed: true };

/** Cuts a value into commands. A lone `;` separates them, `\;` is an argument `;`. */
export function parseCommandLine(value: string): CommandLine {
  const before = latest.get(value);
  if (before) return before;
  const cut = cutCommands(value);
  if (latest.size >= 50) latest.clear();
  latest.set(value, cut);
  return cut;
}

/** A dozen rules look at each command line, one after the other. */
const latest = new Map<string, CommandLine>();

function cutCommands(value: string): CommandLine {
  const commands: Command[] = [];
  for (let at: number | undefined = 0; at !== undefined; ) {
    const first = cutWord(value, at, CUTTING);
    if (!first) break;
    if ('brokenAt' in first) return { commands, unbalancedAt: first.brokenAt };
    at = first.next;
    if (first.word.text === ';') continue;
    const args: CommandWord[] = [];
    const { length } = readPrefixes(first.word.text);
    const { text, start, end } = first.word;
    commands.push({
      prefixes: text.slice(0, length),
      program: { text: text.slice(length), start: start + length, end },
      args,
    });
    while (at !== undefined) {
      const semicolon = semicolonAt(value, at);
      if (semicolon?.separates) {
        at = semicolon.next;
        break;
      }
      if (semicolon) {
        args.push({ text: ';', start: at, end: at + 2 });
        at = semicolon.next;
        continue;
      }
      const cut = cutWord(value, at, CUTTING);
      if (!cut) return { commands, unbalancedAt: undefined };
      if ('brokenAt' in cut) return { commands, unbalancedAt: cut.brokenAt };
      args.push(cut.word);
      at = cut.next;
    }
  }
  return { commands, unbalancedAt: undefined };
}

/** A `;` or `\;` that is a word of its own at `at`, where a word may begin after the first; `next` is where the one after it begins. */
export function semicolonAt(value: string, at: number): { separates: boolean; next: number } | undefined {
  const match = /^(\\?);(?:[ \t\n\r]+|$)/.exec(value.slice(at, at + 3));
  if (!match) return undefined;
  let next = at + match[1]!.length + 1;
  while (next < value.length && ' \t\n\r'.includes(value[next]!)) next++;
  return { separates: match[1] === '', next };
}

export interface Prefixes {
  /** How many characters of the first word they take. */
  readonly length: number;
  /** A `-`: what is wrong is ignored together with the rest of the line; without it the unit does not load. */
  readonly lenient: boolean;
  /** An `@`: the next word is argv[0]. */
  readonly named: boolean;
  /** A `!!`, which came to nothing with 258. */
  readonly fallback: boolean;
  /** A `|`: the user's shell gets the words, and no program is looked for. */
  readonly shell: boolean;
}

/** Each prefix counts once, and of + and ! one kind; what comes then is the program. `|` came with 258. */
export function readPrefixes(word: string, version: number = Number.POSITIVE_INFINITY): Prefixes {
  let length = 0;
  let lenient = false;
  let named = false;
  let literal = false;
  let shell = false;
  let rights = '';
  for (; length < word.length; length++) {
    const char = word[length]!;
    if (char === '-' && !lenient) lenient = true;
    else if (char === '@' && !named) named = true;
    else if (char === ':' && !literal) literal = true;
    else if (char === '|' && !shell && version >= 258) shell = true;
    else if (char === '+' && rights === '') rights = '+';
    else if (char === '!' && (rights === '' || rights === '!')) rights += '!';
    else break;
  }
  return { length, lenient, named, shell, fallback: rights === '!!' };
}

/** Words with either quote and C escapes (systemd.syntax(7), "Quoting"). */
export function splitWords(value: string): { words: readonly CommandWord[]; unbalancedAt: number | undefined } {
  const { words, brokenAt } = cutWords(value, CUTTING);
  return { words, unbalancedAt: brokenAt };
}
