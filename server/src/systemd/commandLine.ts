/**
 * Command lines of `ExecStart=` and its kin, cut as systemd cuts them: "Command lines" in systemd.service(5),
 * extract_first_word() in src/basic/extract-word.c.
 */

export interface CommandWord {
  /** Quotes and C escapes gone; specifiers and variables still as written. */
  readonly text: string;
  /** Offsets in the value that the command line was cut from. */
  readonly start: number;
  readonly end: number;
}

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

/** Cuts a value into commands; a lone `;` separates them. */
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
  const { words, unbalancedAt } = splitWords(value);
  const commands: Command[] = [];
  let current: CommandWord[] = [];
  const finish = () => {
    const [first, ...args] = current;
    if (first) {
      const prefixes = prefixesOf(first.text);
      const program = { text: first.text.slice(prefixes.length), start: first.start + prefixes.length, end: first.end };
      commands.push({ prefixes, program, args });
    }
    current = [];
  };
  for (const word of words) {
    const length = word.end - word.start;
    if (word.text === ';' && length === 1) finish();
    // `\\;` as a word of its own is an argument `;`: config_parse_exec().
    else if (word.text === '\\;' && length === 2 && current.length > 0) current.push({ ...word, text: ';' });
    else current.push(word);
  }
  finish();
  return { commands, unbalancedAt };
}

/** The prefixes as config_parse_exec() takes them: each once, and of `+`, `!` and `!!` only one. */
function prefixesOf(word: string): string {
  let taken = '';
  for (const char of word) {
    const isPrivilege = char === '+' || char === '!';
    if (isPrivilege ? /\+|!!/.test(taken) || (char === '+' && taken.includes('!')) : taken.includes(char)) break;
    if (!'@-:+!|'.includes(char)) break;
    taken += char;
  }
  return taken;
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

/** Words with either quote and C escapes (systemd.syntax(7), "Quoting"). */
export function splitWords(value: string): { words: CommandWord[]; unbalancedAt: number | undefined } {
  const words: CommandWord[] = [];
  let at = 0;
  while (at < value.length) {
    const blanks = runOf(BLANKS, value, at);
    if (blanks > 0) {
      at += blanks;
      continue;
    }
    const start = at;
    let text = '';
    let quote = '';
    let quoteAt = 0;
    while (at < value.length) {
      const plain = runOf(quote === '' ? PLAIN : QUOTED, value, at);
      if (plain > 0) {
        text += value.slice(at, at + plain);
        at += plain;
        continue;
      }
      const char = value[at]!;
      if (quote === '' && isBlank(char)) break;
      if (char === '\\' && at + 1 < value.length) {
        const escaped = readEscape(value, at);
        text += escaped.text;
        at = escaped.end;
      } else if (quote === '' && (char === '"' || char === "'")) {
        quote = char;
        quoteAt = at++;
      } else if (char === quote) {
        quote = '';
        at++;
      } else {
        text += char;
        at++;
      }
    }
    if (quote !== '') return { words, unbalancedAt: quoteAt };
    words.push({ text, start, end: at });
  }
  return { words, unbalancedAt: undefined };
}

const BLANKS = /\s+/y;
/** Characters that mean nothing but themselves, outside of quotes and inside. */
const PLAIN = /[^\s\\"']+/y;
const QUOTED = /[^\\"']+/y;

function runOf(kind: RegExp, value: string, at: number): number {
  kind.lastIndex = at;
  return kind.test(value) ? kind.lastIndex - at : 0;
}

const isBlank = (char: string): boolean => /\s/.test(char);

function readEscape(value: string, at: number): { text: string; end: number } {
  const char = value[at + 1]!;
  const hex = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(value.slice(at, at + 10));
  if (hex) {
    const code = Number.parseInt((hex[1] ?? hex[2] ?? hex[3])!, 16);
    return { text: code <= 0x10ffff ? String.fromCodePoint(code) : '', end: at + hex[0].length };
  }
  const octal = /^\\([0-7]{3})/.exec(value.slice(at, at + 4));
  if (octal) return { text: String.fromCharCode(Number.parseInt(octal[1]!, 8)), end: at + 4 };
  // An unknown escape is kept as it stands: systemd warns of it and goes on.
  return { text: ESCAPES[char] ?? `\\${char}`, end: at + 2 };
}
