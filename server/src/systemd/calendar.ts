/** Calendar expressions as systemd reads and writes them: systemd.time(7), calendarspec.c. */
import { isTimeZone } from './timeZone.js';

/** A number, a range or a series: `stop` is -1 without an end, `repeat` 0 without a repetition. Seconds count in microseconds. */
export interface CalendarPart {
  start: number;
  stop: number;
  repeat: number;
}

/** An empty list of parts is `*`. */
export interface CalendarSpec {
  /** Bits from Monday (1) to Sunday (64); -1 is any day. */
  weekdays: number;
  year: CalendarPart[];
  month: CalendarPart[];
  day: CalendarPart[];
  hour: CalendarPart[];
  minute: CalendarPart[];
  /** Seconds within the minute, in microseconds. */
  microsecond: CalendarPart[];
  /** Days count from the end of the month. */
  endOfMonth: boolean;
  utc: boolean;
  /** IANA name; undefined is the machine's own. */
  timeZone: string | undefined;
}

export const SECOND = 1_000_000;
const LARGEST_INT = 2 ** 31 - 1;
const LONGEST_CHAIN = 240;
const ALL_DAYS = 127;
const FIRST_YEAR = 1970;
export const LAST_YEAR = 2199;
const LONG_DAY_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Thrown inside this file where systemd would give up, and caught in it. */
class Refused extends Error {}

/** What stands for a whole expression: month, day, hour, minute. */
const WORDS: Readonly<
  Record<string, { weekdays?: number; month?: number[]; day?: number[]; hour?: true; minute?: true }>
> = {
  minutely: {},
  hourly: { minute: true },
  daily: { hour: true, minute: true },
  monthly: { day: [1], hour: true, minute: true },
  annually: { month: [1], day: [1], hour: true, minute: true },
  yearly: { month: [1], day: [1], hour: true, minute: true },
  // systemd keeps its own old slip of the pen.
  anually: { month: [1], day: [1], hour: true, minute: true },
  weekly: { weekdays: 1, hour: true, minute: true },
  quarterly: { month: [1, 4, 7, 10], day: [1], hour: true, minute: true },
  biannually: { month: [1, 7], day: [1], hour: true, minute: true },
  'bi-annually': { month: [1, 7], day: [1], hour: true, minute: true },
  semiannually: { month: [1, 7], day: [1], hour: true, minute: true },
  'semi-annually': { month: [1, 7], day: [1], hour: true, minute: true },
};

/**
 * The expression, normalised; `refused` when systemd refuses it, `unknown` when only the machine's own names of its time
 * zone can tell (`Mon 10:00 CEST` is right where local time is central European).
 */
export function parseCalendar(text: string): CalendarSpec | 'refused' | 'unknown' {
  const utc = / utc$/i.test(text);
  const space = text.lastIndexOf(' ');
  const last = space < 0 ? '' : text.slice(space + 1);
  const zone = !utc && isTimeZone(last) ? last : undefined;
  const spec = parseLocal(utc || zone !== undefined ? text.slice(0, space) : text, utc, zone);
  if (spec) return spec;
  const abbreviation = !utc && zone === undefined && /^(?:[A-Za-z]{3,6}|[+-]\d{2,4})$/.test(last);
  return abbreviation && parseLocal(text.slice(0, space), false, undefined) ? 'unknown' : 'refused';
}

