/** What nginx would not load: in a half-typed server no request goes anywhere. */
import type { Block, Directive } from './blocks.js';

/** How many arguments the directives need at least whose arguments decide where a request goes. */
const LEAST = new Map([
  ...['set', 'rewrite', 'try_files', 'error_page'].map((it) => [it, 2] as const),
  ...['location', 'if', 'return', 'root', 'alias', 'index', 'allow', 'deny', 'auth_basic', 'auth_basic_user_file'].map(
    (it) => [it, 1] as const,
  ),
  ...['auth_request', 'satisfy', 'limit_except', 'client_max_body_size', 'merge_slashes', 'autoindex'].map(
    (it) => [it, 1] as const,
  ),
  ...['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc', 'memcached'].map((it) => [`${it}_pass`, 1] as const),
]);

const remembered = new WeakMap<Block, { readonly first: Directive | undefined }>();

/** The first directive in a block that has fewer arguments than it needs; nested blocks included. */
export function brokenIn(block: Block): Directive | undefined {
  let found = remembered.get(block);
  if (!found) remembered.set(block, (found = { first: search(block) }));
  return found.first;
}

function search(block: Block): Directive | undefined {
  for (const it of block.directives) {
    const least = LEAST.get(it.name);
    if (least !== undefined && it.item.words.length <= least) return it;
    const inside = it.body && it.body.context !== 'data' ? brokenIn(it.body) : undefined;
    if (inside) return inside;
  }
  return undefined;
}
