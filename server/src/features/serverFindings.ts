/**
 * Runs the rules that see a whole server, includes and inherited settings in their place. What they said of a server is
 * remembered until its own text, a file that it includes, or a setting of http around it changes.
 */
import type { HostPath } from '../base/hostPath.js';
import { type Anchor, fileOf } from '../base/place.js';
import type { NginxTarget } from '../catalog/nginxVersion.js';
import type { Reading } from '../nginx/configuration.js';
import {
  type Block,
  type Directive,
  effectiveConfiguration,
  httpBlock,
  type IncludedFiles,
} from '../nginx/effective/blocks.js';
import { inForce } from '../nginx/effective/inheritance.js';
import { sameVariables, variablesOf } from '../nginx/effective/serverVariables.js';
import { allRules } from '../rules/all.generated.js';
import type { Finding, Rule } from '../rules/rule.js';
import type { ServerNames } from '../rules/views.js';
import { type Item, itemsWithin } from '../syntax/nginxSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { Conclusion, PartsMemory } from './partFindings.js';
import { onlySomewhere } from './somewhere.js';

const serverRules = allRules.filter((it) => it.sees === 'server') as unknown as readonly Rule<'server'>[];
const serversRules = allRules.filter((it) => it.sees === 'servers') as unknown as readonly Rule<'servers'>[];

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

export class ServersMemory {
  /** Rises when findings have changed in any file. */
  revision = 0;
  /** Servers that had to be looked at: for tests. */
  judged = 0;
  private readonly servers = new WeakMap<Item, Judged>();
  private readonly includes = new WeakMap<object, readonly Item[]>();
  private settings: { readonly items: readonly unknown[] } = { items: [] };
  private order: readonly Judged[] = [];
  /** What was compared across servers. */
  private compared: readonly unknown[] = [];
  private across: readonly Finding[] = [];
  private byFile = new Map<HostPath, Finding[]>();
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

  of(snapshot: Snapshot, path: HostPath, target: NginxTarget): readonly Finding[] {
    this.refresh(snapshot, target);
    return this.byFile.get(path) ?? [];
  }

  refresh(snapshot: Snapshot, target: NginxTarget): void {
    const { readings } = snapshot.configuration;
    const version = target.version?.join('.');
    this.parts.of(snapshot.deployment, snapshot.host);
    const { seen, asked } = this;
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
    if (
      seen.length === readings.length + 3 &&
      seen[0] === version &&
      seen[1] === snapshot.configuration &&
      seen[2] === this.parts.othersStale &&
      readings.every((it, i) => it.file.children === seen[i + 3])
    )
      return;
    this.seen = [version, snapshot.configuration, this.parts.othersStale, ...readings.map((it) => it.file.children)];
    const { top, sources, isWhole } = effectiveConfiguration(snapshot.configuration);
    const http = httpBlock(top);
    const complete = isWhole && http?.complete === true;
    const settings: unknown[] = [version, complete];
    const servers: Directive[] = [];
    const made = new Set<string>();
    for (const it of http?.directives ?? []) {
      if (it.name === 'server') servers.push(it);
      else if (it.item.kind === 'simple') settings.push(it.item);
      // Of upstreams their names are all that a server sees.
      else if (it.name === 'upstream') settings.push(it.args[0]);
      for (const arg of it.name === 'server' ? [] : it.args)
        if (arg.startsWith('$')) made.add(arg.slice(1).toLowerCase());
    }
    if (!sameList(settings, this.settings.items)) this.settings = { items: settings };
    const order = servers.flatMap((it, i) =>
      it.body ? [this.judge(it, it.body, sources, target, this.order[i]?.names)] : [],
    );
    const compared = [...order.map((it) => it.names), complete, [...made].join(' ')];
    const isSame = sameList(compared, this.compared);
    if (isSame && sameList(order, this.order)) return;
    const before = this.findings();
    const now = new Set(order);
    for (const it of this.order) if (!now.has(it)) this.parts.release(it.drawn);
    this.order = order;
    if (!isSame) {
      this.compared = compared;
      const across: Finding[] = [];
      for (const rule of serversRules) rule.run({ servers: order.map((it) => it.names), made, complete }, across);
      if (across.length > 0 || this.across.length > 0) this.across = across;
    }
    const found = this.findings();
    if (sameList(before, found)) return;
    this.revision++;
    this.byFile = grouped(found, this.order, readings);
  }

