/** What a time span or a calendar expression of a unit means, and when it is next due. */
import { keyEntry } from '../catalog/systemd.js';
import { type CalendarSpec, parseCalendar, SECOND } from '../systemd/calendar.js';
import { nextElapse } from '../systemd/calendarNext.js';
import { formatCalendar, formatWeekdays } from '../systemd/calendarText.js';
import { FOREVER, formatTimeSpan, parseTimeSpan } from '../systemd/timeSpan.js';

/** The moment and the time zone in which local times are told. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** IANA name. */
  readonly zone: string;
}

function thisMachine(): Clock {
  return { now: Date.now(), zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

/** Markdown; undefined for keys that hold no time and values that systemd would refuse. */
export function timeText(
  section: string,
  key: string,
  type: string,
  value: string,
  clock: Clock = thisMachine(),
): string | undefined {
  const kind = keyEntry(section, key, type)?.type;
  if (kind === 'seconds') return spanText(value);
  return kind === 'calendar' ? calendarText(value, clock) : undefined;
}

function spanText(value: string): string | undefined {
  const span = parseTimeSpan(value);
  if (span === undefined) return undefined;
  if (span === FOREVER) return '**forever**: there is no limit.';
  const seconds = Number(span) / SECOND;
  return `**${formatTimeSpan(span)}**${span % 1_000_000n === 0n ? `, ${seconds} s` : ''}`;
}

function calendarText(value: string, clock: Clock): string | undefined {
  const spec = parseCalendar(value);
  if (typeof spec === 'string') return undefined;
  const zone = spec.utc ? 'UTC' : (spec.timeZone ?? clock.zone);
  const lines: string[] = [];
  let at: number | undefined = clock.now * 1000;
  while (lines.length < 3) {
    at = nextElapse(spec, at, clock.zone);
    if (at === undefined) break;
    lines.push(moment(at, zone));
  }
  const due =
    lines.length === 0
      ? 'Never due again.'
      : `Next: ${lines.join(', then ')}${spec.utc || spec.timeZone ? ` (${zone})` : ''}`;
  const words = inWords(spec);
  return `${words ? `**${words}**\n\n` : ''}\`${formatCalendar(spec)}\`\n\n${due}`;
}

function moment(microseconds: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(microseconds / 1000);
}

/** The commonest shapes in words; undefined for others, for which the normalised form has to do. */
function inWords(spec: CalendarSpec): string | undefined {
  const time = timeInWords(spec);
  if (!time || spec.year.length > 0 || spec.endOfMonth) return undefined;
  const everyDate = spec.month.length === 0 && spec.day.length === 0;
  if (everyDate) return spec.weekdays > 0 ? `${formatWeekdays(spec.weekdays)} ${time}` : everyDayOr(spec, time);
  const day = single(spec.day);
  if (spec.weekdays > 0 || day === undefined) return undefined;
  if (spec.month.length === 0) return `day ${day} of every month ${time}`;
  return undefined;
}

function everyDayOr(spec: CalendarSpec, time: string): string {
  return spec.hour.length === 0 ? time : `every day ${time}`;
}

function timeInWords({ hour, minute, microsecond }: CalendarSpec): string | undefined {
  const second = single(microsecond);
  if (second === undefined || second % SECOND !== 0) return undefined;
  const tail = second === 0 ? '' : `:${two(second / SECOND)}`;
  if (minute.length === 0) return hour.length === 0 && second === 0 ? 'every minute' : undefined;
  const every = minute.length === 1 && minute[0]!.start === 0 && minute[0]!.stop < 0 ? minute[0]!.repeat : 0;
  if (hour.length === 0 && every > 0 && second === 0) return `every ${every} minutes`;
  const at = single(minute);
  if (at === undefined) return undefined;
  if (hour.length === 0) return at === 0 && second === 0 ? 'every hour' : `every hour at ${two(at)}${tail || ' past'}`;
  const hours = hour.map((it) => (it.repeat === 0 ? it.start : undefined));
  if (hours.includes(undefined)) return undefined;
  return `at ${hours.map((it) => `${two(it!)}:${two(at)}${tail}`).join(' and ')}`;
}

function single(chain: CalendarSpec['day']): number | undefined {
  return chain.length === 1 && chain[0]!.repeat === 0 ? chain[0]!.start : undefined;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
