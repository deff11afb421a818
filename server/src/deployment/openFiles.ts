/** How many files a service may have open. */
import type { Place } from '../base/place.js';
import { placeOfValue } from '../syntax/unitSyntax.js';
import { settingOf, type Unit } from '../systemd/unit.js';

/** DefaultLimitNOFILE= of systemd-system.conf(5): the soft limit; programs may raise it to 524288 themselves. */
const USUAL = 1024;

export interface OpenFiles {
  /** The soft limit that the process starts with. */
  readonly most: number;
  /** Where it is set; undefined for systemd's default. */
  readonly at: Place | undefined;
}

/** LimitNOFILE= as `soft:hard` or one number for both, systemd.exec(5). Undefined where it is no number. */
export function openFilesOf(service: Unit): OpenFiles | undefined {
  const set = settingOf(service, 'Service', 'LimitNOFILE');
  if (!set) return { most: USUAL, at: undefined };
  const soft = set.entry.value.split(':')[0]!.trim();
  const at = placeOfValue(set.entry);
  if (soft === 'infinity') return { most: Number.POSITIVE_INFINITY, at };
  return /^\d+$/.test(soft) ? { most: Number(soft), at } : undefined;
}