  private findings(): readonly Finding[] {
    return [...this.order.flatMap((it) => it.findings), ...this.across];
  }

  private judge(
    directive: Directive,
    server: Block,
    sources: IncludedFiles,
    target: NginxTarget,
    former: ServerNames | undefined,
  ): Judged {
    const included: unknown[] = [];
    this.includedBy(directive.item, sources, included);
    const before = this.servers.get(directive.item);
    const unchanged = before?.settings === this.settings && sameList(before.included, included);
    if (before && unchanged && !before.drawn.stale) return before;
    if (before) this.parts.release(before.drawn);
    this.judged++;
    const findings: Finding[] = [];
    const drawn = this.parts.conclude((around) => {
      for (const rule of serverRules) rule.run({ server, target, around }, findings);
    });
    const names = namesOf(directive, server);
    const same = former && sameNames(former, names);
    const { item } = directive;
    const judged = { item, included, settings: this.settings, findings, names: same ? former : names, drawn };
    this.servers.set(directive.item, judged);
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

/** By the file that they are to be shown in; what holds for some of the servers that read a file says for which. */
function grouped(
  findings: readonly Finding[],
  servers: readonly Judged[],
  readings: readonly Reading[],
): Map<HostPath, Finding[]> {
  const homes = new Map<Finding, Item>();
  for (const { findings: of, item } of servers) for (const it of of) homes.set(it, item);
  const byFile = new Map<HostPath, Finding[]>();
  for (const finding of findings) {
    const file = fileOf(finding.at);
    if (!file) continue;
    const list = byFile.get(file);
    if (list) list.push(finding);
    else byFile.set(file, [finding]);
  }
  for (const [file, list] of byFile) {
    const ways = readings.filter((it) => it.loaded && it.file.path === file);
    if (ways.length < 2) continue;
    const lists = ways.map((way) => ({
      way,
      findings: list.filter((it) => !homes.has(it) || leadsTo(way, homes.get(it)!, readings)),
    }));
    byFile.set(file, onlySomewhere(lists));
  }
  return byFile;
}

/** Whether the includes that lead to a reading of a file start in this server. */
function leadsTo(way: Reading, server: Item, readings: readonly Reading[]): boolean {
  let by = way.by;
  for (let depth = 0; by && depth < 64; depth++) {
    let node: Anchor | undefined = by.at.node;
    for (; node; node = node.parent) if (node === server) return true;
    const file = fileOf(by.at);
    by = readings.find((it) => it.loaded && it.file.path === file)?.by;
  }
  // A server that stands in the file itself.
  return fileOf({ node: server, start: 0, end: 0 }) === way.file.path;
}

const TLS = ['ssl_certificate', 'ssl_reject_handshake', 'ssl_protocols'];

function namesOf(directive: Directive, server: Block): ServerNames {
  const tls = TLS.map((it) => inForce(server, it));
  return {
    listens: server.all('listen'),
    names: server.all('server_name'),
    server: directive,
    tls: tls.flatMap((it) => it.directives),
    variables: variablesOf(server),
    complete: server.complete && tls.every((it) => it.certain),
  };
}

function sameNames(a: ServerNames, b: ServerNames): boolean {
  return (
    a.complete === b.complete &&
    sameItems(a.listens, b.listens) &&
    sameItems(a.names, b.names) &&
    sameItems(a.tls, b.tls) &&
    sameVariables(a.variables, b.variables)
  );
}

function sameItems(a: readonly Directive[], b: readonly Directive[]): boolean {
  return a.length === b.length && a.every((it, i) => it.item === b[i]!.item);
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((it, i) => it === b[i]);
}
