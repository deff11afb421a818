/** What nginx would not load: in a half-typed server no request goes anywhere. */
import { directiveIn, type NginxContext } from '../../catalog/nginx.js';
import type { Block, Directive } from './blocks.js';

const remembered = new WeakMap<Block, { readonly first: Directive | undefined }>();

/** The first directive in a block that has fewer arguments than it needs; nested blocks included. */
export function brokenIn(block: Block): Directive | undefined {
  let found = remembered.get(block);
  if (!found) remembered.set(block, (found = { first: search(block) }));
  return found.first;
}

function search(block: Block): Directive | undefined {
  for (const it of block.directives) {
    const entry = directiveIn(it.name, block.context as NginxContext);
    if (entry && entry.args.min > it.args.length) return it;
    const inside = it.body && it.body.context !== 'data' ? brokenIn(it.body) : undefined;
    if (inside) return inside;
  }
  return undefined;
}
