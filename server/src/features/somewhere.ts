/** A file that is read in several places: what is wrong in some of them only says in which. */
import { fileOf } from '../base/place.js';
import type { Reading } from '../nginx/configuration.js';
import type { Finding } from '../rules/rule.js';

export interface FoundInReading {
  readonly way: Reading;
  readonly findings: readonly Finding[];
}

/** Findings once each; those that do not hold in every reading name the files whose include makes them true. */
export function onlySomewhere(lists: readonly FoundInReading[]): Finding[] {
  const byKey = new Map<string, { finding: Finding; ways: Reading[] }>();
  for (const { way, findings } of lists)
    for (const finding of findings) {
      const key = keyOf(finding);
      const known = byKey.get(key);
      if (!known) byKey.set(key, { finding, ways: [way] });
      else if (!known.ways.includes(way)) known.ways.push(way);
    }
  return [...byKey.values()].map(({ finding, ways }) =>
    ways.length === lists.length ? finding : withWhere(finding, ways),
  );
}

const numbers = new WeakMap<object, number>();
let given = 0;

/** Syntax nodes stay the same objects while text moves, so they tell places apart. */
function keyOf({ rule, message, at }: Finding): string {
  let number = numbers.get(at.node);
  if (number === undefined) numbers.set(at.node, (number = ++given));
  return `${rule} ${number} ${at.start} ${at.end} ${message}`;
}

function withWhere(finding: Finding, ways: readonly Reading[]): Finding {
  const sites = ways.flatMap((it) => it.by ?? []);
  const from = [...new Set(sites.flatMap((it) => fileOf(it.at) ?? []))];
  if (from.length === 0) return finding;
  const shown = from.length > 3 ? `${from.slice(0, 2).join(', ')} and ${from.length - 2} others` : from.join(' and ');
  return {
    ...finding,
    message: `${finding.message} (As included from ${shown}.)`,
    related: [...finding.related, ...sites.slice(0, 3).map((it) => ({ at: it.at, text: 'included here' }))],
  };
}
