/** Numbers, sizes and times as nginx's own parsers read them. Undefined for what they refuse. */

// nginx's integers are signed and have 64 bits on what it runs on today.
const GREATEST = 2n ** 63n - 1n;

function digits(text: string): bigint | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > GREATEST ? undefined : value;
}

/** Whether a value is filled in before nginx sees it (a template), so that nothing can be said. */
export function isTemplated(value: string): boolean {
  return /\$\{(?!\d*,?\d*\})|\{\{|<%|%%|@@|\{%/.test(value);
}

/** `${name` without the brace that closes it. */
export const UNCLOSED = /\$\{[a-z]\w*(?=$|[\s$"'{=&|()<>;\\])/;

export interface ValueFault {
  /** Counted from 1, as nginx counts. */
  readonly arg: number;
  /** What belongs there, as the end of the sentence `must be ...`. */
  readonly expected: string;
  /** The words that are allowed, where it is one of few. */
  readonly words: readonly string[];
}

/** A whole number without a sign: ngx_atoi() in src/core/ngx_string.c. */
export function parseNumber(text: string): number | undefined {
  const value = digits(text);
  return value === undefined ? undefined : Number(value);
}

const SCALES: Readonly<Record<string, bigint>> = { k: 1024n, m: 1024n ** 2n, g: 1024n ** 3n };

function scaled(text: string, units: RegExp): number | undefined {
  const unit = units.test(text) ? text[text.length - 1]!.toLowerCase() : '';
  const value = digits(unit ? text.slice(0, -1) : text);
  const bytes = value === undefined ? undefined : value * (SCALES[unit] ?? 1n);
  return bytes === undefined || bytes > GREATEST ? undefined : Number(bytes);
}

/** Bytes; `k` and `m` may follow: ngx_parse_size() in src/core/ngx_parse.c. */
export function parseSize(text: string): number | undefined {
  return scaled(text, /[kKmM]$/);
}

/** Bytes; `k`, `m` and `g` may follow: ngx_parse_offset() in src/core/ngx_parse.c. */
export function parseOffset(text: string): number | undefined {
  return scaled(text, /[kKmMgG]$/);
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['y', 31_536_000],
  ['M', 2_592_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/**
 * A time in seconds: numbers with units from great to small, a last number without one in seconds. `ms` only where nginx
 * keeps milliseconds, years only where it keeps seconds: ngx_parse_time() in src/core/ngx_parse.c.
 */
export function parseTime(text: string, keeps: 'seconds' | 'milliseconds'): number | undefined {
  let total = 0;
  let rest = text;
  let value = '';
  // A month is the greatest unit of milliseconds in name only: nginx has passed that step when it begins.
  let step = keeps === 'seconds' ? -1 : 1;
  let valid = false;
  while (rest !== '') {
    const number = /^[0-9]*/.exec(rest)![0];
    value = number;
    if (number !== '') {
      valid = true;
      if (digits(number) === undefined) return undefined;
    }
    rest = rest.slice(number.length);
    if (rest === '') break;
    if (rest.startsWith('ms')) {
      if (keeps === 'seconds' || step >= 7) return undefined;
      step = 7;
      total += Number(value) / 1000;
      rest = rest.slice(2);
    } else {
      const at = rest[0] === ' ' ? 6 : UNITS.findIndex(([unit]) => unit === rest[0]);
      if (at < 0 || step >= at) return undefined;
      step = at;
      total += Number(value) * UNITS[at]![1];
      rest = rest.slice(1);
    }
    value = '';
    rest = rest.replace(/^ +/, '');
  }
  if (!valid) return undefined;
  total += Number(value);
  return total > Number(GREATEST) / 1000 ? undefined : total;
}
