/**
 * Single faults by a hand that knows no grammar: it looks at letters and lines, and at what nginx's users mistype, mix up
 * and forget. Any text can be broken this way, in any style of writing.
 */
import { randomNumbers } from '../fuzz/edits.js';
import type { Mutant } from './mutate.js';

type Random = () => number;

/** The text behind the change, and the offsets in it that a person would point at. */
interface Broken {
  readonly text: string;
  readonly at: readonly number[];
}

const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];

function spliced(text: string, from: number, to: number, by: string): Broken {
  return { text: text.slice(0, from) + by + text.slice(to), at: [from] };
}

/** One match of a pattern, changed; comments are left alone. */
function onMatch(pattern: RegExp, change: (found: RegExpExecArray, random: Random) => string | undefined) {
  return (text: string, random: Random): Broken | undefined => {
    const found = pick(
      random,
      [...text.matchAll(pattern)].filter((it) => !/#[^'"]*$/.test(text.slice(lineStart(text, it.index), it.index))),
    );
    const by = found && change(found as RegExpExecArray, random);
    return by === undefined ? undefined : spliced(text, found!.index, found!.index + found![0].length, by);
  };
}

const lineStart = (text: string, offset: number) => text.lastIndexOf('\n', offset - 1) + 1;

/** A slip inside a word of letters. */
function slip(word: string, random: Random): string {
  const at = Math.floor(random() * word.length);
  const letter = String.fromCharCode(97 + Math.floor(random() * 26));
  return (
    pick(random, [
      word.slice(0, at) + word.slice(at + 1),
      word.slice(0, at) + word[at] + word.slice(at),
      word.slice(0, at) + letter + word.slice(at + 1),
      word.slice(0, at) + (word[at + 1] ?? letter) + word[at] + word.slice(at + 2),
      word[0]!.toUpperCase() + word.slice(1),
      word.toUpperCase(),
      word.replace('_', '-'),
      word.replace('_', ''),
      word.replace(/s$/, ''),
      `${word}s`,
    ]) ?? word
  );
}

/** Lines that hold one whole directive. */
const WHOLE = /^[ \t]*[a-z_]+[ \t][^\n;{}#]*;[ \t]*$/gm;
/** A whole block of lines, from the line with its name to the line with its brace. */
const BLOCK = /^([ \t]*)[a-z_]+[^\n;{}]*\n?[ \t]*\{[ \t]*\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)*\1\}[ \t]*$/gm;

function movedTo(text: string, found: RegExpExecArray, to: number): Broken | undefined {
  const end = found.index + found[0].length;
  if (to >= found.index && to <= end) return undefined;
  const without = text.slice(0, found.index) + text.slice(end);
  const at = to > end ? to - found[0].length : to;
  return { text: `${without.slice(0, at)}\n${found[0]}\n${without.slice(at)}`, at: [at + 1 + found[0].search(/\S/)] };
}

function moved(what: RegExp, places: RegExp) {
  return (text: string, random: Random): Broken | undefined => {
    const found = pick(random, [...text.matchAll(what)]);
    const place = pick(random, [...text.matchAll(places)]);
    return found && place && movedTo(text, found as RegExpExecArray, place.index + place[0].length);
  };
}

function again(what: RegExp) {
  return (text: string, random: Random): Broken | undefined => {
    const found = pick(random, [...text.matchAll(what)]);
    if (!found) return undefined;
    const end = found.index + found[0].length;
    const by = `\n${found[0]}`;
    return { text: text.slice(0, end) + by + text.slice(end), at: [found.index, end + 1 + found[0].search(/\S/)] };
  };
}

const HANDS: Readonly<Record<string, (text: string, random: Random) => Broken | undefined>> = {
  'lost letter': (text, random) => {
    const at = Math.floor(random() * text.length);
    return /\s/.test(text[at]!) ? undefined : spliced(text, at, at + 1, '');
  },
  'wrong letter': (text, random) => {
    const at = Math.floor(random() * text.length);
    return /\s/.test(text[at]!) ? undefined : spliced(text, at, at + 1, pick(random, [...'aeo_-.:;$/"\'{}=1 '])!);
  },
  'added letter': (text, random) => {
    const at = Math.floor(random() * text.length);
    return spliced(text, at, at, pick(random, [...'aes_-.:;$/"\'{}=10 ~'])!);
  },
  'typo in a name': onMatch(/(?<=^[ \t]*|[;{][ \t]+)[a-z_]{3,}(?=[ \t\n])/gm, ([name], random) => slip(name, random)),
  'typo in an argument': onMatch(/(?<=[ \t=])[a-z_]{2,}(?=[ \t;=])/g, ([word], random) => slip(word, random)),
  'dropped semicolon': onMatch(/;(?=[ \t]*$)/gm, () => ''),
  'dropped semicolon within a line': onMatch(/;(?=[ \t]*\S)/g, () => ''),
  'dropped brace': onMatch(/[{}]/g, () => ''),
  'doubled brace': onMatch(/[{}]/g, ([brace]) => brace + brace),
  'turned brace': onMatch(/[{}]/g, ([brace], random) =>
    random() < 0.3 ? pick(random, ['(', ')', '[', '<', ';']) : brace === '{' ? '}' : '{',
  ),
  'comma for a blank': onMatch(/(?<=^[ \t]*[a-z_]+[^\n;"']*[^\s;"'{])[ \t]+(?=[^\s{;])/gm, () => ', '),
  'equals for a blank': onMatch(/(?<=^[ \t]*[a-z_]+)[ \t]+(?=[^\s{;=~^])/gm, (_, random) =>
    pick(random, ['=', ' = ', ': ', ':']),
  ),
  'lost blank': onMatch(/(?<=\S)[ \t]+(?=\S)/g, () => ''),
  'line broken': onMatch(/(?<=\S)[ \t](?=\S)/g, () => '\n'),
  'lines joined': onMatch(/[ \t]*\n[ \t]*/g, () => ' '),
  'moved line': moved(WHOLE, /\{[ \t]*$/gm),
  'moved block': moved(BLOCK, /\{[ \t]*$|;[ \t]*$|^[ \t]*\}/gm),
  'doubled line': again(WHOLE),
  'doubled block': again(BLOCK),
  'lost line': onMatch(WHOLE, () => ''),
  'lost block': onMatch(BLOCK, () => ''),
  'extra argument': onMatch(/;(?=[ \t]*$)/gm, (_, random) =>
    pick(random, [' always;', ' on;', ' 10;', ' extra;', ' default;', ' 10m;', ' /var/www;']),
  ),
  'lost argument': onMatch(/[ \t]+[^\s;{}"']+(?=[ \t]*[;{])/g, () => ''),
  'all arguments lost': onMatch(/(?<=^[ \t]*[a-z_]+)[ \t][^\n;{}"']*(?=;)/gm, () => ''),
  'flag of another language': onMatch(/(?<=[ \t])(?:on|off)(?=;)/g, (_, random) =>
    pick(random, ['yes', 'no', 'true', 'false', '1', '0', 'On', 'OFF', 'enabled', 'none', 'auto', '"on"', 'on off']),
  ),
  'number damaged': onMatch(/(?<![\w.$\\{(-])\d+(?:[kmgKMGsmhdwyM]|ms)?(?=[\s;])/g, ([number], random) =>
    pick(random, [
      `-${number}`,
      `${number}.5`,
      `${number}b`,
      `${number}kb`,
      `${number}MB`,
      `${number} m`,
      `${number}min`,
      `${number}sec`,
      `${number}%`,
      `${number}00000000`,
      `0`,
      `0x10`,
      'ten',
      `${number}k`,
      `${number}g`,
      `"${number}"`,
      `${number},`,
      'unlimited',
    ]),
  ),
  'number in a keyword damaged': onMatch(/(?<=[a-z_]=)\d+[\w/]*(?=[\s;])/g, ([number], random) =>
    pick(random, ['', '0', `-${number}`, `${number}x`, 'all', `${number}000000000000`, `${number}/s`, `"${number}"`]),
  ),
  'undefined variable': onMatch(/\$[a-z]\w+/g, ([name], random) =>
    pick(random, [
      `${name}s`,
      name.replace('_', ''),
      `$my_${name.slice(1)}`,
      '$request_url',
      '$remote_ip',
      '$hostname_x',
      '$path',
      slip(name, random),
      name.toUpperCase(),
      name.replace('$', '$$'),
      `\${${name.slice(1)}`,
      `{${name}}`,
    ]),
  ),
  'undefined name': onMatch(
    /(?<=(?:zone|keys_zone)=|_cache[ \t]+|limit_conn[ \t]+|access_log[ \t]+\S+[ \t]+|upstream[ \t]+|log_format[ \t]+|_pass[ \t]+(?:\w+:\/\/)?)[a-z][\w-]+(?=[:;/ \t])/gi,
    ([name], random) => pick(random, [`${name}_new`, `${name}s`, slip(name, random), 'missing', name.slice(0, -1)]),
  ),
  'address damaged': onMatch(/(?:\d+\.){3}\d+(?::\d+|\/\d+)?|\[::1?\](?::\d+)?/g, ([address], random) =>
    pick(random, [
      `${address}:99999`,
      address.replace(/\d+/, '256'),
      address.replace(/\.\d+/, ''),
      address.replace('.', '..'),
      `${address}/64`,
      `${address}:`,
      `http://${address}`,
      address.replace(/[[\]]/g, ''),
      `${address}:http`,
      address.replace(/:(\d+)/, ' $1'),
      address.replace('.', ','),
    ]),
  ),
  'port damaged': onMatch(/(?<=listen[ \t]+)\d+/g, ([port], random) =>
    pick(random, [
      '0',
      '65536',
      `${port}a`,
      `:${port}`,
      `${port}/tcp`,
      `*.${port}`,
      `${port}:`,
      `${port}-`,
      '-1',
      `${port},443`,
      '1.2.3',
    ]),
  ),
  'quote lost': onMatch(/["']/g, () => ''),
  'other quote': onMatch(/["']/g, ([quote]) => (quote === '"' ? "'" : '"')),
  'typographic quote': onMatch(/["']/g, () => '\u201d'),
  'pattern damaged': onMatch(/(?<=(?:~\*?|rewrite)[ \t]+)[^\s;{]+/g, ([pattern], random) => {
    const at = Math.floor(random() * (pattern.length + 1));
    return (
      pattern.slice(0, at) +
      pick(random, ['(', ')', '[', ']', '*', '+', '?', '\\', '{2,1}', '(?<', '|', '^', '$'])! +
      pattern.slice(at)
    );
  }),
  'modifier mixed up': onMatch(/(?<=location[ \t]+)(?:=|~\*?|\^~)(?=[ \t])/g, (_, random) =>
    pick(random, ['==', '~=', '*~', '~^', '=~', '!~', '^', '', '~~', '@', 'regex']),
  ),
  'other directive': onMatch(/(?<=^[ \t]*)[a-z_]+(?=[ \t])/gm, (_, random) =>
    pick(random, [
      'root',
      'listen',
      'server',
      'proxy_pass',
      'return',
      'index',
      'set',
      'add_header',
      'expires',
      'allow',
      'if',
      'location',
      'upstream',
      'map',
      'rewrite',
      'try_files',
      'include',
      'error_page',
      'limit_req',
      'ssl',
      'gzip',
      'http2',
      'resolver',
      'alias',
      'internal',
      'satisfy',
    ]),
  ),
  'keyword added': onMatch(/(?<=(?:listen|server)[ \t]+[^;{}\n]+)(?=;)/g, (_, random) =>
    pick(random, [
      ' backup',
      ' down',
      ' ssl',
      ' http2',
      ' default',
      ' default_server',
      ' udp',
      ' weight=0',
      ' weight=x',
      ' max_fails=-1',
      ' fail_timeout=1x',
      ' backlog=0',
      ' reuseport',
      ' resolve',
      ' quic',
      ' spdy',
      ' bind',
      ' ipv6only=yes',
      ' so_keepalive=maybe',
      ' rcvbuf=1kb',
      ' slow_start=30s',
      ' port=80',
      ' https',
      ' deferred',
      ' fastopen=x',
      ' max_conns=10',
      ' proxy_protocol',
      ' setfib=1',
      ' accept_filter=x',
    ]),
  ),
};

/** Names of the kinds of faults. */
export const STRANGER_KINDS = Object.keys(HANDS);

/** The mutant with this number of a text; undefined if the hand found nothing to change. */
export function strangerMutant(text: string, seed: number): Mutant | undefined {
  const random = randomNumbers(seed);
  const kind = STRANGER_KINDS[seed % STRANGER_KINDS.length]!;
  const made = HANDS[kind]!(text, random);
  if (!made || made.text === text) return undefined;
  const lines = [...new Set(made.at.map((it) => made.text.slice(0, it).split('\n').length))];
  return { kind, text: made.text, lines };
}
