/** Where our verdict on a value is not systemd's, each with the reason. What is not listed fails the suite. */
import type { UnitKey } from '../../server/src/catalog/systemd.js';

export interface Difference {
  readonly key: UnitKey;
  readonly value: string;
  readonly ours: 'taken' | 'ignored' | 'refused';
  readonly theirs: 'taken' | 'ignored' | 'refused';
  readonly version: number;
}

const REASONS: readonly (readonly [reason: string, holds: (it: Difference) => boolean])[] = [
  [
    'whether a machine can run an architecture depends on the machine',
    ({ key, theirs }) => key.parser === 'personality' && theirs === 'ignored',
  ],
  [
    'what a specifier stands for depends on the machine and on the name of the unit; %i is empty outside templates',
    ({ value }) => /%[a-zA-Z]/.test(value),
  ],
  [
    'a percent sign in a time is refused later, when it is read as a time',
    ({ key, value, theirs }) => key.parser === 'timer' && value.includes('%%') && theirs === 'ignored',
  ],
  [
    'systemd advises against the user nobody, and takes it',
    ({ key, value }) => key.parser === 'user_group_compat' && value === 'nobody',
  ],
  [
    'killing on pressure asks for systemd-oomd, which the roots do not have: the unit is called broken without a line',
    ({ key, theirs }) => key.parser === 'managed_oom_mode' && theirs === 'refused',
  ],
  [
    'of several units to trigger the first holds, so later ones are ignored whatever they are',
    ({ key, theirs }) => key.parser === 'trigger_unit' && theirs === 'ignored',
  ],
];

/** Why the two differ; undefined when nobody has said so. */
export function reasonFor(it: Difference): string | undefined {
  return REASONS.find(([, holds]) => holds(it))?.[0];
}
