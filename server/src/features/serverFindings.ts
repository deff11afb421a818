/**
 * Runs the rules that see a whole server, includes and inherited settings in their place. What they said of a server is
 * remembered until its own text, a file that it includes, or a setting of http around it changes.
 */
import type { HostPath } from '../base/hostPath.js';
import { grouped, kept, sameList } from '../base/lists.js';
import type { NginxTarget } from '../catalog/nginxVersion.js';
import { type Configuration, readingsOf } from '../nginx/configuration.js';
import {
  type Block,
  effectiveConfiguration,
  httpBlock,
  httpItems,
  type IncludedFiles,
  replacedLists,
} from '../nginx/effective/blocks.js';
import { inForce } from '../nginx/effective/inheritance.js';
import { hostLosing } from '../nginx/effective/ownHost.js';
import { sameSends, sendsOf } from '../nginx/effective/sends.js';
import { sameVariables, variablesOf } from '../nginx/effective/serverVariables.js';
import type { Finding, Rule } from '../rules/rule.js';
import type { ServerNames } from '../rules/views.js';
import type { Item } from '../syntax/nginxSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { AcrossServers } from './acrossServers.js';
import { keptWhereSame } from './findingsByFile.js';
import { includesIn, type Settings, type Summary, sameSettings, settingsOf, summaryOf } from './httpSettings.js';
import type { Conclusion, PartsMemory } from './partFindings.js';
import { rulesSeeing } from './rulesSeeing.js';
import { serversByFile } from './serversByFile.js';

const serverRules = rulesSeeing('server');

const NOTHING: readonly Finding[] = [];

interface Judged {
  readonly item: Item;
  /** What the files that it includes held. */
  readonly included: readonly unknown[];
  readonly settings: object;
  readonly findings: readonly Finding[];
  readonly names: ServerNames;
  /** Stale when what it asked of the deployment has another answer. */
  readonly drawn: Conclusion;
}

/** The servers of one list of items: of a file, or of a part of it between two includes. */
interface JudgedList {
  readonly summary: Summary;
  readonly settings: object;
  readonly servers: readonly Judged[];
  readonly names: readonly ServerNames[];
  readonly findings: readonly Finding[];
}

/** The http block as it was looked at last. */
interface World {
  readonly inclusions: object;
  readonly version: string | undefined;
  readonly sources: IncludedFiles;
  readonly complete: boolean;
  readonly made: ReadonlySet<string>;
  /** What stood in each file that is read; only files that are open can show something else meanwhile. */
  readonly seen: (readonly Item[])[];
  lists: readonly (readonly Item[])[];
  /** The numbers of each list; made when first needed. */
  places?: Map<readonly Item[], number[]>;
}

export class ServersMemory {
  /** Rises when findings have changed in any file. */
  revision = 0;
  /** Servers that had to be looked at: for tests. */
  judged = 0;
  private readonly servers = new WeakMap<Item, Judged>();
  private settings: Settings | undefined;
  private order: readonly JudgedList[] = [];
  private world: World | undefined;
  /** In which list of `order` the server stands that drew a conclusion. */
  private readonly listOf = new WeakMap<Conclusion, number>();
  /** What servers were compared by, besides what they say. */
  private around: readonly unknown[] = [];
  private readonly across = new AcrossServers();
  private byFile: ReadonlyMap<HostPath, readonly Finding[]> = new Map();

  private asked:
    | {
        readonly snapshot: Snapshot;
        readonly texts: number;
        readonly version: string | undefined;
        readonly othersStale: unknown;
      }
    | undefined;

  constructor(private readonly parts: PartsMemory) {}

  /** The same list as before while nothing else is to be said of the file. */
  of(snapshot: Snapshot, path: HostPath, target: NginxTarget): readonly Finding[] {
    this.refresh(snapshot, target);
    return this.byFile.get(path) ?? NOTHING;
  }

  /** What is said of each file; the same lists, and the same map, while nothing else is. Of the last `refresh`. */
  get said(): ReadonlyMap<HostPath, readonly Finding[]> {
    return this.byFile;
  }

  refresh(snapshot: Snapshot, target: NginxTarget): void {
    const { configuration } = snapshot;
    const version = target.version?.join('.');
    this.parts.of(snapshot.deployment, snapshot.host);
    const { asked } = this;
    const texts = snapshot.space.textsRevision;
    const { othersStale } = this.parts;
    // Asked once for each file, and answered once for all of them.
    if (
      asked?.snapshot === snapshot &&
      asked.texts === texts &&
      asked.version === version &&
      asked.othersStale === othersStale
    )
      return;
    this.asked = { snapshot, texts, version, othersStale };
    const { world } = this;
    const isSameWorld = world?.inclusions === configuration.inclusions && world.version === version;
    const stale = this.parts.takeStale();
    const changed = isSameWorld ? this.changedIn(world, snapshot) : undefined;
    if (changed?.length === 0 && stale?.length === 0) return;
    const edited = changed && stale && this.edited(world!, changed, configuration);
    if (edited) this.refreshLists(world!, edited, stale, configuration, target);
    else this.refreshAll(configuration, version, target, stale?.length !== 0);
  }

