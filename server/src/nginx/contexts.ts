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

/** One piece of a file that is judged on its own: a child of main, http, stream or mail, and the context that it stands in. */
export interface Chunk {
  readonly item: Item;
  readonly context: BodyContext;
}

/**
 * The chunks of a file whose top stands in `context`. A container itself is a chunk without its body (`headOnly`), since
 * its children are chunks of their own.
 */
export function* chunksOf(items: readonly Item[], context: BodyContext): Generator<Chunk & { headOnly: boolean }> {
  for (const item of items) {
    if (item.children) {
      const inside = contextInside(item, context);
      if (isContainer(inside)) {
        yield { item, context, headOnly: true };
        yield* chunksOf(item.children, inside);
        continue;
      }
    }
    yield { item, context, headOnly: false };
  }
}
