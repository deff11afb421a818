/** Which nginx the configuration is for, and what the catalog's records of versions say about that. */
import type { NginxArgs, NginxDirective } from './nginx.js';

/** A version as nginx writes it; `[1, 22]` means any release of the branch 1.22. */
export type NginxVersion = readonly number[];

/** `version` is undefined while nobody has said which nginx it is: the newest is assumed, and old things are no error. */
export interface NginxTarget {
  readonly version: NginxVersion | undefined;
  /** Modules and directives that the user says are there, beside those of the catalog. */
  readonly modules?: readonly string[];
  /** The configuration loads a module that the catalog does not have. */
  readonly loadsUnknown?: boolean;
  /** Modules of the catalog, by name, that are shared objects of their own and that nothing loads; absent where that is open. */
  readonly unloaded?: readonly string[];
}

export const NEWEST: NginxTarget = { version: undefined };

/** Reads `1.22`, `1.22.1` or `nginx/1.22.1`; undefined for anything else. */
export function parseNginxVersion(text: string): NginxVersion | undefined {
  const match = /^\s*(?:nginx\/)?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?\s*$/.exec(text);
  return match ? match.slice(1).filter(Boolean).map(Number) : undefined;
}

/** Whether `version` is `since` or newer. A branch counts as its last release. */
export function isAtLeast(version: NginxVersion, since: NginxVersion): boolean {
  for (const [i, part] of since.entries()) {
    const own = version[i];
    if (own === undefined || own > part) return true;
    if (own < part) return false;
  }
  return true;
}

/** Whether the directive exists in that nginx, as far as records go: silent ones count as there. */
export function existsIn(entry: NginxDirective, { version }: NginxTarget): boolean {
  if (!version) return true;
  const since = entry.since === undefined ? undefined : parseNginxVersion(entry.since);
  if (since && !isAtLeast(version, since)) return false;
  const removed = entry.removed === undefined ? undefined : parseNginxVersion(entry.removed);
  return !removed || !isAtLeast(version, removed);
}

/** How many arguments the directive takes in that nginx. */
export function argsIn({ args, formerArgs }: NginxDirective, { version }: NginxTarget): NginxArgs {
  const changed = formerArgs && parseNginxVersion(formerArgs.before);
  return version && changed && !isAtLeast(version, changed) ? formerArgs.args : args;
}

/** Whether the directive takes this many arguments in that nginx. */
export function takes(entry: NginxDirective, count: number, target: NginxTarget): boolean {
  const args = argsIn(entry, target);
  if (args.counts && args.counts.length > 0)
    return args.counts.includes(count) || (args.max === null && count > Math.max(...args.counts));
  return count >= args.min && (args.max === null || count <= args.max);
}

export function versionText(version: NginxVersion): string {
  return version.join('.');
}
