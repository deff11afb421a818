/** nginx's side of the join, put together file by file: a file of which nothing changed is not looked at again. */
import { type Address, runPath } from '../base/address.js';
import { kept, sameList } from '../base/lists.js';
import type { Place } from '../base/place.js';
import { differingFacts } from '../nginx/configuration.js';
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
  /** The same lists, file by file. */
  readonly byFile: {
    readonly connections: readonly (readonly Connection[])[];
    readonly listens: readonly NginxSide['listens'][];
    readonly roots: readonly (readonly StaticRoot[])[];
    readonly files: readonly (readonly FileUse[])[];
    readonly limits: readonly (readonly WorkerLimit[])[];
  };
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

type Lists = NginxSide['byFile'];

interface Last {
  readonly facts: readonly NginxFacts[];
  readonly upstreams: Upstreams;
  readonly files: readonly OfFile[];
  readonly side: NginxSide;
}

export class NginxSideMemory {
  private readonly byPass = new Map<Item, readonly Connection[]>();
  private last: Last | undefined;

  /** @param facts of the files that nginx loads, in its order. */
  of(facts: readonly NginxFacts[]): NginxSide {
    const { last } = this;
    if (last?.facts === facts) return last.side;
    const isSimilar = last?.facts.length === facts.length;
    const changed = isSimilar ? differingFacts(last.facts, facts) : [...facts.keys()];
    const sameUpstreams = isSimilar && changed.every((i) => sameList(last.facts[i]!.upstreams, facts[i]!.upstreams));
    const upstreams = sameUpstreams
      ? last.upstreams
      : // nginx refuses a second upstream of the same name, so the last one is as good as any.
        new Map(joined(facts.map((it) => it.upstreams)).map((it) => [it.name, it]));
    const files = sameUpstreams ? last.files.slice() : facts.map((it, i) => ofFile(it, upstreams, last?.files[i]));
    if (sameUpstreams) for (const i of changed) files[i] = ofFile(facts[i]!, upstreams, last.files[i]);
    const lists = sameUpstreams ? edited(last, files, changed) : listsOf(files, last);
    this.index(files, sameUpstreams ? changed : undefined);
    const sameUser = isSimilar && changed.every((i) => last.facts[i]!.user === facts[i]!.user);
    const user = sameUser ? last.side.user : facts.find((it) => it.user)?.user;
    const side = new Joined(lists, this.byPass, user);
    this.last = { facts, upstreams, files, side };
    return side;
  }

  /** @param changed the only files that may be others, if that is known. */
  private index(files: readonly OfFile[], changed: readonly number[] | undefined): void {
    const former = this.last?.files ?? [];
    const [gone, come]: [Connection[], Connection[]] = [[], []];
    for (const i of changed ?? Array(Math.max(files.length, former.length)).keys()) {
      if (former[i] === files[i]) continue;
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

/** What the files show, put side by side where somebody wants to see all of it. */
class Joined implements NginxSide {
  constructor(
    readonly byFile: Lists,
    readonly connectionsOf: NginxSide['connectionsOf'],
    readonly user: NginxSide['user'],
  ) {}

  get connections(): readonly Connection[] {
    return joinedOnce(this.byFile.connections);
  }

  get listens(): NginxSide['listens'] {
    return joinedOnce(this.byFile.listens);
  }

  get roots(): readonly StaticRoot[] {
    return joinedOnce(this.byFile.roots);
  }

  get files(): readonly FileUse[] {
    return joinedOnce(this.byFile.files);
  }

  get limits(): readonly WorkerLimit[] {
    return joinedOnce(this.byFile.limits);
  }
}

function listsOf(files: readonly OfFile[], last: Last | undefined): Lists {
  const list = (name: (typeof LISTS)[number]) =>
    kept<unknown>(
      files.map((it) => it[name]),
      last?.side.byFile[name],
    );
  return Object.fromEntries(LISTS.map((name) => [name, list(name)])) as unknown as Lists;
}

/** The lists of before, of which some files have others. */
function edited({ side }: Last, files: readonly OfFile[], changed: readonly number[]): Lists {
  const list = (name: (typeof LISTS)[number]): readonly unknown[] => {
    const before: readonly unknown[] = side.byFile[name];
    if (changed.every((i) => files[i]![name] === before[i])) return before;
    const now = before.slice();
    for (const i of changed) now[i] = files[i]![name];
    return now;
  };
  return Object.fromEntries(LISTS.map((name) => [name, list(name)])) as unknown as Lists;
}

/** By the lists that were joined: as long as they are the same, so is what they make. */
const joints = new WeakMap<object, readonly unknown[]>();

function joinedOnce<T>(lists: readonly (readonly T[])[]): readonly T[] {
  let all = joints.get(lists);
  if (!all) joints.set(lists, (all = joined(lists)));
  return all as readonly T[];
}

function ofFile(facts: NginxFacts, upstreams: Upstreams, before: OfFile | undefined): OfFile {
  if (before?.facts === facts && before.upstreams === upstreams) return before;
  const former = before?.facts;
  const sameConnectors = former?.connectors === facts.connectors && before?.upstreams === upstreams;
  return {
    facts,
    upstreams,
    connections: sameConnectors
      ? before.connections
      : kept(joined(facts.connectors.map((it) => connectionsOf(it, upstreams))), before?.connections),
    listens:
      former?.servers === facts.servers
        ? before!.listens
        : kept(joined(facts.servers.map((it) => it.listens)), before?.listens),
    // Relative ones start from a folder that was fixed when nginx was compiled, and differs by distribution.
    roots:
      former?.roots === facts.roots
        ? before!.roots
        : kept(
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
