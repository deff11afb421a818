/** What `%` and a letter stand for in units: look-ups over ../../catalog/systemd-specifiers.json. Knows no file. */
import table from '../../catalog/systemd-specifiers.json' with { type: 'json' };

export interface Specifier {
  /** With its percent sign: `%i`. */
  readonly specifier: string;
  readonly meaning: string;
  /** Its value for the system manager, where that is the same everywhere. */
  readonly system: string | undefined;
  /** Whether [Install] and names of units take it as well. */
  readonly inInstall: boolean;
}

type Row = readonly [specifier: string, meaning: string, since: number, system: string | null, inInstall: 0 | 1];

/** Those that systemd of the main version has. */
export function specifiersOf(version: number): readonly Specifier[] {
  return (table as unknown as Row[])
    .filter(([, , since]) => since <= version)
    .map(([specifier, meaning, , system, inInstall]) => ({
      specifier,
      meaning,
      system: system ?? undefined,
      inInstall: inInstall === 1,
    }));
}
