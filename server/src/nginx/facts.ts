/**
 * What other files can see of an nginx file: its includes, upstreams, connectors, static roots and servers. Typing where
 * none of these stands leaves the facts of a file as they are, the very same objects.
 */
import type { Address } from '../base/address.js';
import type { Place } from '../base/place.js';
import { type Item, type NginxFile, placeOfArg } from '../syntax/nginxSyntax.js';
import { ChunkMemory } from './chunkMemory.js';
import { type BodyContext, type Chunk, chunksOf, contextInside } from './contexts.js';
import { type Foreign, foreignIn, sameForeign } from './guessedContext.js';
import { type PassTarget, parsePassTarget, parseUpstreamServer } from './passTarget.js';

/** An `include`, where the included text will stand. */
export interface IncludeSite {
  readonly item: Item;
  readonly pattern: string;
  readonly context: BodyContext;
  readonly at: Place;
}

/** A `server` of an upstream. */
export interface UpstreamServer {
  readonly address: Address | undefined;
  readonly text: string;
  readonly at: Place;
  /** nginx never asks one that is down, and a backup only when all others have failed. */
  readonly use: 'always' | 'backup' | 'never';
}

export interface UpstreamFacts {
  readonly name: string;
  readonly at: Place;
  readonly servers: readonly UpstreamServer[];
  /** An include inside may add servers that are not listed here. */
  readonly hasInclude: boolean;
}

/** A directive that makes nginx connect to a program. */
export interface Connector {
  readonly directive: string;
  readonly item: Item;
  /** The argument. */
  readonly at: Place;
  readonly text: string;
  readonly target: PassTarget;
}

/** A `root` or `alias` of a location, or the `root` of a server. */
export interface StaticRoot {
  readonly directive: 'root' | 'alias';
  readonly at: Place;
  readonly value: string;
  /** The location's prefix; undefined outside locations and where a regular expression or a name decides. */
  readonly prefix: string | undefined;
  /** try_files stands beside it: what is not there may be answered otherwise. */
  readonly tried: boolean;
}

/** A file that nginx opens by name, or the folder of one that it writes. */
export interface FileUse {
  readonly directive: string;
  readonly at: Place;
  readonly value: string;
  /** `load`: nginx -t opens it; `folder`: nginx makes it, and its folder must be there; `request`: opened for a request. */
  readonly when: 'load' | 'folder' | 'request';
}

export interface ServerFacts {
  readonly item: Item;
  readonly listens: readonly { readonly text: string; readonly at: Place }[];
  readonly names: readonly { readonly text: string; readonly at: Place }[];
}

/** How many connections and open files a worker may have. */
export interface WorkerLimit {
  readonly directive: 'worker_connections' | 'worker_rlimit_nofile';
  readonly at: Place;
  readonly value: string;
}

export interface NginxFacts {
  readonly includes: readonly IncludeSite[];
  readonly upstreams: readonly UpstreamFacts[];
  readonly connectors: readonly Connector[];
  readonly roots: readonly StaticRoot[];
  readonly servers: readonly ServerFacts[];
  /** At the top of a file that an upstream includes. */
  readonly upstreamServers: readonly UpstreamServer[];
  readonly files: readonly FileUse[];
  readonly limits: readonly WorkerLimit[];
  /** Braces without their other half: what is around them is a guess. */
  readonly strays: readonly Item[];
  /** At the top stands nothing that belongs there. */
  readonly foreign?: Foreign | undefined;
  /** The user that workers run as, if the file says so. */
  readonly user: { readonly name: string; readonly group: string | undefined; readonly at: Place } | undefined;
}

type Gathered = {
  -readonly [K in Exclude<keyof NginxFacts, 'foreign'>]: NginxFacts[K] extends readonly (infer T)[]
    ? T[]
    : NginxFacts[K];
};

const nothing = (): Gathered => ({
  includes: [],
  upstreams: [],
  connectors: [],
  roots: [],
  servers: [],
  upstreamServers: [],
  files: [],
  limits: [],
  strays: [],
  user: undefined,
});

