/** Which systemd the units are for, and what the catalog knows of its keys. */
import type { UnitKey } from './systemd.js';

/** `version` is the main version; undefined while nobody has said which systemd it is: the newest is assumed. */
export interface SystemdTarget {
  readonly version: number | undefined;
}

export const NEWEST_SYSTEMD: SystemdTarget = { version: undefined };

/** Reads `252`, `252.39` or the first line of `systemctl --version`; undefined for anything else. */
export function parseSystemdVersion(text: string): number | undefined {
  const match = /^\s*(?:systemd\s+)?v?(\d{3})(?:[.~(\s-].*)?\s*$/s.exec(text);
  return match ? Number(match[1]) : undefined;
}

/**
 * The version that brought the key, if it is newer than the target's; from the manual pages, else from the dumps of 252, 257
 * and 262. Undefined where the key is there, or where nothing certain is known.
 */
export function tooNewFor(key: UnitKey, { version }: SystemdTarget): number | undefined {
  if (version === undefined || !key.dumps) return undefined;
  const first = Math.min(...key.dumps);
  const since = key.since === undefined ? Number.NaN : Number(key.since);
  const certain = Number.isInteger(since) && since > 252 && since <= first ? since : first;
  const last = first === 257 ? 252 : first === 262 ? 257 : 0;
  return version < (certain === since ? since : last + 1) ? certain : undefined;
}
