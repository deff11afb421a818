/** All the ways that a function may go where a condition of it is open. */
import type { Dict } from './pythonObjects.js';
import { Lost, Run } from './pythonRun.js';

/** Ways that are gone at most. */
const MOST_WAYS = 48;

/**
 * What comes of every way through; undefined where one is lost, or where there are too many.
 * @param way goes one, and says what comes of it.
 */
export function everyWay<T>(environment: () => Dict, way: (run: Run) => T): readonly T[] | undefined {
  const found: T[] = [];
  let decisions: boolean[] = [];
  for (let i = 0; i < MOST_WAYS; i++) {
    try {
      found.push(way(new Run(decisions, environment())));
    } catch (lost) {
      if (lost instanceof Lost) return undefined;
      throw lost;
    }
    while (decisions.at(-1) === false) decisions.pop();
    if (decisions.length === 0) return found;
    decisions = [...decisions.slice(0, -1), false];
  }
  return undefined;
}
