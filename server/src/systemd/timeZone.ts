/** Time zones by their IANA names, from the tables that the JavaScript engine carries. */

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Offset by hour since 1970, for hours that have been asked about. */
  readonly offsets: Map<number, number>;
}

/** Emptied never: there are some 600 names; undefined for names that are none. */
const zones = new Map<string, Zone | undefined>();
const MOST_OFFSETS = 20_000;
const HOUR = 3600;

function zoneOf(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name);
  const zone = openZone(name);
  if (zones.size < 2_000) zones.set(name, zone);
  return zone;
}

function openZone(name: string): Zone | undefined {
  // systemd reads files below /usr/share/zoneinfo, which has everything twice more below posix/ and right/.
  const plain = name.replace(/^(?:posix|right)\//, '');
  if (!/^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(plain)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: plain,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const canonical = format.resolvedOptions().timeZone;
    // The engine does not mind case, the file system does.
    if (canonical !== plain && canonical.toLowerCase() === plain.toLowerCase()) return undefined;
    return { format, offsets: new Map() };
  } catch {
    return undefined;
  }
}

/** Whether systemd takes the word as a time zone (timezone_is_valid). */
export function isTimeZone(name: string): boolean {
  return zoneOf(name) !== undefined;
}

/** Seconds that local time is ahead of UTC at a moment in seconds since 1970; 0 for a name that is none. */
export function offsetAt(name: string, seconds: number): number {
  const zone = zoneOf(name);
  if (!zone) return 0;
  // Offsets change at quarters of an hour at the finest.
  const slot = Math.floor((seconds / HOUR) * 4);
  let offset = zone.offsets.get(slot);
  if (offset === undefined) {
    if (zone.offsets.size >= MOST_OFFSETS) zone.offsets.clear();
    zone.offsets.set(slot, (offset = offsetBy(zone.format, slot * (HOUR / 4))));
  }
  return offset;
}

function offsetBy(format: Intl.DateTimeFormat, seconds: number): number {
  const fields: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(seconds * 1000)) fields[type] = Number(value);
  const { year, month, day, hour, minute, second } = fields;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) / 1000 - seconds;
}
