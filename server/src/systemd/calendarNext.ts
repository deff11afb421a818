/** When a calendar expression is next due: calendar_spec_next_usec of systemd's calendarspec.c, step by step. */
import { type CalendarPart, type CalendarSpec, LAST_YEAR, SECOND } from './calendar.js';
import { offsetAt } from './timeZone.js';

/** A moment in fields, as in struct tm, with the full year and months from 0. */
interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Seconds that local time was ahead of UTC when the fields were last normalised. */
  offset: number | undefined;
}

// systemd gives up after as many.
const MOST_ROUNDS = 1000;

/**
 * Microseconds since 1970 of the first moment after `after` (the same unit); undefined when there is none up to 2199.
 * `localZone` is the machine's own time zone.
 */
export function nextElapse(spec: CalendarSpec, after: number, localZone: string): number | undefined {
  const clock = new Clock(spec.utc ? 'UTC' : (spec.timeZone ?? localZone));
  const from = after + 1;
  const begin = clock.fields(Math.floor(from / SECOND));
  const found = find(spec, clock, begin, from % SECOND);
  return found && clock.seconds(found.at) * SECOND + found.microsecond;
}

/** mktime(3) and localtime(3) of one time zone. */
class Clock {
  constructor(private readonly zone: string) {}

  fields(seconds: number): Fields {
    const offset = this.zone === 'UTC' ? 0 : offsetAt(this.zone, seconds);
    const date = new Date((seconds + offset) * 1000);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth(),
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      offset,
    };
  }

  seconds(at: Fields): number {
    const local = Date.UTC(at.year, at.month, at.day, at.hour, at.minute, at.second) / 1000;
    if (this.zone === 'UTC') return local;
    if (at.offset !== undefined) {
      // Of two readings of a repeated hour, the one that the fields came from.
      const same = local - at.offset;
      if (offsetAt(this.zone, same) === at.offset) return same;
    }
    const before = local - offsetAt(this.zone, local - 86_400);
    const after = local - offsetAt(this.zone, local + 86_400);
    for (const it of [before, after]) if (it + offsetAt(this.zone, it) === local) return it;
    return before;
  }

  normalized(at: Fields): Fields {
    return this.fields(this.seconds(at));
  }
}

const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

function compare(a: Fields, b: Fields): number {
  for (const it of FIELDS) if (a[it] !== b[it]) return a[it] - b[it];
  return 0;
}

/** What became of a field: it stays, it moved, there is nothing left, or the clock jumps over it. */
type Step = 'kept' | 'moved' | 'none' | 'jumped';

interface Search {
  readonly spec: CalendarSpec;
  readonly clock: Clock;
  c: Fields;
  microsecond: number;
}

function find(
  spec: CalendarSpec,
  clock: Clock,
  begin: Fields,
  beginMicrosecond: number,
): { at: Fields; microsecond: number } | undefined {
  const search: Search = { spec, clock, c: { ...begin }, microsecond: beginMicrosecond };
  let keepOffset = false;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    search.c = clock.normalized(search.c);
    if (!keepOffset) search.c.offset = undefined;
    const outcome = advance(search);
    if (outcome === 'never') return undefined;
    if (outcome === 'again') continue;
    const order = compare(begin, search.c);
    if (order > 0 || (order === 0 && beginMicrosecond >= search.microsecond + 1)) {
      keepOffset = true;
      search.c.hour++;
      continue;
    }
    return { at: search.c, microsecond: search.microsecond };
  }
  return undefined;
}

function advance(search: Search): 'found' | 'again' | 'never' {
  const { spec } = search;
  const year = step(search, spec.year, 'year');
  if (year === 'none' || year === 'jumped' || search.c.year > LAST_YEAR) return 'never';
  const upper = { month: 'year', day: 'month', hour: 'day', minute: 'hour' } as const;
  for (const field of ['month', 'day', 'hour', 'minute'] as const) {
    if (field === 'hour' && !matchesWeekday(search)) {
      carry(search, 'day');
      return 'again';
    }
    const outcome = step(search, spec[field], field);
    if (outcome === 'none') {
      carry(search, upper[field]);
      return 'again';
    }
    if (outcome === 'jumped') return 'again';
  }
  const last = step(search, spec.microsecond, 'second');
  if (last === 'none') carry(search, 'minute');
  return last === 'none' || last === 'jumped' ? 'again' : 'found';
}

