/** Which rules speak to whom: advice of which people in the know think differently is for those who ask for it. */
import { allRules } from '../rules/all.generated.js';
import type { Severity } from '../rules/rule.js';

const pedantic = allRules.filter((it) => it.audience === 'pedantic').map((it) => it.id);

/** The severities that are asked for. Without `all`, pedantic rules are off unless the user gives them a severity. */
export function severitiesFor(
  all: boolean,
  own: Readonly<Record<string, Severity | 'off'>>,
): Readonly<Record<string, Severity | 'off'>> {
  return all ? own : { ...Object.fromEntries(pedantic.map((it) => [it, 'off' as const])), ...own };
}
