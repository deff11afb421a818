/** The directives of a server that hand requests to a program, wherever they stand in it. */
import type { Block, Directive } from './blocks.js';

export const PASSES: ReadonlySet<string> = new Set([
  'proxy_pass',
  'grpc_pass',
  'fastcgi_pass',
  'uwsgi_pass',
  'scgi_pass',
  'memcached_pass',
]);

/** Content handlers whose answer is not the configuration's. */
export const OTHERS =
  /^(?:flv|mp4|perl|js_content|content_by_lua(?:_block|_file)?|api|status|hls|f4f|echo|random_index|dav_methods|image_filter)$/;

const remembered = new WeakMap<Block, readonly Directive[]>();

/** In nginx's order, those of nested locations and of `if` and `limit_except` blocks included. */
export function passesIn(block: Block): readonly Directive[] {
  let found = remembered.get(block);
  if (!found) {
    const all: Directive[] = [];
    gather(block, all);
    remembered.set(block, (found = all));
  }
  return found;
}

function gather(block: Block, into: Directive[]): void {
  for (const it of block.directives) {
    if (PASSES.has(it.name)) into.push(it);
    else if (it.item.kind === 'block' && it.body) gather(it.body, into);
  }
}
