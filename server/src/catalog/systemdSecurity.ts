/** What `systemd-analyze security` weighs, and the groups of system calls: look-ups over ../../catalog/systemd-security.json. */
import table from '../../catalog/systemd-security.json' with { type: 'json' };

export interface Assessment {
  /** As systemd-analyze prints it, such as `RestrictNamespaces=~user`. */
  readonly id: string;
  /** How it is judged: analyze-security.c has a function assess_<kind>. */
  readonly kind: string;
  readonly weight: number;
  /** The worst badness. */
  readonly range: number;
  /** Capabilities, namespaces or the group of system calls that are meant. */
  readonly of: readonly string[];
  /** Does not apply to units of the early boot. */
  readonly defaultDependencies: boolean;
}

type Row = [id: string, kind: string, weight: number, range: number, of?: string[], defaultDependencies?: boolean];

export const assessments: readonly Assessment[] = (table.assessments as Row[]).map(
  ([id, kind, weight, range, of = [], defaultDependencies = false]) => ({
    id,
    kind,
    weight,
    range,
    of,
    defaultDependencies,
  }),
);

const groups = new Map<string, string>(Object.entries(table.groups));
/** Filled on demand; there are some thirty groups. */
const members = new Map<string, readonly string[]>();

/** The system calls of a group such as `@swap`, groups inside it resolved; a call's own name stands for itself. */
export function systemCalls(name: string): readonly string[] {
  if (!name.startsWith('@')) return [name];
  let found = members.get(name);
  if (!found) {
    found = (groups.get(name) ?? '').split(' ').filter(Boolean).flatMap(systemCalls);
    if (groups.has(name)) members.set(name, found);
  }
  return found;
}
