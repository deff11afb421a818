/**
 * Names that one directive gives and another uses: variables, log formats, memory zones, caches. nginx looks them up when
 * the whole configuration is read, so this is gathered piece by piece and judged as a whole.
 */
import type { Place } from '../base/place.js';
import { directiveEntries, directiveIn, type NginxContext, type NginxDirective } from '../catalog/nginx.js';
import { isBuiltInVariable } from '../catalog/nginxVariables.js';
import { type Item, placeOfArg, placeOfHead, valueStart } from '../syntax/nginxSyntax.js';
import { type BodyContext, contextInside } from './contexts.js';
import { type Declaration, declarationsOf, declarationsOfMail, declarationsOfRtmp } from './declarations.js';
import { evaluatedArgs, isBroughtVariable, knowsVariablesOf, madeVariable } from './evaluated.js';
import { type Family, familyOf } from './family.js';
import { isLong, longestKey } from './hashSizes.js';
import { regexSites } from './regexSites.js';
import { isSwallowed } from './swallowed.js';
import { isTemplated } from './values.js';

/** `bucket`: a key that a table of nginx must hold; its name is the directive of the table, and the key. */
export type NameKind =
  | 'variable'
  | 'logFormat'
  | 'zone'
  | 'cache'
  | 'upstream'
  | 'host'
  | 'memory'
  | 'pool'
  | 'uploads'
  | 'section'
  | 'bucket';

export interface NameUse {
  readonly kind: NameKind;
  readonly family: Family;
  readonly name: string;
  readonly at: Place;
  readonly directive: string;
}

export interface Names {
  /** `kind family name`, as `nameKey` makes it. */
  readonly defined: readonly string[];
  readonly uses: readonly NameUse[];
  readonly declarations: readonly Declaration[];
  /** A module may be at work that brings variables which the catalog does not have. */
  readonly foreign: boolean;
}

export function nameKey(kind: NameKind, family: Family, name: string): string {
  // nginx keeps the names of variables in lower case, and finds formats in any: ngx_http_add_variable(), ngx_http_log_set_log().
  const caseless = kind === 'variable' || kind === 'logFormat';
  return `${kind} ${family} ${caseless ? name.toLowerCase() : name}`;
}

interface Gathering {
  readonly defined: string[];
  readonly uses: NameUse[];
  readonly declarations: Declaration[];
  foreign: boolean;
}

/** Modules that nginx's own packages load, whose variables the catalog has. */
const OWN_MODULES =
  /(?:^|\/)ngx_(?:http_(?:geoip|image_filter|js|perl|xslt_filter|auth_jwt|acme)|mail|stream|stream_geoip|stream_js|otel)_module\.so$/;

/** Whether a module that is loaded may bring variables that the catalog does not have. */
function bringsVariables(path: string): boolean {
  const file = path.slice(path.lastIndexOf('/') + 1).replace(/\.so$/, '');
  return !OWN_MODULES.test(path) && !knowsVariablesOf(file);
}

/** What stands before the name of what they connect to: `http://` and its like, or nothing. */
const PASSES: Readonly<Record<string, 'http' | 'bare'>> = {
  proxy_pass: 'http',
  grpc_pass: 'http',
  fastcgi_pass: 'bare',
  uwsgi_pass: 'bare',
  scgi_pass: 'bare',
  memcached_pass: 'bare',
  memc_pass: 'bare',
};

/** The block of main that no configuration can do without. */
export const EVENTS = nameKey('section', 'http', 'events');

/** http, stream or mail at the top: nginx wants to see `events` beside it. ngx_event_init_conf() in src/event/ngx_event.c. */
export function sectionUse(item: Item): NameUse {
  return { kind: 'section', family: 'http', name: 'events', at: placeOfHead(item), directive: item.name };
}

/** The names in one piece of the configuration, all that is inside it included. */
export function namesOf(item: Item, context: BodyContext): Names {
  const into: Gathering = { defined: [], uses: [], declarations: [], foreign: false };
  gather(into, item, context);
  return into;
}