type List = Exclude<keyof Gathered, 'user'>;

const LISTS = Object.keys(nothing()).filter((it): it is List => it !== 'user');

function append(all: unknown[], some: readonly unknown[]): void {
  for (const it of some) all.push(it);
}

const FILES: Readonly<Record<string, FileUse['when']>> = {
  ssl_certificate: 'load',
  ssl_certificate_key: 'load',
  ssl_client_certificate: 'load',
  ssl_trusted_certificate: 'load',
  ssl_crl: 'load',
  ssl_dhparam: 'load',
  ssl_password_file: 'load',
  ssl_session_ticket_key: 'load',
  proxy_ssl_trusted_certificate: 'load',
  auth_basic_user_file: 'request',
  access_log: 'folder',
  error_log: 'folder',
  proxy_cache_path: 'folder',
  fastcgi_cache_path: 'folder',
  uwsgi_cache_path: 'folder',
  scgi_cache_path: 'folder',
  client_body_temp_path: 'folder',
  proxy_temp_path: 'folder',
  fastcgi_temp_path: 'folder',
  uwsgi_temp_path: 'folder',
  scgi_temp_path: 'folder',
};

/** Directives that connect to a program, and whether their argument begins with a scheme. */
const PASS_DIRECTIVES: Readonly<Record<string, boolean>> = {
  proxy_pass: true,
  grpc_pass: true,
  fastcgi_pass: false,
  uwsgi_pass: true,
  scgi_pass: false,
  memcached_pass: false,
};

/**
 * Remembers facts by the items that they were taken from; an edit replaces the items that it touches, and with them what
 * is remembered here. `computed` counts chunks that had to be looked at, for tests.
 */
export class FactsMemory {
  private readonly byChunk = new ChunkMemory<NginxFacts>();
  private readonly byFile = new WeakMap<NginxFile, Map<BodyContext, Remembered>>();

  get computed(): number {
    return this.byChunk.made;
  }

  /** The facts of a file whose top stands in `context`. The same object as before if nothing in it has changed. */
  of(file: NginxFile, context: BodyContext): NginxFacts {
    let remembered = this.byFile.get(file);
    if (!remembered) this.byFile.set(file, (remembered = new Map()));
    const before = remembered.get(context);
    if (before?.items === file.children) return before.facts;
    const chunks = this.byChunk.each(file, chunksOf(file.children, context), '', factsOfChunk);
    const foreign = foreignIn(file.children, context);
    const same = before && sameForeign(before.facts.foreign, foreign) && saysTheSame(before.chunks, chunks);
    const facts = same ? before.facts : { ...joined(chunks, before), foreign };
    remembered.set(context, { items: file.children, chunks, facts });
    return facts;
  }
}

interface Remembered {
  readonly items: readonly Item[];
  readonly chunks: readonly NginxFacts[];
  readonly facts: NginxFacts;
}

/** Puts together what the chunks say. Lists in which nothing has changed stay the same objects. */
function joined(chunks: readonly NginxFacts[], before: Remembered | undefined): NginxFacts {
  const changed = before && changedAmong(before.chunks, chunks);
  const all: Record<string, unknown> = {};
  for (const list of LISTS) {
    const same = changed?.every(([was, now]) => sameFactList(was, now, list));
    all[list] = same ? before!.facts[list] : joinedList(chunks, list);
  }
  return { ...(all as unknown as NginxFacts), user: chunks.find((it) => it.user)?.user };
}

function joinedList(chunks: readonly NginxFacts[], list: List): readonly unknown[] {
  const all: unknown[] = [];
  for (const facts of chunks) if (facts[list].length > 0) append(all, facts[list]);
  return all;
}

