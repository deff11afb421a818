/** Values remembered by the syntax they were made from. An edit replaces the items it touches, and what hangs on them is forgotten with them. */
import type { BodyContext } from '../nginx/contexts.js';
import type { Item } from '../syntax/nginxSyntax.js';

export class ChunkMemory<T> {
  private readonly values = new WeakMap<Item, Map<string, T>>();
  /** How often a value had to be made: for tests. */
  made = 0;

  /** The value for an item in a context; made at the first asking. `variant` tells apart what else it depends on. */
  get(item: Item, context: BodyContext, variant: string, make: () => T): T {
    let byContext = this.values.get(item);
    if (!byContext) this.values.set(item, (byContext = new Map()));
    const key = `${context} ${variant}`;
    let value = byContext.get(key);
    if (value === undefined) {
      this.made++;
      value = make();
      byContext.set(key, value);
    }
    return value;
  }
}
