/** A calendar expression written out: calendar_spec_to_string of systemd's calendarspec.c. */
import { type CalendarPart, type CalendarSpec, SECOND } from './calendar.js';

const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The expression in systemd's normalised form, as `Mon *-*-* 03:00:00`. */
export function formatCalendar(spec: CalendarSpec): string {
  const days = spec.weekdays > 0 ? `${formatWeekdays(spec.weekdays)} ` : '';
  const date = `${formatChain(spec.year, 4)}-${formatChain(spec.month, 2)}${spec.endOfMonth ? '~' : '-'}${formatChain(spec.day, 2)}`;
  const time = `${formatChain(spec.hour, 2)}:${formatChain(spec.minute, 2)}:${formatSeconds(spec.microsecond)}`;
  return `${days}${date} ${time}${spec.utc ? ' UTC' : spec.timeZone === undefined ? '' : ` ${spec.timeZone}`}`;
}

/** Names of the days in a set of bits, runs of three and more as ranges. */
export function formatWeekdays(bits: number): string {
  const runs: string[] = [];
  for (let day = 0; day < 7; day++) {
    if (!(bits & (1 << day))) continue;
    const first = day;
    while (day < 6 && bits & (1 << (day + 1))) day++;
    const [from, to] = [DAY_NAMES[first], DAY_NAMES[day]];
    runs.push(first === day ? from! : `${from}${day > first + 1 ? '..' : ','}${to}`);
  }
  return runs.join(',');
}

function formatChain(chain: readonly CalendarPart[], width: number): string {
  if (chain.length === 0) return '*';
  return chain
    .map(({ start, stop, repeat }) => {
      const range = stop > 0 ? `..${String(stop).padStart(width, '0')}` : '';
      return `${String(start).padStart(width, '0')}${range}${repeat > 0 && !(stop > 0 && repeat === 1) ? `/${repeat}` : ''}`;
    })
    .join(',');
}

function formatSeconds(chain: readonly CalendarPart[]): string {
  if (chain.length === 0 || chain.some((it) => it.start === 0 && it.stop < 0 && it.repeat === SECOND)) return '*';
  const fraction = (value: number) => (value % SECOND > 0 ? `.${String(value % SECOND).padStart(6, '0')}` : '');
  const whole = (value: number) => String(Math.floor(value / SECOND)).padStart(2, '0') + fraction(value);
  return chain
    .map(({ start, stop, repeat }) => {
      const range = stop > 0 ? `..${whole(stop)}` : '';
      // A repetition of whole seconds inside a range goes without saying, but systemd prints the fraction of any.
      const every = repeat > 0 && !(stop > 0 && repeat === SECOND) ? `/${Math.floor(repeat / SECOND)}` : '';
      return `${whole(start)}${range}${every}${fraction(repeat)}`;
    })
    .join(',');
}
