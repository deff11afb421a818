/**
 * Runs the rules that see a whole server, includes and inherited settings in their place. What they said of a server is
 * remembered until its own text, a file that it includes, or a setting of http around it changes.
 */
import type { HostPath } from '../base/hostPath.js';
import { kept, sameList } from '../base/lists.js';
import type { NginxTarget } from '../catalog/nginxVersion.js';
import { type Block, effectiveConfiguration, httpBlock, type IncludedFiles } from '../nginx/effective/blocks.js';
import { inForce } from '../nginx/effective/inheritance.js';
import { sameSends, sendsOf } from '../nginx/effective/sends.js';
import { sameVariables, variablesOf } from '../nginx/effective/serverVariables.js';
import { allRules } from '../rules/all.generated.js';
import type { Finding, Rule } from '../rules/rule.js';
import type { ServerNames } from '../rules/views.js';
import { type Item, itemsWithin } from '../syntax/nginxSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { keptWhereSame } from './findingsByFile.js';
import type { Conclusion, PartsMemory } from './partFindings.js';
import { serversByFile } from './serversByFile.js';

const serverRules = allRules.filter((it) => it.sees === 'server') as unknown as readonly Rule<'server'>[];
const serversRules = allRules.filter((it) => it.sees === 'servers') as unknown as readonly Rule<'servers'>[];

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

/** What a list of items of http holds. */
interface Summary {
  readonly servers: readonly Item[];
  /** Whether servers of it include files. */
  readonly includes: boolean;
  /** What servers may take from it, each with its name. Of upstreams their names are all that a server sees. */
  readonly settings: readonly (readonly [name: string, what: unknown])[];
  /** Variables that are made beside the servers, in lower case. */
  readonly made: readonly string[];
}

export class ServersMemory {
  /** Rises when findings have changed in any file. */
  revision = 0;
  /** Servers that had to be looked at: for tests. */
  judged = 0;
  private readonly servers = new WeakMap<Item, Judged>();
  private readonly includes = new WeakMap<object, readonly Item[]>();
  private readonly summaries = new WeakMap<readonly Item[], Summary>();
  private settings: Settings | undefined;
  private order: readonly JudgedList[] = [];
  /** `othersStale` of the parts when these were judged: none of them has become stale since. */
  private judgedAt: unknown;
  /** What was compared across servers. */
  private compared: readonly unknown[] = [];
  private across: readonly Finding[] = NOTHING;
  private byFile: ReadonlyMap<HostPath, readonly Finding[]> = new Map();
  /** The files as they were when `byFile` was made. */
  private seen: readonly unknown[] = [];

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
    const seen = [
      version,
      configuration.inclusions,
      othersStale,
      ...configuration.readings.map((it) => it.file.children),
    ];
    if (sameList(seen, this.seen)) return;
    this.seen = seen;
    const { top, sources, isWhole } = effectiveConfiguration(configuration);
    const http = httpBlock(top);
    const complete = isWhole && http?.complete === true;
    const summaries = http?.lists.map((it) => this.summaryOf(it)) ?? [];
    if (http) this.settings = settingsOf(http, sources, summaries, [version, complete], this.settings);
    const mayBeStale = othersStale !== this.judgedAt;
    const order = summaries.map((it, i) => this.judgeList(it, sources, target, this.order[i], mayBeStale));
    this.judgedAt = othersStale;
    const made = new Set<string>();
    for (const summary of summaries) for (const it of summary.made) made.add(it);
    const compared = [...order.map((it) => it.names), complete, [...made].join(' ')];
    const isSame = sameList(compared, this.compared);
    if (isSame && sameList(order, this.order)) return;
    const before = [...this.order.map((it) => it.findings), this.across];
    this.releaseMissing(order);
    this.order = order;
    if (!isSame) {
      this.compared = compared;
      const across: Finding[] = [];
      const servers = order.flatMap((it) => it.names);
      for (const rule of serversRules) rule.run({ servers, made, complete }, across);
      this.across = across.length > 0 ? across : NOTHING;
    }
    if (sameList(before, [...order.map((it) => it.findings), this.across])) return;
    this.revision++;
    const findings = [...order.flatMap((it) => it.findings), ...this.across];
    const servers = order.flatMap((it) => (it.findings.length > 0 ? it.servers : []));
    this.byFile = keptWhereSame(serversByFile(findings, servers, configuration.readings), this.byFile);
  }

  private summaryOf(list: readonly Item[]): Summary {
    let summary = this.summaries.get(list);
    if (!summary) {
      const servers = list.filter((it) => it.name === 'server' && it.kind === 'block' && it.children);
      const others = list.filter((it) => it.isDirective && it.name !== 'server' && it.name !== 'include');
      const made = others.flatMap((it) => it.args.filter((arg) => arg.startsWith('$')));
      this.summaries.set(
        list,
        (summary = {
          servers,
          includes: servers.some((it) => this.includesIn(it, [it]).length > 0),
          settings: others
            .filter((it) => it.kind === 'simple' || it.name === 'upstream')
            .map((it) => [it.name, it.kind === 'simple' ? it : it.args[0]] as const),
          made: made.map((it) => it.slice(1).toLowerCase()),
        }),
      );
    }
    return summary;
  }

  private judgeList(
    summary: Summary,
    sources: IncludedFiles,
    target: NginxTarget,
    former: JudgedList | undefined,
    mayBeStale: boolean,
  ): JudgedList {
    const settings = this.settings!;
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
  private releaseMissing(order: readonly JudgedList[]): void {
    const gone: JudgedList[] = [];
    const come: JudgedList[] = [];
    for (let i = 0; i < Math.max(order.length, this.order.length); i++) {
      if (order[i] === this.order[i]) continue;
      if (this.order[i]) gone.push(this.order[i]!);
      if (order[i]) come.push(order[i]!);
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
      for (const rule of serverRules) rule.run({ server, target, around }, findings);
    });
    const names = namesOf(item, server);
    const same = former && sameNames(former, names);
    const judged = { item, included, settings: key, findings, names: same ? former : names, drawn };
    this.servers.set(item, judged);
    return judged;
  }

  /** What the includes within an item bring, and the includes in that: the same lists while nothing has changed. */
  private includedBy(item: Item, sources: IncludedFiles, into: unknown[]): void {
    for (const include of this.includesIn(item, [item])) this.follow(include, sources, into, 0);
  }

  private follow(include: Item, sources: IncludedFiles, into: unknown[], depth: number): void {
    const files = sources.included(include);
    if (!files) into.push(include);
    for (const file of files ?? []) {
      into.push(file);
      if (depth < 64) for (const it of this.includesIn(file, file)) this.follow(it, sources, into, depth + 1);
    }
  }

  private includesIn(key: object, items: readonly Item[]): readonly Item[] {
    let found = this.includes.get(key);
    if (!found) {
      found = [...itemsWithin(items)].filter((it) => it.name === 'include' && it.kind === 'simple');
      this.includes.set(key, found);
    }
    return found;
  }
}