function parseLocal(text: string, utc: boolean, timeZone: string | undefined): CalendarSpec | undefined {
  const spec: CalendarSpec = {
    weekdays: 0,
    year: [],
    month: [],
    day: [],
    hour: [],
    minute: [],
    microsecond: [],
    endOfMonth: false,
    utc,
    timeZone,
  };
  try {
    read(text, spec);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
  normalize(spec);
  return valid(spec) ? spec : undefined;
}

function read(text: string, spec: CalendarSpec): void {
  if (text === '') throw new Refused();
  const word = Object.hasOwn(WORDS, text.toLowerCase()) ? WORDS[text.toLowerCase()] : undefined;
  if (word) {
    spec.weekdays = word.weekdays ?? 0;
    spec.month = (word.month ?? []).map(constant);
    spec.day = (word.day ?? []).map(constant);
    spec.hour = word.hour ? [constant(0)] : [];
    spec.minute = word.minute ? [constant(0)] : [];
    spec.microsecond = [constant(0)];
    return;
  }
  const reader: Reader = { text, at: 0 };
  readWeekdays(reader, spec);
  if (!readDate(reader, spec)) readTime(reader, spec);
  if (reader.at < text.length) throw new Refused();
}

interface Reader {
  readonly text: string;
  at: number;
}

/** The character ahead, empty at the end. */
function peek(reader: Reader, ahead = 0): string {
  return reader.text[reader.at + ahead] ?? '';
}

function skipSpaces(reader: Reader): void {
  while (peek(reader) === ' ') reader.at++;
}

function constant(value: number): CalendarPart {
  return { start: value, stop: -1, repeat: 0 };
}

function readWeekdays(reader: Reader, spec: CalendarSpec): void {
  let from = -1;
  for (let first = true; ; first = false) {
    const rest = reader.text.slice(reader.at).toLowerCase();
    let length = 0;
    const day = LONG_DAY_NAMES.findIndex((it) => {
      length = rest.startsWith(it) ? it.length : rest.startsWith(it.slice(0, 3)) ? 3 : 0;
      return length > 0;
    });
    if (day < 0) {
      if (first) return;
      throw new Refused();
    }
    if (!['', '-', '.', ',', ' '].includes(peek(reader, length))) throw new Refused();
    if (from > day) throw new Refused();
    for (let it = from < 0 ? day : from; it <= day; it++) spec.weekdays |= 1 << it;
    reader.at += length;
    const next = peek(reader);
    if (next === '') return;
    if (next === ' ') {
      skipSpaces(reader);
      return;
    }
    if (next === ',') {
      from = -1;
      reader.at++;
    } else {
      if (from >= 0 || (next === '.' && peek(reader, 1) !== '.')) throw new Refused();
      from = day;
      reader.at += next === '.' ? 2 : 1;
    }
    // A comma may end the list, a range may not stay open.
    if (peek(reader) === '' || peek(reader) === ' ') {
      if (from >= 0) throw new Refused();
      skipSpaces(reader);
      return;
    }
  }
}

/** True when the date was all there is: `@` and seconds since 1970. */
function readDate(reader: Reader, spec: CalendarSpec): boolean {
  if (peek(reader) === '') return false;
  if (peek(reader) === '@') {
    readTimestamp(reader, spec);
    return true;
  }
  const begin = reader.at;
  const first = readChain(reader, false);
  if (peek(reader) === '' || peek(reader) === ':') {
    // It was the hour.
    reader.at = begin;
    return false;
  }
  readDateSeparator(reader, spec);
  const second = readChain(reader, false);
  if (peek(reader) === '' || peek(reader) === ' ') {
    skipSpaces(reader);
    spec.month = first;
    spec.day = second;
    return false;
  }
  if (spec.endOfMonth) throw new Refused();
  readDateSeparator(reader, spec);
  const third = readChain(reader, false);
  if (peek(reader) !== '' && peek(reader) !== ' ') throw new Refused();
  skipSpaces(reader);
  spec.year = first;
  spec.month = second;
  spec.day = third;
  return false;
}

function readDateSeparator(reader: Reader, spec: CalendarSpec): void {
  const separator = peek(reader);
  if (separator === '~') spec.endOfMonth = true;
  else if (separator !== '-') throw new Refused();
  reader.at++;
}

function readTimestamp(reader: Reader, spec: CalendarSpec): void {
  // strtoul(3) skips white space and takes a sign.
  const number = /^@[ \t\n\v\f\r]*([+-]?)(\d+)/.exec(reader.text.slice(reader.at));
  if (!number) throw new Refused();
  const seconds = Number(number[2]) * (number[1] === '-' ? -1 : 1);
  if (seconds < 0 || seconds > 253_402_300_799) throw new Refused();
  const date = new Date(seconds * 1000);
  spec.utc = true;
  spec.year = [constant(date.getUTCFullYear())];
  spec.month = [constant(date.getUTCMonth() + 1)];
  spec.day = [constant(date.getUTCDate())];
  spec.hour = [constant(date.getUTCHours())];
  spec.minute = [constant(date.getUTCMinutes())];
  spec.microsecond = [constant(date.getUTCSeconds() * SECOND)];
  reader.at += number[0].length;
}

function readTime(reader: Reader, spec: CalendarSpec): void {
  spec.hour = [constant(0)];
  spec.minute = [constant(0)];
  spec.microsecond = [constant(0)];
  if (peek(reader) === '') return;
  spec.hour = readChain(reader, false);
  if (peek(reader) !== ':') throw new Refused();
  reader.at++;
  spec.minute = readChain(reader, false);
  if (peek(reader) === '') return;
  if (peek(reader) !== ':') throw new Refused();
  reader.at++;
  spec.microsecond = readChain(reader, true);
  if (peek(reader) !== '') throw new Refused();
}

function readChain(reader: Reader, seconds: boolean): CalendarPart[] {
  if (peek(reader) === '*') {
    reader.at++;
    return seconds ? [{ start: 0, stop: -1, repeat: SECOND }] : [];
  }
  const parts: CalendarPart[] = [];
  for (;;) {
    if (parts.length > LONGEST_CHAIN) throw new Refused();
    parts.unshift(readPart(reader, seconds));
    if (peek(reader) !== ',') return parts;
    reader.at++;
  }
}

function readPart(reader: Reader, seconds: boolean): CalendarPart {
  const part = constant(readNumber(reader, seconds));
  if (peek(reader) === '.' && peek(reader, 1) === '.') {
    reader.at += 2;
    part.stop = readNumber(reader, seconds);
    part.repeat = seconds ? SECOND : 1;
  }
  if (peek(reader) === '/') {
    reader.at++;
    part.repeat = readNumber(reader, seconds);
    if (part.repeat === 0) throw new Refused();
  } else {
    if (part.start > LARGEST_INT - part.repeat) throw new Refused();
    if (seconds && part.stop >= 0 && part.start + part.repeat > part.stop) throw new Refused();
  }
  if (!['', ' ', ',', '-', '~', ':'].includes(peek(reader))) throw new Refused();
  return part;
}

function readNumber(reader: Reader, seconds: boolean): number {
  const digits = /^\d+/.exec(reader.text.slice(reader.at))?.[0];
  if (digits === undefined) throw new Refused();
  reader.at += digits.length;
  let value = Number(digits) * (seconds ? SECOND : 1);
  if (seconds && peek(reader) === '.' && peek(reader, 1) !== '.') {
    const fraction = /^\.(\d+)/.exec(reader.text.slice(reader.at))?.[1];
    if (fraction === undefined) throw new Refused();
    // Six digits count, the seventh rounds.
    value += Number(fraction.slice(0, 6).padEnd(6, '0')) + ((fraction[6] ?? '0') >= '5' ? 1 : 0);
    reader.at += fraction.length + 1;
  }
  if (value > LARGEST_INT) throw new Refused();
  return value;
}

function normalize(spec: CalendarSpec): void {
  if (spec.timeZone === 'UTC') {
    spec.utc = true;
    spec.timeZone = undefined;
  }
  if (spec.weekdays <= 0 || spec.weekdays >= ALL_DAYS) spec.weekdays = -1;
  if (spec.day.length === 0) spec.endOfMonth = false;
  for (const part of spec.year) {
    part.start = fullYear(part.start);
    part.stop = fullYear(part.stop);
  }
  for (const chain of chainsOf(spec)) normalizeChain(chain);
}

function fullYear(year: number): number {
  return year < 0 || year >= 100 ? year : year < 70 ? year + 2000 : year + 1900;
}

function chainsOf(spec: CalendarSpec): CalendarPart[][] {
  return [spec.year, spec.month, spec.day, spec.hour, spec.minute, spec.microsecond];
}

function normalizeChain(chain: CalendarPart[]): void {
  for (const part of chain) {
    if (part.stop > part.start && part.repeat > 0) part.stop -= (part.stop - part.start) % part.repeat;
    const once = part.stop > part.start && part.repeat > 0 && part.start + part.repeat > part.stop;
    if (once || part.start === part.stop) {
      part.repeat = 0;
      part.stop = -1;
    }
  }
  chain.sort(compare);
  for (let i = chain.length - 1; i > 0; i--) if (compare(chain[i - 1]!, chain[i]!) === 0) chain.splice(i, 1);
}

function compare(a: CalendarPart, b: CalendarPart): number {
  return a.start - b.start || a.stop - b.stop || a.repeat - b.repeat;
}

function valid(spec: CalendarSpec): boolean {
  const [year, month, day, hour, minute, microsecond] = chainsOf(spec) as [
    CalendarPart[],
    CalendarPart[],
    CalendarPart[],
    CalendarPart[],
    CalendarPart[],
    CalendarPart[],
  ];
  return (
    chainValid(year, FIRST_YEAR, LAST_YEAR, false) &&
    chainValid(month, 1, 12, false) &&
    chainValid(day, 1, 31, spec.endOfMonth) &&
    chainValid(hour, 0, 23, false) &&
    chainValid(minute, 0, 59, false) &&
    chainValid(microsecond, 0, 60 * SECOND - 1, false)
  );
}

function chainValid(chain: readonly CalendarPart[], from: number, last: number, endOfMonth: boolean): boolean {
  let to = last;
  return chain.every(({ start, stop, repeat }) => {
    // No more than 28 days from the end; systemd takes three more off for each further part.
    if (endOfMonth) to -= 3;
    if (start < from || start > to || repeat > to - from) return false;
    if (stop >= 0) return stop >= from && stop <= to && start + repeat <= stop;
    return endOfMonth ? start - repeat >= from : start + repeat <= to;
  });
}
