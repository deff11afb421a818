/** Numbers, booleans, times and sizes: src/basic/parse-util.c, time-util.c and percent-util.c. */
import { parseTimeSpan } from '../timeSpan.js';
import { cutWords } from './words.js';

const BOOLEAN = /^(?:1|yes|y|true|t|on|0|no|n|false|f|off)$/i;

/** parse_boolean(): twelve spellings, case does not matter. */
export function isBoolean(text: string): boolean {
  return BOOLEAN.test(text);
}

/**
 * safe_atoi() and its kin: decimal, 0x, 0o (from 248), 0b, and a leading 0 for octal. Undefined when it is no number; the
 * caller checks the range.
 */
export function readInteger(text: string, base: 10 | 'any' = 'any'): bigint | undefined {
  const match = /^[ \t-\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)$/.exec(text);
  if (!match) return undefined;
  const [, sign, digits] = match as unknown as [string, string, string];
  let value: bigint;
  if (/^0\d/.test(digits) && base !== 10) {
    if (!/^[0-7]+$/.test(digits)) return undefined;
    value = BigInt(`0o${digits.slice(1)}`);
  } else value = BigInt(digits.toLowerCase());
  return sign === '-' ? -value : value;
}

export function isUnsigned(text: string, max = 0xffff_ffffn): boolean {
  const value = /^\s*-/.test(text) && !/^\s*-0+$/.test(text) ? undefined : readInteger(text);
  return value !== undefined && value >= 0n && value <= max;
}

export function isInteger(text: string, min: bigint, max: bigint): boolean {
  const value = readInteger(text);
  return value !== undefined && value >= min && value <= max;
}

/** parse_mode(): octal digits up to 7777. */
export function isMode(text: string): boolean {
  return /^(?:0[oO])?[0-7]+$/.test(text) && Number.parseInt(text.replace(/^0[oO]/, ''), 8) <= 0o7777;
}

const NANOSECONDS = /(\d)\s*n(?:sec|s)(?![a-z])/g;

/** parse_sec() or, with `nano`, parse_nsec(), which knows nanoseconds too. */
export function isTimeSpan(text: string, nano = false): boolean {
  return parseTimeSpan(nano ? text.replace(NANOSECONDS, '$1us') : text) !== undefined;
}

/** parse_size(): numbers with E P T G M K B in falling order. Undefined when it is none. */
export function readSize(text: string, base: 1000 | 1024): number | undefined {
  const suffixes = ['E', 'P', 'T', 'G', 'M', 'K', 'B', ''];
  let from = 0;
  let rest = text;
  let total = 0;
  do {
    rest = rest.replace(/^[ \t\n\r]+/, '');
    const match = /^\+?(\d+)(\.\d*)?/.exec(rest);
    if (!match) return undefined;
    rest = rest.slice(match[0].length).replace(/^[ \t\n\r]+/, '');
    let index = from;
    while (index < suffixes.length && !rest.startsWith(suffixes[index]!)) index++;
    if (index >= suffixes.length) return undefined;
    const power = Math.max(0, 6 - index);
    if (BigInt(match[1]!) * BigInt(base) ** BigInt(power) >= 2n ** 64n) return undefined;
    total += Number(match[1]! + (match[2] ?? '')) * base ** power;
    rest = rest.slice(suffixes[index]!.length);
    from = index + 1;
  } while (rest !== '');
  return total <= 2 ** 64 ? total : undefined;
}

/** parse_permyriad(): %, per mille or per ten thousand, with decimals as far as they go. In percent. */
export function readPercent(text: string): number | undefined {
  const match = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(text);
  if (match) return Number(`${match[1]}.${match[2] ?? 0}`);
  const mille = /^(\d+)(?:\.(\d))?\u2030$/.exec(text);
  if (mille) return Number(`${mille[1]}.${mille[2] ?? 0}`) / 10;
  const myriad = /^(\d+)\u2031$/.exec(text);
  return myriad ? Number(myriad[1]) / 100 : undefined;
}

/** parse_cpu_set(): numbers and ranges, parted by blanks or commas. */
export function isCpuSet(text: string, unquote = true): boolean {
  const { words, brokenAt } = cutWords(text, { unquote, separators: ' \t\n\r,' });
  if (brokenAt !== undefined) return false;
  return words.every(({ text: it }) => {
    const dash = it.indexOf('-', 1);
    const ends = dash < 0 ? [it] : [it.slice(0, dash), it.slice(dash + 1)];
    return ends.every((end) => isUnsigned(end, 8191n));
  });
}
