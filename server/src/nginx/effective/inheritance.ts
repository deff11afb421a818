/** Which directives are in force in a block: its own, or those that it inherits. */
import { directiveIn, type NginxContext } from '../../catalog/nginx.js';
import type { Block, Directive } from './blocks.js';

export interface InForce {
  /** Several for directives that add up within a block. Empty where nginx's default counts. */
  readonly directives: readonly Directive[];
  /** The block that has them. */
  readonly from: Block | undefined;
  /** The same directives of blocks further out, which these replace as a whole. */
  readonly replaced: readonly Directive[];
  /** Some include on the way is not known, and may have them. */
  readonly certain: boolean;
}

/**
 * What is in force for a directive of http in a block, by its kind of inheritance: the nearest block that has it wins,
 * and with directives that add up (add_header, proxy_set_header) all of that block's and none of those further out.
 * Actions (proxy_pass, try_files, return) are not inherited; `if` and `limit_except` take those that connect to a
 * program from their location: ngx_http_*_merge_loc_conf().
 */
export function inForce(block: Block, name: string): InForce {
  const replaced: Directive[] = [];
  let directives: readonly Directive[] = [];
  let from: Block | undefined;
  let certain = true;
  for (let at: Block | undefined = block; at && at.context !== 'main'; at = at.parent) {
    const own = sameKind(at, name);
    if (own.length > 0 && !from) {
      directives = own;
      from = at;
    } else replaced.push(...own);
    // Unknown text in a block further in could only add what wins.
    if (!from && !at.complete) certain = false;
    if (!passesOn(at, name)) break;
  }
  return { directives, from, replaced, certain };
}

/** `root` and `alias` answer one question, and whichever is nearer wins. */
function sameKind(block: Block, name: string): readonly Directive[] {
  if (name === 'root' || name === 'alias') {
    const roots = block.all('root');
    const aliases = block.all('alias');
    if (roots.length === 0 || aliases.length === 0) return roots.length > 0 ? roots : aliases;
    return block.directives.filter((it) => it.name === 'root' || it.name === 'alias');
  }
  return block.all(name);
}

const CONNECTS = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass$/;

function passesOn(block: Block, name: string): boolean {
  const context = block.context as NginxContext;
  const kind = directiveIn(name, context)?.inherit ?? 'normal';
  if (kind !== 'action') return kind !== 'none';
  return CONNECTS.test(name) && (block.name === 'if' || block.name === 'limit_except');
}
