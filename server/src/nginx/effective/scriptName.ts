/** `$fastcgi_script_name` and `$fastcgi_path_info`. */
import type { Block } from './blocks.js';
import { inForce } from './inheritance.js';
import { matcher } from './regex.js';

/** ngx_http_fastcgi_split() and ngx_http_fastcgi_script_name_variable(). */
export function scriptName(block: Block, uri: string): { name: string; info: string } {
  const pattern = inForce(block, 'fastcgi_split_path_info').directives[0]?.args[0];
  const found = pattern === undefined ? undefined : matcher(pattern, false)?.match(uri);
  if (found) return { name: found.captures[1] ?? '', info: found.captures[2] ?? '' };
  const index = inForce(block, 'fastcgi_index').directives[0]?.args[0] ?? '';
  return { name: uri.endsWith('/') ? uri + index : uri, info: '' };
}
