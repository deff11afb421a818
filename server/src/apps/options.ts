/**
 * Cuts arguments into options as the parsers of Python do it: argparse (abbreviations, clusters, `=`), click and getopt
 * agree on all that app servers are started with, except that click knows no abbreviations.
 */
import type { ArgWord } from './argWord.js';

export interface OptionSpec {
  /** What the option sets. */
  readonly setting: string;
  /** As written: `-b`, `--bind`. */
  readonly options: readonly string[];
  readonly takesValue: boolean;
}

export interface GivenOption {
  readonly spec: OptionSpec;
  /** The word that holds the option. */
  readonly word: ArgWord;
  /** Undefined for flags, and where the value is missing. */
  readonly value: ArgWord | undefined;
}

export interface GivenArgs {
  readonly options: readonly GivenOption[];
  readonly operands: readonly ArgWord[];
  /** Words that look like options and are none that the program knows. */
  readonly unknown: readonly ArgWord[];
}

/** Reads arguments by a table of options. `abbreviates`: a beginning that only one long option has stands for it, as in argparse. */
export function readOptions(args: readonly ArgWord[], specs: readonly OptionSpec[], abbreviates: boolean): GivenArgs {
  const options: GivenOption[] = [];
  const operands: ArgWord[] = [];
  const unknown: ArgWord[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    const { text } = word;
    if (text === '--') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (!text.startsWith('-') || text === '-' || /^-\d+(?:\.\d+)?$/.test(text)) {
      operands.push(word);
    } else if (text.startsWith('--')) {
      const equals = text.indexOf('=');
      const name = equals < 0 ? text : text.slice(0, equals);
      const spec = longOption(name, specs, abbreviates);
      if (!spec) {
        unknown.push(word);
        continue;
      }
      const value = equals >= 0 ? tail(word, equals + 1) : spec.takesValue ? args[++i] : undefined;
      options.push({ spec, word, value });
    } else i += readShort(word, args[i + 1], specs, options, unknown);
  }
  return { options, operands, unknown };
}

/** `-w3`, `-w=3` (argparse drops one `=`), `-Rw 3`. Returns how many further words it took. */
function readShort(
  word: ArgWord,
  next: ArgWord | undefined,
  specs: readonly OptionSpec[],
  options: GivenOption[],
  unknown: ArgWord[],
): number {
  const { text } = word;
  for (let at = 1; at < text.length; at++) {
    const spec = specs.find((it) => it.options.includes(`-${text[at]}`));
    if (!spec) {
      unknown.push(word);
      return 0;
    }
    if (!spec.takesValue) {
      options.push({ spec, word, value: undefined });
      continue;
    }
    if (at + 1 === text.length) {
      options.push({ spec, word, value: next });
      return 1;
    }
    options.push({ spec, word, value: tail(word, text[at + 1] === '=' ? at + 2 : at + 1) });
    return 0;
  }
  return 0;
}

function longOption(name: string, specs: readonly OptionSpec[], abbreviates: boolean): OptionSpec | undefined {
  const exact = specs.find((it) => it.options.includes(name));
  if (exact || !abbreviates) return exact;
  const matches = specs.flatMap((it) => it.options.filter((option) => option.startsWith(name)).map(() => it));
  return matches.length === 1 ? matches[0] : undefined;
}

/** The end of a word from an offset of its text. */
function tail(word: ArgWord, from: number): ArgWord {
  const text = word.text.slice(from);
  return { text, start: Math.max(word.start, word.end - text.length), end: word.end };
}

/** The value of the last option that sets `setting`. */
export function lastValue(given: GivenArgs, setting: string): ArgWord | undefined {
  return given.options.findLast((it) => it.spec.setting === setting)?.value;
}

/** Whether a flag is among the options. */
export function hasFlag(given: GivenArgs, setting: string): boolean {
  return given.options.some((it) => it.spec.setting === setting);
}