  private refreshAll(
    configuration: Configuration,
    version: string | undefined,
    target: NginxTarget,
    mayBeStale: boolean,
  ): void {
    const { top, sources, isWhole } = effectiveConfiguration(configuration);
    const http = httpBlock(top);
    const complete = isWhole && http?.complete === true;
    const lists = http?.lists ?? [];
    const summaries = lists.map((it) => summaryOf(it));
    if (http) this.settings = settingsOf(http, sources, summaries, [version, complete], this.settings);
    const order = summaries.map((it, i) => this.judgeList(it, sources, target, i, mayBeStale));
    const made = new Set<string>();
    for (const summary of summaries) for (const it of summary.made) made.add(it);
    const seen = configuration.readings.map((it) => it.file.children);
    this.world = { inclusions: configuration.inclusions, version, sources, complete, made, seen, lists };
    this.release(this.order, order);
    this.conclude(order, [...order.keys()], [complete, [...made].join(' ')], configuration);
  }

  /** Some lists are others, or servers of them would be judged otherwise now. */
  private refreshLists(
    { sources }: World,
    edited: readonly (readonly [at: number, summary: Summary])[],
    stale: readonly Conclusion[],
    configuration: Configuration,
    target: NginxTarget,
  ): void {
    const summaries = new Map(edited);
    for (const it of stale) {
      const at = this.listOf.get(it);
      const list = at === undefined ? undefined : this.order[at];
      if (list?.servers.some((one) => one.drawn === it) && !summaries.has(at!)) summaries.set(at!, list.summary);
    }
    const order = this.order.slice();
    for (const [at, summary] of summaries) order[at] = this.judgeList(summary, sources, target, at, stale.length > 0);
    const places = [...summaries.keys()];
    this.release(
      places.map((it) => this.order[it]!),
      places.map((it) => order[it]!),
    );
    this.conclude(order, places, undefined, configuration);
  }

  /** Numbers of readings of which the text is another. */
  private changedIn({ seen }: World, { configuration, space }: Snapshot): readonly number[] {
    const changed: number[] = [];
    for (const path of space.openPaths)
      for (const at of readingsOf(configuration, path))
        if (configuration.readings[at]!.file.children !== seen[at]) changed.push(at);
    return changed;
  }

  /**
   * The lists of http that edits replace, with what they hold now; undefined where more may be another: what servers
   * include or take from http, or what belongs to which list.
   */
  private edited(
    world: World,
    changed: readonly number[],
    { readings }: Configuration,
  ): readonly (readonly [at: number, summary: Summary])[] | undefined {
    const edited: (readonly [number, Summary])[] = [];
    const lists: (readonly [number, readonly Item[]])[] = [];
    const places = (world.places ??= grouped(world.lists.keys(), (at) => world.lists[at]!));
    for (const at of changed) {
      const { file, context } = readings[at]!;
      const http = httpItems(world.seen[at]!, file.children, context);
      const parts = http && replacedLists(...http);
      if (!parts) return undefined;
      for (const [was, now] of parts)
        for (const place of places.get(was) ?? []) {
          const before = this.order[place]!.summary;
          const summary = summaryOf(now);
          if (!sameSettings(before.settings, summary.settings) || !sameList(before.made, summary.made))
            return undefined;
          edited.push([place, summary]);
          lists.push([place, now]);
        }
    }
    for (const at of changed) world.seen[at] = readings[at]!.file.children;
    const now = world.lists.slice();
    for (const [place, list] of lists) {
      // An include may bring the same file twice.
      places.delete(now[place]!);
      now[place] = list;
    }
    for (const [, list] of lists)
      places.set(
        list,
        lists.filter((it) => it[1] === list).map((it) => it[0]),
      );
    world.lists = now;
    return edited;
  }

  /**
   * Puts together what is to be said: `places` are the numbers of the lists that may be others than before, `around` what
   * else servers are compared by, if that may be another.
   */
  private conclude(
    order: readonly JudgedList[],
    places: readonly number[],
    around: readonly unknown[] | undefined,
    configuration: Configuration,
  ): void {
    const before = this.order;
    this.order = order;
    const isAnother = (of: (it: JudgedList) => unknown) =>
      before.length !== order.length || places.some((it) => of(before[it]!) !== of(order[it]!));
    const former = this.across.findings;
    const names = isAnother((it) => it.names);
    if (before.length !== order.length || (around && !sameList(around, this.around))) {
      const { made, complete } = this.world!;
      this.across.compareAll(
        order.map((it) => it.names),
        { made, complete },
      );
    } else if (names)
      this.across.compare(
        order.map((it) => it.names),
        places,
      );
    if (around) this.around = around;
    if (!isAnother((it) => it.findings) && former === this.across.findings) return;
    this.revision++;
    const telling = order.filter((it) => it.findings.length > 0);
    const findings = [...telling.flatMap((it) => it.findings), ...this.across.findings];
    const servers = telling.flatMap((it) => it.servers);
    this.byFile = keptWhereSame(serversByFile(findings, servers, configuration), this.byFile);
  }

