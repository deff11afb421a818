/** From URIs to files: root, alias, and what try_files makes of its words. */
import { locationMatch } from '../locationMatch.js';
import type { Block } from './blocks.js';
import { inForce } from './inheritance.js';
import { bytesOf } from './regex.js';
import type { Variables } from './variables.js';

/** The directory that root names, or the value of alias; relative ones start from nginx's prefix. Undefined if unknown. */
export function rootOf(block: Block, variables: Variables, prefix: string): string | undefined {
  const { directives, certain } = inForce(block, 'root');
  const [by] = directives;
  if (!certain) return undefined;
  const value = variables.expand(bytesOf(by ? by.args[0]! : 'html'));
  if (value === undefined) return undefined;
  return value.startsWith('/') ? value : `${prefix.replace(/\/$/, '')}/${value}`;
}

/**
 * The file for a URI: ngx_http_map_uri_to_path() in src/http/ngx_http_core_module.c. Undefined when a variable is not
 * known, `refused` when nginx answers 500 because a rewrite has taken the URI out of the alias's location.
 */
export function fileOf(
  block: Block,
  uri: string,
  variables: Variables,
  prefix: string,
): string | 'refused' | undefined {
  const [by] = inForce(block, 'root').directives;
  const root = rootOf(block, variables, prefix);
  if (root === undefined) return undefined;
  // The root's own trailing slash is dropped where it is a plain text: ngx_http_core_root().
  if (by?.name !== 'alias') return withoutSlash(root, by?.args[0] ?? '') + uri;
  const match = locationMatch(locationAround(by.within)?.args ?? []);
  if (!variables.state.validLocation) return 'refused';
  if (!match || match.kind === 'regex' || match.kind === 'regexAnyCase') return root;
  return root + uri.slice(bytesOf(match.text).length);
}

function withoutSlash(root: string, written: string): string {
  return written.includes('$') ? root : root.replace(/\/$/, '');
}

/** The location that a block is, or stands in. */
export function locationAround(block: Block): Block | undefined {
  let at: Block | undefined = block;
  while (at && at.name !== 'location') at = at.parent;
  return at;
}

/** try_files maps its words as if they were URIs: ngx_http_try_files_handler(). `written` is the word as it stands. */
export function triedPath(
  block: Block,
  value: string,
  written: string,
  variables: Variables,
  prefix: string,
): string | 'refused' | undefined {
  const [by] = inForce(block, 'root').directives;
  if (by?.name !== 'alias') return fileOf(block, value, variables, prefix);
  const root = fileOf(block, variables.state.uri, variables, prefix);
  if (root === undefined || root === 'refused') return root;
  const base = rootOf(block, variables, prefix)!;
  const taken = aliasPrefix(block, variables.state.uri);
  // Below an alias the location's prefix is left out, but only of what variables hold.
  const cut = taken !== undefined && written.includes('$') && value.startsWith(taken);
  return base + (cut ? value.slice(taken.length) : value);
}

/** The URI that a word of try_files stands for once its file was found. */
export function uriOfTried(block: Block, value: string, written: string, uri: string): string {
  const [by] = inForce(block, 'root').directives;
  const taken = by?.name === 'alias' ? aliasPrefix(block, uri) : undefined;
  return taken === undefined || (written.includes('$') && value.startsWith(taken)) ? value : taken + value;
}

/** What alias takes off the URI: as much of it as the location's name is long. Undefined below an expression. */
function aliasPrefix(block: Block, uri: string): string | undefined {
  const { from } = inForce(block, 'root');
  const match = locationMatch((from && locationAround(from))?.args ?? []);
  if (!match || match.kind === 'regex' || match.kind === 'regexAnyCase') return undefined;
  return uri.slice(0, bytesOf(match.text).length);
}