function gather(into: Gathering, item: Item, context: BodyContext): void {
  if (!item.isDirective || context === 'data' || isSwallowed(item, context)) return;
  const family = familyOf(context);
  if (item.name === 'load_module' && bringsVariables(item.args[0] ?? '')) into.foreign = true;
  if (item.name === 'events' && context === 'main') into.defined.push(EVENTS);
  if (item.name === 'thread_pool' && context === 'main' && item.words.length > 1) {
    into.defined.push(nameKey('pool', 'http', item.args[0]!));
    into.declarations.push(...declarationsOf(item, 'http'));
  }
  if (family && (context === 'http' || context === 'stream')) into.declarations.push(...declarationsOf(item, family));
  if (context === 'mail') into.declarations.push(...declarationsOfMail(item));
  if (context === 'rtmp-application') into.declarations.push(...declarationsOfRtmp(item));
  if (family) gatherHere(into, item, context as NginxContext, family);
  else if (context === 'unknown') into.foreign = true;
  if (!item.children) return;
  const inside = contextInside(item, context);
  if (inside === 'data') {
    if (family) gatherEntries(into, item, family);
    return;
  }
  for (const child of item.children) gather(into, child, inside);
}

function gatherHere(into: Gathering, item: Item, context: NginxContext, family: Family): void {
  const { name, args } = item;
  const entries = directiveEntries(name);
  const entry = directiveIn(name, context);
  if (item.words.some((it) => it.raw.includes('(?')))
    for (const capture of captures(item, entries)) defineVariable(into, family, capture, placeOfHead(item), item.name);
  const isKnown = (it: NginxDirective) => !(it.thirdParty || it.commercial) || knowsVariablesOf(it.module);
  // NGINX Plus has conditions here, which are variables; the free module a zone and a key.
  if (/_cache_purge$/.test(name) && args.length === 2 && /^\w+$/.test(args[0]!) && args[1]!.includes('$'))
    into.uses.push({ kind: 'cache', family, name: args[0]!, at: placeOfArg(item, 1), directive: name });
  if (!entry || !isKnown(entry)) {
    // What an unknown module makes of its arguments is its own affair.
    for (const arg of args)
      for (const [, made] of arg.matchAll(/\$\{?(\w+)/g)) into.defined.push(nameKey('variable', family, made!));
    if (!entries.some(isKnown)) into.foreign = true;
    return;
  }
  const made = madeVariable(name, args);
  if (made !== undefined) defineVariable(into, family, made, placeOfHead(item), name);
  gatherNamed(into, item, family);
  if (item.words.some((it) => it.raw.includes('$'))) usesIn(into, item, family, evaluatedArgs(name, args, entry));
}

/** Groups of regular expressions that have names are variables. */
function gatherCaptures(into: Gathering, item: Item, family: Family): void {
  for (const { raw } of item.words)
    for (const capture of namedGroups(raw)) into.defined.push(nameKey('variable', family, capture));
}

function defineVariable(into: Gathering, family: Family, name: string, at: Place, directive: string): void {
  into.defined.push(nameKey('variable', family, name));
  keyIn(into, 'variables_hash_bucket_size', family, name, at, directive);
}

/** A key that the table, whose buckets have the size of that directive, must hold. */
function keyIn(into: Gathering, table: string, family: Family, key: string, at: Place, directive: string): void {
  if (isLong(key)) into.uses.push({ kind: 'bucket', family, name: `${table} ${key}`, at, directive });
}

/** Names of groups in what nginx takes for regular expressions; modules of others may have more of these. */
function captures(item: Item, entries: readonly NginxDirective[]): string[] {
  const own = entries.length > 0 && !entries.some((it) => it.thirdParty || it.commercial);
  const patterns = own ? regexSites(item).map((it) => it.pattern) : item.words.map((it) => it.raw);
  return patterns.flatMap(namedGroups);
}

const NO_GROUPS: readonly string[] = [];

function namedGroups(pattern: string): readonly string[] {
  if (!pattern.includes('(?')) return NO_GROUPS;
  return [...pattern.matchAll(/\(\?P?[<'](\w+)[>']/g)].map(([, name]) => name!);
}

/** The values of map entries have variables; keys that are regular expressions may make some. */
function gatherEntries(into: Gathering, block: Item, family: Family): void {
  const hostnames = block.children?.some((it) => it.name === 'hostnames' && it.words.length === 1) === true;
  for (const entry of block.children ?? []) {
    if (!entry.isDirective) continue;
    if (block.name === 'map' && entry.words.length === 2 && !/^~|^include$/.test(entry.name)) {
      const key = entry.name.replace(/^\\/, '');
      const table = 'map_hash_bucket_size';
      if (!isTemplated(key))
        keyIn(into, table, family, hostnames ? longestKey(key) : key, placeOfArg(entry, 0), block.name);
    }
    gatherCaptures(into, entry, family);
    if (block.name === 'map' && entry.name !== 'include' && entry.words.length === 2)
      usesIn(into, entry, family, [1], 'map');
    if (!['map', 'geo', 'types', 'split_clients', 'charset_map'].includes(block.name))
      for (const arg of [entry.name, ...entry.args])
        for (const [, made] of arg.matchAll(/\$(\w+)/g)) into.defined.push(nameKey('variable', family, made!));
  }
}

function usesIn(into: Gathering, item: Item, family: Family, numbers: readonly number[], directive = item.name): void {
  for (const number of numbers) {
    const word = item.words[number];
    if (!word?.raw.includes('$')) continue;
    const value = item.args[number - 1]!;
    // Where an escape makes value and text differ in length the place would be wrong.
    const exact = value.length === word.raw.length - (word.quote ? 2 : 0);
    for (const match of value.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
      const name = match[1] ?? match[2]!;
      if (
        /^[0-9]/.test(name) ||
        (isBuiltInVariable(name, family) && name !== 'memcached_key') ||
        isBroughtVariable(name)
      )
        continue;
      const start = valueStart(word) + match.index;
      const at = exact ? { node: item, start, end: start + match[0].length } : placeOfArg(item, number);
      into.uses.push({ kind: 'variable', family, name, at, directive });
    }
  }
}

function gatherNamed(into: Gathering, item: Item, family: Family): void {
  const { name, args } = item;
  const define = (kind: NameKind, what: string | undefined) => what && into.defined.push(nameKey(kind, family, what));
  const use = (kind: NameKind, what: string | undefined, arg: number) => {
    if (what && !what.includes('$') && !isTemplated(what))
      into.uses.push({ kind, family, name: what, at: placeOfArg(item, arg), directive: name });
  };
  const keyword = (key: string) => args.findIndex((it) => it.startsWith(key));
  const zoneAt = keyword('zone=');
  const zone = zoneAt < 0 ? undefined : args[zoneAt]!.slice('zone='.length);
  // The one variable that a module reads and nobody but the user makes: ngx_http_memcached_pass().
  if (name === 'memc_pass')
    for (const it of ['key', 'cmd', 'value', 'flags', 'exptime']) define('variable', `memc_${it}`);
  if (/^(?:map|variables)_hash_bucket_size$/.test(name)) define('bucket', `${name} ${args[0]}`);
  if (name === 'upload_progress') define('uploads', args[0]);
  if (name === 'track_uploads' || name === 'report_uploads') use('uploads', args[0], 1);
  if (name === 'aio' && args[0]?.startsWith('threads=') && args[0] !== 'threads=default')
    use('pool', args[0].slice('threads='.length), 1);
  if (name === 'memcached_pass')
    into.uses.push({ kind: 'variable', family, name: 'memcached_key', at: placeOfArg(item, 0), directive: name });
  const passes = family === 'stream' && PASSES[name] ? 'bare' : PASSES[name];
  if (name === 'upstream') define('upstream', args[0]?.toLowerCase());
  else if (passes && args[0] !== undefined) {
    // Without a port nginx looks for an upstream of this name; of http it may also be a machine's.
    const target = /^(?:([a-z]+):\/\/)?([^:/$]+)(\/[^$]*)?$/.exec(args[0]);
    const scheme = target?.[1] !== undefined;
    // grpc and uwsgi can do without their scheme, and then want a port like the others.
    if (target && target[2] !== 'unix' && (scheme === (passes === 'http') || (!scheme && name === 'grpc_pass')))
      use(scheme ? 'host' : 'upstream', target[2]!.toLowerCase(), 1);
  } else if (name === 'zone') {
    if (args.length > 1) define('memory', args[0]);
    else use('memory', args[0], 1);
  } else if (name === 'log_format') define('logFormat', args[0]);
  else if (name === 'access_log' && args[0] !== 'off')
    use('logFormat', family === 'http' && args[1]?.toLowerCase() === 'combined' ? undefined : args[1], 2);
  else if (name === 'limit_req_zone' || name === 'limit_conn_zone') define('zone', zone?.split(':')[0]);
  else if (name === 'limit_req') use('zone', zone, zoneAt + 1);
  else if (name === 'limit_conn') use('zone', args[0], 1);
  else if (/^(?:proxy|fastcgi|uwsgi|scgi)_cache_path$/.test(name))
    define('cache', args[keyword('keys_zone=')]?.slice('keys_zone='.length).split(':')[0]);
  else if (/^(?:proxy|fastcgi|uwsgi|scgi)_cache$/.test(name) && args[0] !== 'off') use('cache', args[0], 1);
}
