/** Which context a directive stands in, decided by the blocks around it. */
import { blockContext, type NginxContext } from '../catalog/nginx.js';
import type { Item } from '../syntax/nginxSyntax.js';

/**
 * What the body of a block holds: directives of a context; `data` (map, types, geo: entries, no directives);
 * or `unknown`, when the block itself is not known there, so nothing certain can be said of what is inside.
 */
export type BodyContext = NginxContext | 'data' | 'unknown';

/** Blocks whose body is the same wherever they stand. */
const UNMISTAKABLE: Readonly<Record<string, NginxContext>> = {
  http: 'http',
  events: 'events',
  stream: 'stream',
  mail: 'mail',
  location: 'location',
};

export function contextInside(item: Item, context: BodyContext): BodyContext {
  if (context === 'data' || item.kind === 'anonymous') return context === 'data' ? 'data' : 'unknown';
  if (context === 'unknown')
    return UNMISTAKABLE[item.name] ?? (blockContext('main', item.name) === 'free' ? 'data' : 'unknown');
  const inside = blockContext(context, item.name);
  return inside === 'free' ? 'data' : (inside ?? 'unknown');
}

/** Contexts whose children nginx treats as separate worlds: a change in one child says nothing about its siblings. */
export function isContainer(context: BodyContext): boolean {
  return context === 'main' || context === 'http' || context === 'stream' || context === 'mail';
}

/**
 * One piece of a file that is judged on its own: a child of main, http, stream or mail, and the context that it stands in.
 * A container itself is a chunk without its body (`headOnly`), since its children are chunks of their own.
 */
export interface Chunk {
  readonly item: Item;
  readonly context: BodyContext;
  readonly headOnly: boolean;
}

/** Several look at the chunks of a file after each edit of it. */
const remembered = new WeakMap<readonly Item[], Map<BodyContext, readonly Chunk[]>>();

/** The chunks of a file whose top stands in `context`. */
export function chunksOf(items: readonly Item[], context: BodyContext): readonly Chunk[] {
  let byContext = remembered.get(items);
  if (!byContext) remembered.set(items, (byContext = new Map()));
  let chunks = byContext.get(context);
  if (!chunks) {
    const found: Chunk[] = [];
    addChunks(items, context, found);
    byContext.set(context, (chunks = found));
  }
  return chunks;
}

function addChunks(items: readonly Item[], context: BodyContext, into: Chunk[]): void {
  for (const item of items) {
    const inside = item.children && contextInside(item, context);
    const headOnly = inside !== undefined && isContainer(inside);
    into.push({ item, context, headOnly });
    if (headOnly) addChunks(item.children!, inside, into);
  }
}