/** One more of `field`, and everything below it at its beginning. */
function carry(search: Search, field: (typeof FIELDS)[number]): void {
  search.c[field]++;
  reset(search, field);
}

function reset(search: Search, below: (typeof FIELDS)[number]): void {
  for (const it of FIELDS.slice(FIELDS.indexOf(below) + 1)) search.c[it] = it === 'day' ? 1 : 0;
  search.microsecond = 0;
}

function step(search: Search, chain: readonly CalendarPart[], field: (typeof FIELDS)[number]): Step {
  const { c } = search;
  const base = field === 'month' ? 1 : 0;
  const value = field === 'second' ? c.second * SECOND + search.microsecond : c[field] + base;
  const match = earliest(search, chain, value, field === 'day' && search.spec.endOfMonth);
  if (match === undefined) return 'none';
  if (field === 'second') {
    c.second = Math.floor(match / SECOND);
    search.microsecond = match % SECOND;
  } else {
    c[field] = match - base;
    if (match !== value) reset(search, field);
  }
  const bounds = withinBounds(search);
  if (bounds === 'backward') return 'none';
  return bounds === 'beyond' ? 'jumped' : match === value ? 'kept' : 'moved';
}

/** The earliest value of a chain that is not before `value`: find_matching_component. */
function earliest(
  search: Search,
  chain: readonly CalendarPart[],
  value: number,
  endOfMonth: boolean,
): number | undefined {
  if (chain.length === 0) return value;
  let best: number | undefined;
  for (const part of chain) {
    let { start, stop } = part;
    if (endOfMonth) {
      start = fromEndOfMonth(search, part.start);
      stop = fromEndOfMonth(search, part.stop);
      if (stop > 0) [start, stop] = [stop, start];
    }
    if (start >= value) {
      if (best === undefined || start < best) best = start;
    } else if (part.repeat > 0) {
      const next = start + Math.ceil((value - start) / part.repeat) * part.repeat;
      if ((best === undefined || next < best) && (stop < 0 || next <= stop)) best = next;
    }
  }
  return best;
}

/** The day of the month that is `day` days from its end, the last one being 1; -1 when the month has no such day. */
function fromEndOfMonth({ c }: Search, day: number): number {
  const date = new Date(Date.UTC(c.year, c.month + 1, 1 - day));
  return date.getUTCMonth() === ((c.month % 12) + 12) % 12 ? date.getUTCDate() : -1;
}

/** Whether the fields are a moment that exists; moves on to one that does: tm_within_bounds. */
function withinBounds(search: Search): 'within' | 'beyond' | 'backward' {
  const { c, clock } = search;
  if (c.year > LAST_YEAR) return 'backward';
  const t = clock.normalized(c);
  const changed = FIELDS.find((it) => t[it] !== c[it]);
  if (changed === undefined) return 'within';
  if (t[changed] < c[changed]) return 'backward';
  if (changed === 'year') {
    t.month = 0;
    t.day = 1;
  } else if (changed !== 'second') {
    const next = FIELDS[FIELDS.indexOf(changed) + 1]!;
    t[next] = next === 'day' ? 1 : 0;
  }
  search.c = t;
  return 'beyond';
}

function matchesWeekday({ spec, c, clock }: Search): boolean {
  if (spec.weekdays < 0) return true;
  const t = clock.normalized(c);
  const sunday0 = new Date(Date.UTC(t.year, t.month, t.day)).getUTCDay();
  return (spec.weekdays & (1 << ((sunday0 + 6) % 7))) !== 0;
}
