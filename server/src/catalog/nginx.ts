/** What is known of nginx's directives: look-ups over ../../catalog/nginx.json. Knows no file. */
import table from '../../catalog/nginx.json' with { type: 'json' };

/**
 * Contexts as nginx's own flags have them: `sif` is `if` in a server, `lif` is `if` in a location; `any` stands in the
 * table only, for directives that every block takes.
 */
export type NginxContext =
  | 'main'
  | 'events'
  | 'http'
  | 'server'
  | 'location'
  | 'limit_except'
  | 'lif'
  | 'sif'
  | 'upstream'
  | 'mail'
  | 'mail-server'
  | 'stream'
  | 'stream-server'
  | 'stream-upstream'
  | 'acme_issuer'
  | 'oidc_provider'
  | 'mgmt'
  | 'otel_exporter'
  | 'rtmp'
  | 'rtmp-server'
  | 'rtmp-application'
  | 'rtmp-recorder'
  | 'any';

export interface NginxArgs {
  readonly min: number;
  /** Null for no upper bound. */
  readonly max: number | null;
  /** The counts that are allowed, where not all between min and max are. */
  readonly counts: readonly number[] | undefined;
  /** Takes `on` or `off`. */
  readonly flag: boolean;
}

export interface NginxDirective {
  readonly name: string;
  readonly module: string;
  readonly contexts: readonly NginxContext[];
  readonly block: boolean;
  readonly args: NginxArgs;
  /** How many arguments the releases before a version take. */
  readonly formerArgs: { readonly before: string; readonly args: NginxArgs } | undefined;
  /** nginx's parser for the argument: flag, enum, size, msec, sec, num, path, ...; undefined where a handler decides. */
  readonly type: string | undefined;
  readonly values: readonly string[] | undefined;
  /** Keywords among the arguments: `backup`, or with the kind of its value `weight=number`. */
  readonly params: readonly string[];
  /** The least and the greatest number that is taken. */
  readonly range: readonly [number, number] | undefined;
  /** Arguments may have variables in them. */
  readonly variables: boolean;
  /** What a second one in the same block does: `error` is nginx's `is duplicate`. */
  readonly duplicate: 'error' | 'accumulate' | 'override' | 'warn' | undefined;
  readonly default: string | undefined;
  /** How a block passes it on: `normal` and `array` until a block inside has its own, `action` never; undefined if unknown. */
  readonly inherit: 'none' | 'normal' | 'array' | 'action' | undefined;
  /** Version that introduced it, as far as records go. */
  readonly since: string | undefined;
  readonly removed: string | undefined;
  readonly deprecated: boolean;
  readonly commercial: boolean;
  readonly thirdParty: boolean;
  /** nginx.org's page of the module, at the directive. */
  readonly docsUrl: string | undefined;
}

interface More {
  counts?: number[];
  flag?: boolean;
  type?: string;
  values?: unknown[];
  params?: string[];
  range?: [number, number];
  vars?: boolean;
  dup?: 'error' | 'accumulate' | 'override' | 'warn';
  default?: string;
  inherit?: 'none' | 'normal' | 'array' | 'action';
  since?: string;
  removed?: unknown;
  deprecated?: boolean;
  commercial?: boolean;
  third?: boolean;
  former?: [string, number, number | null];
}

type Row = readonly [string, number, readonly number[], 0 | 1, number, number | null, More];

/** Rows until somebody asks for the name: making a thousand entries costs more than most files need. */
const rows = new Map<string, Row[]>();
for (const row of table.directives as unknown as Row[]) {
  const before = rows.get(row[0]);
  if (before) before.push(row);
  else rows.set(row[0], [row]);
}
const byName = new Map<string, readonly NginxDirective[]>();

function entryOf([name, moduleIndex, contextIndexes, block, min, max, more]: Row): NginxDirective {
  const [module, page] = table.modules[moduleIndex] as [string, string | null];
  return {
    name,
    module,
    contexts: contextIndexes.map((it) => table.contexts[it] as NginxContext),
    block: block === 1,
    args: { min, max, counts: more.counts, flag: more.flag === true },
    formerArgs: more.former && {
      before: more.former[0],
      args: { min: more.former[1], max: more.former[2], counts: undefined, flag: false },
    },
    type: more.type,
    values: more.values?.map(String),
    params: more.params ?? [],
    range: more.range,
    variables: more.vars === true,
    duplicate: more.dup,
    default: more.default,
    inherit: more.inherit,
    since: more.since,
    removed: more.removed === undefined ? undefined : String(more.removed),
    deprecated: more.deprecated === true,
    commercial: more.commercial === true,
    thirdParty: more.third === true,
    docsUrl: page ? `${page}#${name}` : undefined,
  };
}

const NONE: readonly NginxDirective[] = [];

/** What the name means, in all modules that have it; empty for unknown names. Case matters, as in nginx. */
export function directiveEntries(name: string): readonly NginxDirective[] {
  let entries = byName.get(name);
  if (!entries) {
    const found = rows.get(name);
    // Unknown names are not remembered: there are as many as a person can type.
    if (!found) return NONE;
    byName.set(name, (entries = found.map(entryOf)));
  }
  return entries;
}

/** The directive of this name that the context takes. */
export function directiveIn(name: string, context: NginxContext): NginxDirective | undefined {
  return directiveEntries(name).find((it) => it.contexts.includes(context) || it.contexts.includes('any'));
}

export function directiveNames(): Iterable<string> {
  return rows.keys();
}

const inContext = new Map<NginxContext, readonly NginxDirective[]>();

/** All directives that a context takes: for completion. */
export function directivesIn(context: NginxContext): readonly NginxDirective[] {
  let entries = inContext.get(context);
  if (!entries) {
    entries = [...rows.keys()].flatMap((name) =>
      directiveEntries(name).filter((it) => it.contexts.includes(context) || it.contexts.includes('any')),
    );
    inContext.set(context, entries);
  }
  return entries;
}

/** The context inside a block, by the context that the block stands in. */
const BODIES: Readonly<Record<string, Readonly<Partial<Record<NginxContext, NginxContext>>>>> = {
  events: { main: 'events' },
  http: { main: 'http' },
  mail: { main: 'mail' },
  imap: { main: 'mail' },
  stream: { main: 'stream' },
  mgmt: { main: 'mgmt' },
  rtmp: { main: 'rtmp' },
  server: { http: 'server', mail: 'mail-server', stream: 'stream-server', rtmp: 'rtmp-server' },
  application: { 'rtmp-server': 'rtmp-application' },
  recorder: { 'rtmp-application': 'rtmp-recorder' },
  upstream: { http: 'upstream', stream: 'stream-upstream' },
  location: { server: 'location', location: 'location' },
  if: { server: 'sif', location: 'lif' },
  limit_except: { location: 'limit_except' },
  acme_issuer: { http: 'acme_issuer' },
  oidc_provider: { http: 'oidc_provider' },
  otel_exporter: { http: 'otel_exporter' },
};

/** Blocks that hold entries of data instead of directives. */
const DATA = new Set(['map', 'geo', 'geoip2', 'types', 'split_clients', 'charset_map', 'num_map', 'match']);

/**
 * What the body of the block `name` is when it stands in `parent`: a context, `free` for entries of data, undefined if
 * the block is not known there.
 */
export function blockContext(parent: NginxContext, name: string): NginxContext | 'free' | undefined {
  return DATA.has(name) ? 'free' : BODIES[name]?.[parent];
}
