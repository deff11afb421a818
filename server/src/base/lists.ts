/** Lists whose identity says that nothing in them has changed. */

/** Whether both hold the very same things in the same order. */
export function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((it, i) => it === b[i]));
}

/** The list of before where the new one holds the same: what was concluded from it hangs on it. */
export function kept<T>(now: readonly T[], before: readonly T[] | undefined): readonly T[] {
  return before && sameList(now, before) ? before : now;
}

export function grouped<T, K>(all: Iterable<T>, keyOf: (it: T) => K): Map<K, T[]> {
  const found = new Map<K, T[]>();
  for (const it of all) {
    const key = keyOf(it);
    const same = found.get(key);
    if (same) same.push(it);
    else found.set(key, [it]);
  }
  return found;
}