/** Chunks that say something else than the one in their place did; undefined where they do not stand in the same places. */
function changedAmong(
  before: readonly NginxFacts[],
  now: readonly NginxFacts[],
): (readonly [was: NginxFacts, now: NginxFacts])[] | undefined {
  // Chunks that have nothing to say may come and go.
  const telling = (all: readonly NginxFacts[]) => all.filter((it) => it !== NOTHING);
  const [then, since] = before.length === now.length ? [before, now] : [telling(before), telling(now)];
  if (then.length !== since.length) return undefined;
  const changed: (readonly [NginxFacts, NginxFacts])[] = [];
  for (let i = 0; i < since.length; i++) if (then[i] !== since[i]) changed.push([then[i]!, since[i]!]);
  return changed;
}

function saysTheSame(before: readonly NginxFacts[], now: readonly NginxFacts[]): boolean {
  return (
    changedAmong(before, now)?.every(
      ([a, b]) => a.user?.at.node === b.user?.at.node && LISTS.every((it) => sameFactList(a, b, it)),
    ) ?? false
  );
}

const NOTHING: NginxFacts = nothing();

function factsOfChunk({ item, context, headOnly }: Chunk): NginxFacts {
  const isStray = item.kind === 'block' ? item.close === undefined : /^(?:stray-close|anonymous)$/.test(item.kind);
  if (!isStray && (headOnly || !item.isDirective)) return NOTHING;
  const gathered = nothing();
  if (isStray) gathered.strays.push(item);
  gather(gathered, item, context, undefined);
  return Object.values(gathered).some((it) => it !== undefined && (!Array.isArray(it) || it.length > 0))
    ? gathered
    : NOTHING;
}

/** Equal in content and in the items that they hang on. */
const SAME: { readonly [K in List]: (x: NginxFacts[K][number], y: NginxFacts[K][number]) => boolean } = {
  includes: (x, y) => x.item === y.item && x.context === y.context,
  connectors: (x, y) => x.item === y.item,
  upstreamServers: samePlace,
  files: (x, y) => x.at.node === y.at.node,
  limits: (x, y) => x.at.node === y.at.node,
  strays: (x, y) => x === y,
  roots: (x, y) => x.at.node === y.at.node && x.prefix === y.prefix && x.tried === y.tried,
  upstreams: (x, y) => x === y || (x.at.node === y.at.node && sameServers(x, y)),
  servers: (x, y) => x === y || (samePlaces(x.listens, y.listens) && samePlaces(x.names, y.names)),
};

function sameFactList(a: NginxFacts, b: NginxFacts, list: List): boolean {
  return sameList(a[list] as readonly unknown[], b[list], SAME[list] as (x: unknown, y: unknown) => boolean);
}

function sameServers(a: UpstreamFacts, b: UpstreamFacts): boolean {
  return a.hasInclude === b.hasInclude && samePlaces(a.servers, b.servers);
}

function samePlaces(a: readonly { at: Place }[], b: readonly { at: Place }[]): boolean {
  return sameList(a, b, samePlace);
}

function samePlace(x: { at: Place }, y: { at: Place }): boolean {
  return x.at.node === y.at.node && x.at.start === y.at.start;
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((it, i) => it === b[i] || same(it, b[i]!));
}

