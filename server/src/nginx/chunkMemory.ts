/** Values remembered by the syntax they were made from. An edit replaces the items it touches, and what hangs on them is forgotten with them. */
import type { Item } from '../syntax/nginxSyntax.js';
import type { BodyContext, Chunk } from './contexts.js';

interface Remembered<T> {
  readonly context: BodyContext;
  readonly variant: string;
  readonly value: T;
}

interface Asked<T> {
  readonly chunks: readonly Chunk[];
  readonly variant: string;
  readonly values: readonly T[];
}

export class ChunkMemory<T> {
  /** Of an item there is hardly ever more than one value. */
  private readonly values = new WeakMap<Item, Remembered<T>[]>();
  /** What was asked last of each file. */
  private readonly last = new WeakMap<object, Asked<T>>();
  /** How often a value of a directive had to be made: for tests. */
  made = 0;

  /** The value for an item in a context; made at the first asking. `variant` tells apart what else it depends on. */
  get(item: Item, context: BodyContext, variant: string, make: () => T): T {
    let values = this.values.get(item);
    if (!values) this.values.set(item, (values = []));
    for (const it of values) if (it.context === context && it.variant === variant) return it.value;
    if (item.isDirective) this.made++;
    const value = make();
    values.push({ context, variant, value });
    return value;
  }

  /**
   * The values for all chunks of a file. Chunks that stand where they stood at the last asking, counted from the start or
   * from the end, are not looked up: after an edit that is all but a few.
   */
  each(file: object, chunks: readonly Chunk[], variant: string, make: (chunk: Chunk) => T): readonly T[] {
    const before = this.last.get(file);
    const same = before?.variant === variant ? before : undefined;
    if (same?.chunks === chunks) return same.values;
    const shift = same ? chunks.length - same.chunks.length : 0;
    const values = chunks.map((chunk, i) => {
      if (same) {
        if (isSame(same.chunks[i], chunk)) return same.values[i]!;
        if (isSame(same.chunks[i - shift], chunk)) return same.values[i - shift]!;
      }
      return this.get(chunk.item, chunk.context, chunk.headOnly ? `head${variant}` : variant, () => make(chunk));
    });
    this.last.set(file, { chunks, variant, values });
    return values;
  }
}

function isSame(before: Chunk | undefined, now: Chunk): boolean {
  return before?.item === now.item && before.context === now.context;
}
