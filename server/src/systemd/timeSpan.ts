/** Time spans as systemd reads and writes them: systemd.time(7), parse_time and format_timespan in its time-util.c. */

/** What `infinity` is: the largest 64-bit number of microseconds. */
export const FOREVER = 2n ** 64n - 1n;

const SECOND = 1_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
const WEEK = 7n * DAY;
// A year has 365.25 days and a month a twelfth of that.
const YEAR = 31_557_600n * SECOND;
const MONTH = 2_629_800n * SECOND;

// In the order in which systemd tries them: the first that the text begins with is the unit, so `mon` is `m` and a junk `on`.
const UNITS: readonly (readonly [suffix: string, microseconds: bigint])[] = [
  ['seconds', SECOND],
  ['second', SECOND],
  ['sec', SECOND],
  ['s', SECOND],
  ['minutes', MINUTE],
  ['minute', MINUTE],
  ['min', MINUTE],
  ['months', MONTH],
  ['month', MONTH],
  ['M', MONTH],
  ['msec', 1_000n],
  ['ms', 1_000n],
  ['m', MINUTE],
  ['hours', HOUR],
  ['hour', HOUR],
  ['hr', HOUR],
  ['h', HOUR],
  ['days', DAY],
  ['day', DAY],
  ['d', DAY],
  ['weeks', WEEK],
  ['week', WEEK],
  ['w', WEEK],
  ['years', YEAR],
  ['year', YEAR],
  ['y', YEAR],
  ['usec', 1n],
  ['us', 1n],
  ['\u03bcs', 1n],
  ['\u00b5s', 1n],
];

const LARGEST_NUMBER = 2n ** 63n - 1n;

/**
 * Microseconds of a time span; undefined when systemd refuses it. A number without a unit counts in `defaultUnit`
 * microseconds: seconds for almost every key.
 */
export function parseTimeSpan(text: string, defaultUnit: bigint = SECOND): bigint | undefined {
  let rest = text.replace(/^[ \t\n\r]+/, '');
  if (/^infinity[ \t\n\r]*$/.test(rest)) return FOREVER;
  let sum = 0n;
  for (let something = false; ; something = true) {
    rest = rest.replace(/^[ \t\n\r]+/, '');
    if (rest === '') return something ? sum : undefined;
    // strtoll(3) takes a plus sign; a minus is refused even before a nought.
    const number = /^(?:[\v\f]*\+?(\d+)|(?=\.))(\.(\d*))?/.exec(rest);
    if (!number) return undefined;
    const whole = BigInt(number[1] ?? 0);
    if (whole > LARGEST_NUMBER) return undefined;
    rest = rest.slice(number[0].length);
    const spaced = rest.replace(/^[ \t\n\r]+/, '');
    const unit = UNITS.find(([suffix]) => spaced.startsWith(suffix));
    if (!unit && spaced === rest && rest !== '') return undefined;
    rest = unit ? spaced.slice(unit[0].length) : spaced;
    const microseconds = unit ? unit[1] : defaultUnit;
    if (whole >= FOREVER / microseconds) return undefined;
    if (whole * microseconds >= FOREVER - sum) return undefined;
    sum += whole * microseconds;
    if (number[2] === undefined) continue;
    if (number[3] === '') return undefined;
    let digitIsWorth = microseconds / 10n;
    for (const digit of number[3]!) {
      if (digitIsWorth === 0n) break;
      sum += BigInt(digit) * digitIsWorth;
      if (sum >= FOREVER) return undefined;
      digitIsWorth /= 10n;
    }
  }
}

const SHOWN: readonly (readonly [suffix: string, microseconds: bigint])[] = [
  ['y', YEAR],
  ['month', MONTH],
  ['w', WEEK],
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
  ['s', SECOND],
  ['ms', 1_000n],
  ['us', 1n],
];

/** A span in systemd's own form, as `1h 30min` or `1.500s`; `microseconds` is not negative. */
export function formatTimeSpan(microseconds: bigint): string {
  if (microseconds === FOREVER) return 'infinity';
  if (microseconds <= 0n) return '0';
  const parts: string[] = [];
  let left = microseconds;
  for (const [suffix, worth] of SHOWN) {
    if (left < worth) continue;
    const rest = left % worth;
    if (left < MINUTE && rest > 0n) {
      const digits = String(worth).length - 1;
      parts.push(`${left / worth}.${String(rest).padStart(digits, '0')}${suffix}`);
      break;
    }
    parts.push(`${left / worth}${suffix}`);
    left = rest;
    if (left === 0n) break;
  }
  return parts.join(' ');
}