/** What servers take from http. */
interface Settings {
  /** Another object when servers that were judged have to be judged anew. */
  readonly key: object;
  /** The block, as it was when these settings came to be: its servers may be others by now. */
  readonly http: Block;
  readonly sources: IncludedFiles;
  readonly complete: readonly unknown[];
  readonly lists: readonly Summary['settings'][];
}

/** The former ones where nothing has changed that a server has asked for. */
function settingsOf(
  http: Block,
  sources: IncludedFiles,
  summaries: readonly Summary[],
  complete: readonly unknown[],
  before: Settings | undefined,
): Settings {
  const lists = summaries.map((it) => it.settings);
  const sameWorld = before !== undefined && sameList(before.complete, complete);
  const changed = sameWorld ? changedNames(before.lists, lists) : undefined;
  if (before && changed?.size === 0 && before.sources === sources) return before;
  const asked = before?.http.asked;
  const concerns = !changed || !asked || [...changed].some((it) => asked.has(it));
  http.asked = new Set(concerns ? [] : asked);
  return { key: before && !concerns ? before.key : {}, http, sources, complete, lists };
}

/** Names of what differs. */
function changedNames(before: Settings['lists'], now: Settings['lists']): ReadonlySet<string> {
  const changed = new Set<string>();
  const most = Math.max(before.length, now.length);
  for (let i = 0; i < most; i++) {
    const [was, is] = [before[i], now[i]];
    if (was === is || (was && is && sameSettings(was, is))) continue;
    for (const [name] of [...(was ?? []), ...(is ?? [])]) changed.add(name);
  }
  return changed;
}

function sameSettings(a: Summary['settings'], b: Summary['settings']): boolean {
  return a.length === b.length && a.every(([name, what], i) => name === b[i]![0] && what === b[i]![1]);
}

const TLS = ['ssl_certificate', 'ssl_reject_handshake', 'ssl_protocols'];

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
    complete: server.complete && tls.every((it) => it.certain),
  };
}

function sameNames(a: ServerNames, b: ServerNames): boolean {
  return (
    a.complete === b.complete &&
    sameList(a.listens, b.listens) &&
    sameList(a.names, b.names) &&
    // A server without names is spoken of itself.
    (a.names.length > 0 || a.server === b.server) &&
    sameList(a.tls, b.tls) &&
    sameVariables(a.variables, b.variables) &&
    sameSends(a.sends, b.sends)
  );
}