  private judgeList(
    summary: Summary,
    sources: IncludedFiles,
    target: NginxTarget,
    at: number,
    mayBeStale: boolean,
  ): JudgedList {
    const settings = this.settings!;
    const former = this.order[at];
    if (
      former?.summary === summary &&
      former.settings === settings.key &&
      !summary.includes &&
      !(mayBeStale && former.servers.some((it) => it.drawn.stale))
    )
      return former;
    // Without includes only a server's own text and what it asked can be another.
    const sure = former?.settings === settings.key && !mayBeStale ? former : undefined;
    const servers = summary.servers.map((it, i) => {
      const before = sure?.servers[i];
      if (before?.item === it && before.included.length === 0) return before;
      return this.judge(it, settings, sources, target, former?.names[i]);
    });
    for (const it of servers) this.listOf.set(it.drawn, at);
    if (former?.summary === summary && sameList(former.servers, servers)) return former;
    const names = servers.map((it) => it.names);
    const findings = servers.flatMap((it) => it.findings);
    return {
      summary,
      settings: settings.key,
      servers,
      names: kept(names, former?.names),
      findings: findings.length === 0 ? NOTHING : kept(findings, former?.findings),
    };
  }

  /** Of servers that are gone nobody wants to know any more what they asked. */
  private release(before: readonly JudgedList[], now: readonly JudgedList[]): void {
    const gone: JudgedList[] = [];
    const come: JudgedList[] = [];
    for (let i = 0; i < Math.max(before.length, now.length); i++) {
      if (before[i] === now[i]) continue;
      if (before[i]) gone.push(before[i]!);
      if (now[i]) come.push(now[i]!);
    }
    const here = new Set(come.flatMap((it) => it.servers));
    for (const list of gone) for (const it of list.servers) if (!here.has(it)) this.parts.release(it.drawn);
  }

  private judge(
    item: Item,
    { http, key }: Settings,
    sources: IncludedFiles,
    target: NginxTarget,
    former: ServerNames | undefined,
  ): Judged {
    const included: unknown[] = [];
    this.includedBy(item, sources, included);
    const before = this.servers.get(item);
    const unchanged = before?.settings === key && sameList(before.included, included);
    if (before && unchanged && !before.drawn.stale) return before;
    if (before) this.parts.release(before.drawn);
    this.judged++;
    const findings: Finding[] = [];
    const server = http.holding(item).body!;
    const drawn = this.parts.conclude((around) => {
      for (const rule of serverRules) if (concerns(rule, server)) rule.run({ server, target, around }, findings);
    });
    const names = namesOf(item, server);
    const same = former && sameNames(former, names);
    const judged = { item, included, settings: key, findings, names: same ? former : names, drawn };
    this.servers.set(item, judged);
    return judged;
  }

  /** What the includes within an item bring, and the includes in that: the same lists while nothing has changed. */
  private includedBy(item: Item, sources: IncludedFiles, into: unknown[]): void {
    for (const include of includesIn(item, [item])) this.follow(include, sources, into, 0);
  }

  private follow(include: Item, sources: IncludedFiles, into: unknown[], depth: number): void {
    const files = sources.included(include);
    if (!files) into.push(include);
    for (const file of files ?? []) {
      into.push(file);
      if (depth < 64) for (const it of includesIn(file, file)) this.follow(it, sources, into, depth + 1);
    }
  }
}

/** Whether anything that the rule looks at stands in the server, or in http around it. */
function concerns({ directives }: Rule<'server'>, server: Block): boolean {
  if (!directives || directives.some((it) => server.namesWithin.has(it))) return true;
  // Each name is asked for, so that the server is judged again when http gets it.
  return directives.filter((it) => server.parent?.first(it)).length > 0;
}

const TLS = ['ssl', 'ssl_certificate', 'ssl_reject_handshake', 'ssl_protocols', 'server_names_hash_bucket_size'];

/** Items only: a directive would keep its block, and with it all of http as it was then. */
function namesOf(item: Item, server: Block): ServerNames {
  const tls = TLS.map((it) => inForce(server, it));
  return {
    listens: server.all('listen').map((it) => it.item),
    names: server.all('server_name').map((it) => it.item),
    server: item,
    tls: tls.flatMap((it) => it.directives.map((one) => one.item)),
    variables: variablesOf(server),
    sends: sendsOf(server),
    roots: server.all('root').map((it) => it.item),
    asks: hostLosing(server),
    complete: server.complete && tls.every((it) => it.certain),
  };
}

function sameNames(a: ServerNames, b: ServerNames): boolean {
  return (
    a.server === b.server &&
    a.complete === b.complete &&
    sameList(a.listens, b.listens) &&
    sameList(a.names, b.names) &&
    sameList(a.tls, b.tls) &&
    sameList(a.roots, b.roots) &&
    sameList(a.asks, b.asks) &&
    sameVariables(a.variables, b.variables) &&
    sameSends(a.sends, b.sends)
  );
}