function gather(into: Gathered, item: Item, context: BodyContext, prefix: string | undefined): void {
  if (!item.isDirective) return;
  const name = item.name;
  const first = item.words[1];
  if (context === 'data') {
    if (name === 'include' && item.words.length === 2 && isDataWithIncludes(item))
      into.includes.push({ item, pattern: item.args[0]!, context, at: placeOfArg(item, 1) });
    return;
  }
  switch (name) {
    case 'include':
      if (first) into.includes.push({ item, pattern: item.args[0]!, context, at: placeOfArg(item, 1) });
      break;
    case 'user':
      if (first && context === 'main')
        into.user = { name: item.args[0]!, group: item.args[1], at: placeOfArg(item, 1) };
      break;
    case 'worker_connections':
    case 'worker_rlimit_nofile':
      if (first) into.limits.push({ directive: name, at: placeOfArg(item, 1), value: item.args[0]! });
      break;
    case 'root':
    case 'alias':
      if (first)
        into.roots.push({
          directive: name,
          at: placeOfArg(item, 1),
          value: item.args[0]!,
          prefix,
          tried: isTried(item),
        });
      break;
    case 'upstream':
      if (first && item.children) into.upstreams.push(upstreamFacts(item));
      break;
    case 'server':
      if (item.children && (context === 'http' || context === 'unknown')) into.servers.push(serverFacts(item));
      if (context === 'upstream' && !('words' in item.parent!)) into.upstreamServers.push(...upstreamServers([item]));
      break;
    default: {
      const when = FILES[name];
      if (when && first) into.files.push({ directive: name, at: placeOfArg(item, 1), value: item.args[0]!, when });
      const takesScheme = PASS_DIRECTIVES[name];
      if (
        takesScheme === undefined ||
        !first ||
        (context !== 'location' && context !== 'lif' && context !== 'limit_except')
      )
        break;
      const text = item.args[0]!;
      into.connectors.push({
        directive: name,
        item,
        at: placeOfArg(item, 1),
        text,
        target: parsePassTarget(text, takesScheme),
      });
    }
  }
  if (!item.children) return;
  const inside = contextInside(item, context);
  const below =
    name === 'location' ? locationPrefix(item) : name === 'if' || name === 'limit_except' ? prefix : undefined;
  for (const child of item.children) gather(into, child, inside, below);
}

/** Where `include` is one in a list of entries, and no entry itself: ngx_http_map(), ngx_http_geo(), ngx_http_core_type(). */
function isDataWithIncludes({ parent }: Item): boolean {
  // At the top of a file that such a block includes, there is no other.
  return parent === undefined || !('words' in parent) || /^(?:map|geo|types)$/.test(parent.name);
}

function isTried({ parent }: Item): boolean {
  return parent !== undefined && 'children' in parent && hasTryFiles(parent.children ?? []);
}

const hasTryFiles = (items: readonly Item[]): boolean => items.some((it) => it.name === 'try_files');

/** A `server` line of an upstream, with its address at least. */
function upstreamServer(it: Item): UpstreamServer {
  return {
    address: parseUpstreamServer(it.args[0]!),
    text: it.args[0]!,
    at: placeOfArg(it, 1),
    use: it.args.includes('down') ? 'never' : it.args.includes('backup') ? 'backup' : 'always',
  };
}

function upstreamFacts(item: Item): UpstreamFacts {
  return {
    name: item.args[0]!,
    at: placeOfArg(item, 1),
    servers: upstreamServers(item.children!),
    hasInclude: item.children!.some((it) => it.name === 'include'),
  };
}

function upstreamServers(items: readonly Item[]): UpstreamServer[] {
  return items.filter((it) => it.kind === 'simple' && it.name === 'server' && it.words.length > 1).map(upstreamServer);
}

function serverFacts(item: Item): ServerFacts {
  const of = (name: string) =>
    item.children!.filter((it) => it.kind === 'simple' && it.name === name && it.words.length > 1);
  return {
    item,
    listens: of('listen').map((it) => ({ text: it.args[0]!, at: placeOfArg(it, 1) })),
    names: of('server_name').flatMap((it) => it.args.map((text, i) => ({ text, at: placeOfArg(it, i + 1) }))),
  };
}

/** The URI prefix of a location that has one: `location /a/`, `= /a/`, `^~ /a/`. */
function locationPrefix(item: Item): string | undefined {
  const args = item.args;
  if (args.length === 1) {
    const glued = /^(\^~|~\*|~|=)(.*)$/s.exec(args[0]!);
    if (!glued) return args[0]!.startsWith('/') ? args[0] : undefined;
    return glued[1]!.startsWith('~') ? undefined : glued[2];
  }
  return args.length === 2 && (args[0] === '=' || args[0] === '^~') ? args[1] : undefined;
}
