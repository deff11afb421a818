/** Which location a URI falls into. */
import { type LocationMatch, locationMatch } from '../locationMatch.js';
import { isTemplated } from '../values.js';
import type { Block } from './blocks.js';
import { bytesOf, matcher } from './regex.js';
import { capturesOf } from './servers.js';

export interface Location {
  readonly match: LocationMatch;
  readonly block: Block;
}

const remembered = new WeakMap<Block, readonly Location[]>();

/** The locations that stand directly in a server or location, in nginx's order. */
export function locationsOf(block: Block): readonly Location[] {
  let locations = remembered.get(block);
  if (!locations) {
    locations = block.all('location').flatMap((it) => {
      const match = locationMatch(it.args);
      return match && it.body ? [{ match: { ...match, text: bytesOf(match.text) }, block: it.body }] : [];
    });
    remembered.set(block, locations);
  }
  return locations;
}

export interface FoundLocation {
  /** The server itself where no location matches. */
  readonly block: Block;
  readonly location: Location | undefined;
  /** Of the last regular expression that matched; undefined if none did. */
  readonly captures: ReadonlyMap<string, string> | undefined;
  /** nginx redirects to the same URI with a slash: ngx_http_core_find_config_phase(). */
  readonly redirectsToSlash: boolean;
}

interface Search {
  block: Block;
  location: Location | undefined;
  captures: ReadonlyMap<string, string> | undefined;
  redirects: boolean;
  unknown: boolean;
}

/**
 * The location for a decoded URI in a server; undefined when an expression or a template cannot be judged.
 * ngx_http_core_find_location() in src/http/ngx_http_core_module.c.
 */
export function findLocation(server: Block, uri: string): FoundLocation | undefined {
  const search: Search = { block: server, location: undefined, captures: undefined, redirects: false, unknown: false };
  find(search, server, uri);
  if (search.unknown) return undefined;
  const { block, location, captures, redirects } = search;
  return { block, location, captures, redirectsToSlash: redirects };
}

/** `done`: an exact location, an expression or a redirect ends the search everywhere; `open`: expressions may still win. */
function find(search: Search, around: Block, uri: string): 'done' | 'open' {
  const locations = locationsOf(around);
  if (!around.hidesNoBlocks || locations.some((it) => isTemplated(it.match.text))) {
    search.unknown = true;
    return 'done';
  }
  const exact = locations.find((it) => it.match.kind === 'exact' && it.match.text === uri);
  if (exact) {
    take(search, exact);
    return 'done';
  }
  const prefix = longestPrefix(locations, uri);
  const slash = prefix?.match.text === uri ? undefined : redirecting(locations, uri);
  if (slash) {
    take(search, slash);
    search.redirects = true;
    return 'done';
  }
  if (prefix) {
    take(search, prefix);
    if (find(search, prefix.block, uri) === 'done') return 'done';
  }
  if (prefix?.match.kind === 'noRegex') return 'open';
  for (const it of locations) {
    if (it.match.kind !== 'regex' && it.match.kind !== 'regexAnyCase') continue;
    const regex = matcher(it.match.text, it.match.kind === 'regexAnyCase');
    if (!regex) {
      search.unknown = true;
      return 'done';
    }
    const found = regex.match(uri);
    if (!found) continue;
    take(search, it);
    search.captures = capturesOf(found.captures, found.names);
    find(search, it.block, uri);
    return 'done';
  }
  return 'open';
}

function take(search: Search, location: Location): void {
  search.location = location;
  search.block = location.block;
}

const isPrefix = ({ match: { kind } }: Location) => kind === 'prefix' || kind === 'noRegex';

function longestPrefix(locations: readonly Location[], uri: string): Location | undefined {
  let longest: Location | undefined;
  for (const it of locations)
    if (isPrefix(it) && uri.startsWith(it.match.text) && (!longest || it.match.text.length > longest.match.text.length))
      longest = it;
  return longest;
}

/** A location that ends with a slash and passes requests on, for its URI without the slash. */
function redirecting(locations: readonly Location[], uri: string): Location | undefined {
  return locations.find(
    (it) =>
      (isPrefix(it) || it.match.kind === 'exact') &&
      it.match.text === `${uri}/` &&
      it.block.directives.some((one) => PASSES.test(one.name)),
  );
}

/** These set clcf->auto_redirect where the location's name ends with a slash. */
const PASSES = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached|tunnel)_pass$/;
