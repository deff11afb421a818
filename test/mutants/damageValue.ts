/** Faults inside the value of an assignment, and of whole assignments: what a hand slips on, whatever the key is. */
type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** Gives the damaged value; undefined where there is nothing to damage. */
type Damage = (value: string, random: Random) => string | undefined;

/** One of the matches of a pattern replaced. */
function oneOf(pattern: RegExp, by: (found: string, random: Random) => string): Damage {
  return (value, random) => {
    const found = [...value.matchAll(pattern)];
    if (found.length === 0) return undefined;
    const { 0: text, index } = pick(random, found);
    return value.slice(0, index) + by(text, random) + value.slice(index + text.length);
  };
}

const letter = (random: Random): string => pick(random, [...'abcdefghijklmnopqrstuvwxyz']);

function misspelt(word: string, random: Random): string {
  const at = Math.floor(random() * word.length);
  return pick(random, [
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + letter(random) + word.slice(at + 1),
    word.slice(0, at) + word[at] + word.slice(at),
  ]);
}

const UNITS = /(?<=\d ?)(?:msec|ms|min|seconds?|sec|s|hours?|hr|h|days?|d|weeks?|w|KiB|[KMGT%])(?=\s|$)/g;

export const DAMAGES: Readonly<Record<string, Damage>> = {
  'truncated value': (it, random) =>
    it.length < 2 ? undefined : it.slice(0, 1 + Math.floor(random() * (it.length - 1))),
  'removed quotation mark': oneOf(/["']/g, () => ''),
  'added quotation mark': (it, random) => {
    const at = Math.floor(random() * (it.length + 1));
    return it.slice(0, at) + pick(random, ['"', "'"]) + it.slice(at);
  },
  'damaged escape': oneOf(/\\./g, (_, random) =>
    pick(random, ['\\', '\\q', '\\x', '\\x2', '\\xg0', '\\u12', '\\0', '\\9', '\\-', '\\ ']),
  ),
  'damaged specifier': oneOf(/%./g, (_, random) => pick(random, ['%', '%z', '% ', '%%z', '%1', '%Q', '%-', '%k'])),
  'damaged variable': oneOf(/\$\{?\w+\}?/g, (_, random) =>
    pick(random, ['$', '${', '${A', '$}', '$$', '${A-B}', '$1']),
  ),
  'number out of range': oneOf(/\d+/g, (found, random) =>
    pick(random, [
      `-${found}`,
      `${found}000000`,
      '99999999999999999999',
      '4294967296',
      '65536',
      '0',
      '0o9',
      `0${found}`,
      `0x${found}g`,
      `${found}.`,
      '1e3',
      '',
      'ten',
    ]),
  ),
  'damaged measure': oneOf(UNITS, (found, random) =>
    pick(random, [
      `${found}x`,
      '',
      ' ',
      'sek',
      'mins',
      'minuts',
      'MB',
      'kb',
      'Mi',
      '%%',
      'm',
      'M',
      'y',
      'us',
      `${found} ${found}`,
    ]),
  ),
  'damaged word': oneOf(/[A-Za-z@_][\w@-]{2,}/g, misspelt),
  'damaged path': oneOf(/\/[\w./-]*/g, (found, random) =>
    pick(random, [
      found.slice(1),
      `.${found}`,
      `~${found}`,
      `${found}/`,
      `${found}/..`,
      `/.${found}`,
      `${found}/./x`,
      `file:${found}`,
      `"${found}`,
      '\\',
      '',
    ]),
  ),
  'other separator': oneOf(/[ ,:=]/g, (_, random) =>
    pick(random, [',', ':', ';', ' = ', '  ', '\t', ' ,', '', '=', '|', '+']),
  ),
  'lost colon': oneOf(/:/g, (_, random) => pick(random, ['', '::', ' :', ';', '.'])),
  'damaged address': oneOf(/\d+\.\d+\.\d+\.\d+|\[[\da-f:]*\]/g, (found, random) =>
    pick(random, [
      found.slice(1),
      found.slice(0, -1),
      `${found}.1`,
      found.replace('.', '..'),
      'localhost',
      '*',
      '256.1.1.1',
      '[:::]',
      '::1',
    ]),
  ),
  'doubled word': oneOf(/\S+/g, (found) => `${found} ${found}`),
  'odd sign': (it, random) =>
    pick(random, ['~', '!', '|', '-', '+', '@', ':', '=', '"" ', '.', '*', '^', '\\', '$']) + it,
  'odd end': (it, random) =>
    it +
    pick(random, [
      ',',
      ';',
      ':',
      '.',
      '"',
      '%',
      ' ;',
      ' #',
      '!',
      '=',
      ' &',
      ' \\',
      '/',
      '-',
      '~',
      '\u00a0',
      ' -',
      '\u2026',
      '$',
    ]),
  'other case of a word': oneOf(/[A-Za-z]{2,}/g, (found, random) =>
    random() < 0.5 ? found.toUpperCase() : found[0]!.toUpperCase() + found.slice(1),
  ),
  'removed word': oneOf(/\S+\s*/g, () => ''),
  'emptied value': () => '',
};

/** What a line becomes, as lines. */
export const SLIPS: Readonly<Record<string, (line: string, random: Random) => readonly string[] | undefined>> = {
  'doubled equals sign': (it) => [it.replace('=', '==')],
  'blanks around the equals sign': (it, random) => [it.replace('=', pick(random, [' = ', ' =', '= ', '\t=']))],
  'other sign for equals': (it, random) => [it.replace('=', pick(random, [':', ': ', ' ', '->', '+=', ':=']))],
  'dropped equals sign of any value': (it) => [it.replace('=', '')],
  'doubled assignment': (it) => [it, it],
  'emptied, then set': (it) => [it.replace(/=.*/, '='), it],
  'set, then emptied': (it) => [it, it.replace(/=.*/, '=')],
  'commented out': (it, random) => [pick(random, ['#', ';', '# ', '//', '--', '!', ' #']) + it],
  indented: (it, random) => [pick(random, [' ', '\t', '    ']) + it],
  'broken in two': (it, random) => {
    const at = 1 + Math.floor(random() * (it.length - 1));
    return [it.slice(0, at), it.slice(at)];
  },
  'broken in two with a backslash': (it, random) => {
    const at = 1 + Math.floor(random() * (it.length - 1));
    return [`${it.slice(0, at)}\\`, it.slice(at)];
  },
  'plural or singular key': (it) => [
    it.replace(/^(\w+?)(s?)=/, (_, key: string, end: string) => `${key}${end ? '' : 's'}=`),
  ],
  'key with a dash': (it) => [it.replace(/^([A-Z][a-z]+)([A-Z])/, '$1-$2')],
  'key in snake case': (it) => [it.replace(/^\w+/, (key) => key.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase())],
  'joined lines': (it) => [`${it} ${it}`],
};
