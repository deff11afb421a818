/**
 * Names that an nginx configuration makes and uses: upstreams, named locations, log formats, zones, caches, variables.
 * Each occurrence is the name alone, without its dollar or what stands before it in the argument.
 */
import type { Place } from '../base/place.js';
import { type BodyContext, contextInside } from '../nginx/contexts.js';
import { VARIABLE_MAKERS } from '../nginx/evaluated.js';
import { type Family, familyOf } from '../nginx/family.js';
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';

export type NginxNameKind = 'upstream' | 'named location' | 'log format' | 'zone' | 'cache' | 'variable';

export interface NginxName {
  readonly kind: NginxNameKind;
  /** As it is compared: nginx does not tell upper and lower case apart in upstreams and variables. */
  readonly key: string;
  readonly at: Place;
  /** The name is made here. */
  readonly defines: boolean;
}

/** With the Lua block, whose variable stands in its head. */
const MAKERS: Readonly<Record<string, number>> = { ...VARIABLE_MAKERS, set_by_lua_block: 1 };

const PASSES = /^(?:proxy|grpc|fastcgi|uwsgi|scgi|memcached)_pass$/;
const CACHE_PATHS = /^(?:proxy|fastcgi|uwsgi|scgi)_cache_path$/;
const CACHES = /^(?:proxy|fastcgi|uwsgi|scgi)_cache$/;

export function nginxNames(file: NginxFile, context: BodyContext): NginxName[] {
  const into: NginxName[] = [];
  // A snippet without a server of its own is part of whichever server includes it.
  gather(into, file.children, { context, family: familyOf(context) ?? 'http', server: file.path, map: false });
  return into;
}

interface Around {
  readonly context: BodyContext;
  readonly family: Family;
  /** Names of locations belong to one server. */
  readonly server: string;
  /** The entries of a map, whose values may name upstreams. */
  readonly map: boolean;
}

function gather(into: NginxName[], items: readonly Item[], around: Around): void {
  for (const item of items) {
    if (!item.isDirective) continue;
    variables(into, item, around.family);
    if (around.map) mapValue(into, item, around.family);
    else if (around.context !== 'data') named(into, item, around);
    if (!item.children) continue;
    const inside = contextInside(item, around.context);
    gather(into, item.children, {
      context: inside,
      family: familyOf(inside) ?? around.family,
      server: item.name === 'server' && inside !== 'data' ? `${around.server} ${into.length}` : around.server,
      map: item.name === 'map',
    });
  }
}

function add(
  into: NginxName[],
  item: Item,
  word: number,
  pattern: RegExp,
  what: Pick<NginxName, 'kind' | 'defines'> & { scope: string },
): void {
  const found = item.words[word];
  const match = found && pattern.exec(found.raw);
  const name = match?.[1];
  if (!found || name === undefined || name.includes('$')) return;
  const start = found.start + match!.index + match![0].indexOf(name);
  const compared = what.kind === 'upstream' ? name.toLowerCase() : name;
  const at = { node: item, start, end: start + name.length };
  into.push({ kind: what.kind, defines: what.defines, key: `${what.kind} ${what.scope} ${compared}`, at });
}

const WHOLE = /^["']?([^"']+)/;
const HOST = /^["']?(?:[a-z]+:\/\/)?([^:/"'\s]+)(?=[/"']|$)/;

function named(into: NginxName[], item: Item, { family, server }: Around): void {
  const { name, words } = item;
  const each = (pattern: RegExp, kind: NginxNameKind, defines: boolean) => {
    for (let i = 1; i < words.length; i++) add(into, item, i, pattern, { kind, defines, scope: family });
  };
  if (name === 'upstream' && item.children)
    add(into, item, 1, WHOLE, { kind: 'upstream', defines: true, scope: family });
  else if (PASSES.test(name)) add(into, item, 1, HOST, { kind: 'upstream', defines: false, scope: family });
  else if (name === 'location')
    add(into, item, 1, /^["']?(@[^"']+)/, { kind: 'named location', defines: true, scope: server });
  else if (name === 'try_files' || name === 'error_page' || name === 'post_action')
    add(into, item, words.length - 1, /^["']?(@[^"']+)/, { kind: 'named location', defines: false, scope: server });
  else if (name === 'log_format') add(into, item, 1, WHOLE, { kind: 'log format', defines: true, scope: family });
  else if (name === 'access_log')
    add(into, item, 2, /^([^=]+)$/, { kind: 'log format', defines: false, scope: family });
  else if (name === 'limit_req_zone' || name === 'limit_conn_zone') each(/^zone=([^:]+)/, 'zone', true);
  else if (name === 'limit_req') each(/^zone=([^:]+)/, 'zone', false);
  else if (name === 'limit_conn') add(into, item, 1, WHOLE, { kind: 'zone', defines: false, scope: family });
  else if (CACHE_PATHS.test(name)) each(/^keys_zone=([^:]+)/, 'cache', true);
  else if (CACHES.test(name) && item.args[0] !== 'off')
    add(into, item, 1, WHOLE, { kind: 'cache', defines: false, scope: family });
}

/** `proxy_pass http://$backend` takes an upstream's name from a map. */
function mapValue(into: NginxName[], item: Item, family: Family): void {
  if (item.words.length === 2 && item.name !== 'include')
    add(into, item, 1, HOST, { kind: 'upstream', defines: false, scope: family });
}

function variables(into: NginxName[], item: Item, family: Family): void {
  const made = MAKERS[item.name];
  const maker = made === undefined ? undefined : made < 0 ? item.words.length + made : made;
  const { words } = item;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const { raw } = word;
    // Most words have neither, and looking is cheaper than matching.
    const [hasDollar, hasGroup] = [raw.includes('$'), raw.includes('(?')];
    if (!hasDollar && !hasGroup) continue;
    const push = (name: string, from: number, defines: boolean) => {
      const start = word.start + from;
      const at = { node: item, start, end: start + name.length };
      into.push({ kind: 'variable', key: `variable ${family} ${name.toLowerCase()}`, at, defines });
    };
    for (const match of hasDollar ? raw.matchAll(/\$(\{?)([A-Za-z_]\w*)/g) : [])
      push(match[2]!, match.index + 1 + match[1]!.length, i === maker);
    for (const match of hasGroup ? raw.matchAll(/\(\?P?[<']([A-Za-z_]\w*)[>']/g) : [])
      push(match[1]!, match.index + match[0].indexOf(match[1]!), true);
  }
}
