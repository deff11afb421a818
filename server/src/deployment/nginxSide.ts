/** nginx's side of the join, put together file by file: a file of which nothing changed is not looked at again. */
import { type Address, runPath } from '../base/address.js';
import { kept } from '../base/lists.js';
import type { Place } from '../base/place.js';
import type {
  Connector,
  FileUse,
  NginxFacts,
  StaticRoot,
  UpstreamFacts,
  UpstreamServer,
  WorkerLimit,
} from '../nginx/facts.js';
import type { Item } from '../syntax/nginxSyntax.js';

/** One address that nginx connects to, and where it is written: in the directive itself or in an upstream that it names. */
export interface Connection {
  readonly connector: Connector;
  readonly address: Address;
  readonly at: Place;
  /** The text at `at`, as nginx reads it. */
  readonly text: string;
  readonly upstream: UpstreamFacts | undefined;
  /** `backup` where others are asked first. Servers that are marked down are no connections. */
  readonly use: 'always' | 'backup';
}

export interface NginxSide {
  readonly connections: readonly Connection[];
  /** By the directive that connects. Kept up to date, so that it is that of the latest configuration. */
  readonly connectionsOf: ReadonlyMap<Item, readonly Connection[]>;
  /** Where nginx itself listens for HTTP, of the configuration that it loads: directives and their first argument. */
  readonly listens: readonly { readonly text: string; readonly at: Place }[];
  /** Static roots of the configuration that nginx loads. */
  readonly roots: readonly StaticRoot[];
  /** Files that nginx opens or makes, of the configuration that it loads. */
  readonly files: readonly FileUse[];
  /** What nginx's workers are allowed, of the configuration that it loads. */
  readonly limits: readonly WorkerLimit[];
  /** The user of nginx's workers, where the configuration names one. */
  readonly user: NginxFacts['user'];
}

type Upstreams = ReadonlyMap<string, UpstreamFacts>;

/** What one file shows. Lists that hold the same as before stay the same. */
interface OfFile {
  readonly facts: NginxFacts;
  readonly upstreams: Upstreams;
  readonly connections: readonly Connection[];
  readonly listens: NginxSide['listens'];
  readonly roots: readonly StaticRoot[];
  readonly files: readonly FileUse[];
  readonly limits: readonly WorkerLimit[];
}

const LISTS = ['connections', 'listens', 'roots', 'files', 'limits'] as const;

export class NginxSideMemory {
  private readonly byPass = new Map<Item, readonly Connection[]>();
  private last:
    | {
        readonly facts: readonly NginxFacts[];
        readonly upstreams: Upstreams;
        readonly files: readonly OfFile[];
        readonly side: NginxSide;
      }
    | undefined;

  /** @param facts of the files that nginx loads, in its order. */
  of(facts: readonly NginxFacts[]): NginxSide {
    const { last } = this;
    if (last?.facts === facts) return last.side;
    const upstreams =
      last && sameUpstreams(last.facts, facts)
        ? last.upstreams
        : // nginx refuses a second upstream of the same name, so the last one is as good as any.
          new Map(joined(facts.map((it) => it.upstreams)).map((it) => [it.name, it]));
    const files = facts.map((it, i) => ofFile(it, upstreams, last?.files[i]));
    const made = Object.fromEntries(LISTS.map((name) => [name, this.joinedOf(name, files)])) as Lists;
    this.index(files);
    const user = facts.find((it) => it.user)?.user;
    const side = { ...made, connectionsOf: this.byPass, user };
    this.last = { facts, upstreams, files, side };
    return side;
  }

  private joinedOf(name: (typeof LISTS)[number], files: readonly OfFile[]): readonly unknown[] {
    const { last } = this;
    if (last?.files.length === files.length && files.every((it, i) => it[name] === last.files[i]![name]))
      return last.side[name];
    return joined(files.map((it) => it[name] as readonly unknown[]));
  }

  private index(files: readonly OfFile[]): void {
    const former = this.last?.files ?? [];
    const [gone, come]: [Connection[], Connection[]] = [[], []];
    for (let i = 0; i < Math.max(files.length, former.length); i++) {
      const [was, is] = [former[i]?.connections ?? NONE, files[i]?.connections ?? NONE];
      if (was === is) continue;
      // Of a long file hardly anything is another.
      const kept = new Set(is);
      const before = new Set(was);
      for (const it of was) if (!kept.has(it)) gone.push(it);
      for (const it of is) if (!before.has(it)) come.push(it);
    }
    for (const it of gone) {
      const { item } = it.connector;
      const others = this.byPass.get(item)?.filter((one) => one !== it) ?? [];
      if (others.length > 0) this.byPass.set(item, others);
      else this.byPass.delete(item);
    }
    for (const it of come) {
      const { item } = it.connector;
      const same = this.byPass.get(item);
      if (!same?.includes(it)) this.byPass.set(item, same ? [...same, it] : [it]);
    }
  }
}

const NONE: readonly Connection[] = [];

type Lists = Pick<NginxSide, (typeof LISTS)[number]>;

function ofFile(facts: NginxFacts, upstreams: Upstreams, before: OfFile | undefined): OfFile {
  if (before?.facts === facts && before.upstreams === upstreams) return before;
  return {
    facts,
    upstreams,
    connections: kept(joined(facts.connectors.map((it) => connectionsOf(it, upstreams))), before?.connections),
    listens: kept(joined(facts.servers.map((it) => it.listens)), before?.listens),
    // Relative ones start from a folder that was fixed when nginx was compiled, and differs by distribution.
    roots: kept(
      facts.roots.filter((it) => /^[/$]/.test(it.value)),
      before?.roots,
    ),
    files: kept(facts.files, before?.files),
    limits: kept(facts.limits, before?.limits),
  };
}

/** flatMap takes several times longer for thousands of short lists. */
function joined<T>(lists: readonly (readonly T[])[]): readonly T[] {
  let length = 0;
  for (const list of lists) length += list.length;
  const all = new Array<T>(length);
  let at = 0;
  for (const list of lists) for (const it of list) all[at++] = it;
  return all;
}

function sameUpstreams(before: readonly NginxFacts[], now: readonly NginxFacts[]): boolean {
  return (
    before.length === now.length &&
    now.every(({ upstreams }, i) => {
      const others = before[i]!.upstreams;
      return (
        upstreams === others || (upstreams.length === others.length && upstreams.every((it, k) => it === others[k]))
      );
    })
  );
}

/** Connections that an edit does not touch stay the same objects, so that what was said of them stays true. */
const connections = new WeakMap<Connector, { upstream: UpstreamFacts | undefined; made: readonly Connection[] }>();

/** What a directive connects to: one address, or the servers of the upstream that it names. */
export function connectionsOf(connector: Connector, upstreams: Upstreams): readonly Connection[] {
  const { target, at, text } = connector;
  const upstream = target.name === undefined ? undefined : upstreams.get(target.name);
  const before = connections.get(connector);
  if (before && before.upstream === upstream) return before.made;
  const to = (address: Address | undefined, where: Place, written: string, use: UpstreamServer['use']): Connection[] =>
    address && use !== 'never'
      ? [{ connector, address: normal(address), at: where, text: written, upstream, use }]
      : [];
  const made = upstream
    ? upstream.servers.flatMap((it) => to(it.address, it.at, it.text, it.use))
    : to(target.address, at, text, 'always');
  connections.set(connector, { upstream, made });
  return made;
}

/** As both sides of the join write it. */
export function normal(address: Address): Address {
  return address.kind === 'unix' ? { kind: 'unix', path: runPath(address.path) } : address;
}
