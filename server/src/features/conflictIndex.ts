/** Which declarations of a configuration are at odds. Kept up to date by what changes, not looked for anew. */
import { type Place, spanOf } from '../base/place.js';
import type { Reading } from '../nginx/configuration.js';
import type { Declaration } from '../nginx/declarations.js';

export interface Conflict {
  readonly later: Declaration;
  readonly first: Declaration;
}

export class ConflictIndex {
  private readonly byKey = new Map<string, Declaration | Declaration[]>();
  private readonly conflicts = new Map<string, readonly Conflict[]>();

  /** Puts one file's declarations in the place of its former ones. Says whether anything is or was at odds with them. */
  replace(before: readonly Declaration[], now: readonly Declaration[], readings: readonly Reading[]): boolean {
    let start = 0;
    while (start < before.length && start < now.length && before[start] === now[start]) start++;
    let tail = 0;
    while (
      tail < before.length - start &&
      tail < now.length - start &&
      before[before.length - 1 - tail] === now[now.length - 1 - tail]
    )
      tail++;
    const gone = before.slice(start, before.length - tail);
    const come = now.slice(start, now.length - tail);
    for (const it of gone) this.remove(it);
    for (const it of come) this.add(it);
    let touched = false;
    for (const key of new Set([...gone, ...come].map((it) => it.key))) touched = this.judge(key, readings) || touched;
    return touched;
  }

  /** What the declarations of one file have before them. */
  of(declarations: readonly Declaration[]): Conflict[] {
    if (this.conflicts.size === 0) return [];
    return declarations.flatMap((it) => this.conflicts.get(it.key)?.filter(({ later }) => later === it) ?? []);
  }

  private add(it: Declaration): void {
    const before = this.byKey.get(it.key);
    if (!before) this.byKey.set(it.key, it);
    else if (Array.isArray(before)) before.push(it);
    else this.byKey.set(it.key, [before, it]);
  }

  private remove(it: Declaration): void {
    const before = this.byKey.get(it.key);
    if (before === it) this.byKey.delete(it.key);
    else if (Array.isArray(before)) {
      // A file that is read twice declares it twice.
      const at = before.indexOf(it);
      const rest = before.filter((_, i) => i !== at);
      this.byKey.set(it.key, rest.length === 1 ? rest[0]! : rest);
    }
  }

  private judge(key: string, readings: readonly Reading[]): boolean {
    const had = this.conflicts.delete(key);
    const group = this.byKey.get(key);
    if (!Array.isArray(group)) return had;
    const placed = group.map((it) => ({ it, at: positionOf(it.at, readings) }));
    placed.sort((a, b) => inOrder(a.at, b.at));
    const first = placed[0]!.it;
    // A file that is read twice would be at odds with itself; nginx sees it so, but there the include is to blame.
    const later = placed.slice(1).filter(({ it }) => it.at.node !== first.at.node || it.at.start !== first.at.start);
    if (later.length === 0) return had;
    this.conflicts.set(
      key,
      later.map(({ it }) => ({ later: it, first })),
    );
    return true;
  }
}

/** Where nginx meets the place: its offset, and before that the offsets of the includes that lead to its file. */
function positionOf(at: Place, readings: readonly Reading[]): number[] {
  const path: number[] = [];
  let place: Place | undefined = at;
  while (place && path.length < 64) {
    const span = spanOf(place);
    if (!span) break;
    // Files that one include brings follow each other in the order of their names, which is that of the readings.
    const index = readings.findIndex((it) => it.loaded && it.file.path === span.file);
    path.unshift(index, span.start);
    place = readings[index]?.by?.at;
  }
  return path;
}

function inOrder(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
