/** The rules that see one kind of thing, in the order of the index. */
import { allRules } from '../rules/all.generated.js';
import type { Rule } from '../rules/rule.js';
import type { Views } from '../rules/views.js';

export function rulesSeeing<V extends keyof Views>(sees: V): readonly Rule<V>[] {
  return allRules.filter((it) => it.sees === sees) as unknown as readonly Rule<V>[];
}
