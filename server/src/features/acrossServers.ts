/**
 * What rules say of servers that they compare with each other. Each rule declares what of a server it looks at; while
 * that is the same, so is what it says. Where only names are others, a rule may say which servers they have to do with.
 */
import { sameList } from '../base/lists.js';
import type { Anchor, Place } from '../base/place.js';
import { sameSends } from '../nginx/effective/sends.js';
import { sameVariables } from '../nginx/effective/serverVariables.js';
import { addressesOf } from '../nginx/listenAddress.js';
import type { Comparison, Finding, Rule } from '../rules/rule.js';
import type { ServerNames, ServersView } from '../rules/views.js';
import { rulesSeeing } from './rulesSeeing.js';

const rules = rulesSeeing('servers');

/** The servers of one list of items of http. */
type OfList = readonly ServerNames[];

/** A server, and what has taken its place. */
interface Change {
  readonly was: ServerNames;
  readonly now: ServerNames;
  /** The number of the list that they stand in. */
  readonly place: number;
}

export class AcrossServers {
  /** The same list while the same is said. */
  findings: readonly Finding[] = [];
  private order: readonly OfList[] = [];
  private around: Pick<ServersView, 'made' | 'complete'> | undefined;
  private addresses: ServersView['addresses'] = new Map();
  /** Some server is there twice, because its file is read twice. */
  private hasTwins = false;
  private said: ReadonlyMap<Rule<'servers'>, readonly Finding[]> = new Map();
  /** For each rule that says which servers meet: who is where. Made when first needed. */
  private meetings = new Map<Rule<'servers'>, Meetings>();
  /** For each rule that says which servers concern it: how many there are. */
  private concerned = new Map<Rule<'servers'>, number>();

  /** All may be others. */
  compareAll(order: readonly OfList[], around: Pick<ServersView, 'made' | 'complete'>): void {
    this.order = order;
    this.around = around;
    this.meetings.clear();
    const servers = order.flat();
    this.hasTwins = hasTwins(servers);
    this.addresses = countAddresses(servers);
    for (const rule of rules) {
      const concerns = rule.comparison?.concerns;
      if (concerns) this.concerned.set(rule, servers.filter(concerns).length);
    }
    const view = { servers, addresses: this.addresses, ...around };
    this.said = new Map(rules.map((rule) => [rule, run(rule, view)]));
    this.put();
  }

  /** The lists with these numbers may be others; all else is as it was. */
  compare(order: readonly OfList[], places: readonly number[]): void {
    const changes: Change[] = [];
    for (const place of places) {
      const [before, now] = [this.order[place]!, order[place]!];
      if (before === now) continue;
      if (before.length !== now.length) {
        this.compareAll(order, this.around!);
        return;
      }
      now.forEach((it, i) => {
        if (it !== before[i]) changes.push({ was: before[i]!, now: it, place });
      });
    }
    if (changes.length === 0) return;
    const gone = new Set(changes.map(({ was }) => was.server));
    const haveMoved = changes.some(({ was, now }) => now.server !== was.server && gone.has(now.server));
    if (haveMoved || this.hasTwins || hasTwins(changes.map(({ now }) => now))) {
      this.compareAll(order, this.around!);
      return;
    }
    const anchors = new Map<Anchor, Anchor>(changes.map(({ was, now }) => [was.server, now.server]));
    if (changes.some(({ was, now }) => !sameList(was.listens, now.listens)))
      this.addresses = countAddresses(order.flat());
    const said = new Map<Rule<'servers'>, readonly Finding[]>();
    let all: readonly ServerNames[] | undefined;
    for (const rule of rules) {
      const { looksAt, meetsBy, concerns } = rule.comparison ?? EVERYTHING;
      if (concerns && this.recount(rule, concerns, changes) === 0) {
        said.set(rule, []);
        continue;
      }
      const telling = changes.filter((it) => looksAt.some((what) => !isSame(what, it)));
      const before = this.said.get(rule)!;
      const meetings = meetsBy && this.meetingsOf(rule, meetsBy);
      const former = meetings?.groupsOf(telling.map(({ was }) => was));
      meetings?.replace(changes);
      const onlyNames = telling.every((it) => looksAt.every((what) => what === 'names' || isSame(what, it)));
      if (telling.length === 0) said.set(rule, moved(before, anchors));
      else if (meetings && former && onlyNames)
        said.set(rule, this.onlyNear(rule, meetings, former, telling, order, moved(before, anchors)));
      else {
        all ??= order.flat();
        said.set(rule, run(rule, { servers: all, addresses: this.addresses, ...this.around! }));
      }
    }
    this.order = order;
    this.said = said;
    this.put();
  }

  private recount(
    rule: Rule<'servers'>,
    concerns: (server: ServerNames) => boolean,
    changes: readonly Change[],
  ): number {
    let count = this.concerned.get(rule) ?? 0;
    for (const { was, now } of changes) count += Number(concerns(now)) - Number(concerns(was));
    this.concerned.set(rule, count);
    return count;
  }

  /** Asks anew about the servers that meet one that has changed, among all that these meet. */
  private onlyNear(
    rule: Rule<'servers'>,
    meetings: Meetings,
    former: ReadonlySet<ServerNames>,
    changes: readonly Change[],
    order: readonly OfList[],
    before: readonly Finding[],
  ): readonly Finding[] {
    const near = meetings.groupsOf(changes.map(({ now }) => now));
    const latest = new Map(changes.map(({ was, now }) => [was, now]));
    for (const it of former) near.add(latest.get(it) ?? it);
    const nodes = new Set<Anchor>();
    for (const it of [...near, ...changes.map(({ was }) => was)]) {
      nodes.add(it.server);
      for (const name of it.names) nodes.add(name);
    }
    const servers = meetings.inOrder(meetings.groupsOf(near), order);
    const now = run(rule, { servers, addresses: this.addresses, ...this.around! });
    return [...before.filter((it) => !nodes.has(it.at.node)), ...now.filter((it) => nodes.has(it.at.node))];
  }

  private meetingsOf(rule: Rule<'servers'>, by: (server: ServerNames) => readonly string[]): Meetings {
    let meetings = this.meetings.get(rule);
    if (!meetings) this.meetings.set(rule, (meetings = new Meetings(by, this.order)));
    return meetings;
  }

  private put(): void {
    const now = rules.flatMap((it) => this.said.get(it)!);
    if (!sameList(now, this.findings)) this.findings = now;
  }
}

/** Which servers meet: those that have a key in common. */
class Meetings {
  private readonly groups = new Map<string, ServerNames[]>();
  /** In which list a server stands. */
  private readonly places = new WeakMap<ServerNames, number>();

  constructor(
    private readonly keysOf: (server: ServerNames) => readonly string[],
    order: readonly OfList[],
  ) {
    order.forEach((list, place) => {
      for (const it of list) this.add(it, place);
    });
  }

  replace(changes: readonly Change[]): void {
    for (const { was } of changes)
      for (const key of this.keysOf(was)) {
        const rest = this.groups.get(key)?.filter((it) => it !== was) ?? [];
        if (rest.length > 0) this.groups.set(key, rest);
        else this.groups.delete(key);
      }
    for (const { now, place } of changes) this.add(now, place);
  }

  /** These servers and all that meet one of them. */
  groupsOf(servers: Iterable<ServerNames>): Set<ServerNames> {
    const all = new Set<ServerNames>();
    for (const server of servers) {
      all.add(server);
      for (const key of this.keysOf(server)) for (const it of this.groups.get(key) ?? []) all.add(it);
    }
    return all;
  }

  /** As nginx meets them. */
  inOrder(servers: ReadonlySet<ServerNames>, order: readonly OfList[]): readonly ServerNames[] {
    const places = new Set([...servers].map((it) => this.places.get(it)!));
    return [...places].sort((a, b) => a - b).flatMap((place) => order[place]!.filter((it) => servers.has(it)));
  }

  private add(server: ServerNames, place: number): void {
    this.places.set(server, place);
    for (const key of this.keysOf(server)) {
      const same = this.groups.get(key);
      if (!same) this.groups.set(key, [server]);
      else if (!same.includes(server)) same.push(server);
    }
  }
}

const EVERYTHING: Comparison = {
  looksAt: ['names', 'listens', 'tls', 'variables', 'sends', 'roots', 'asks', 'complete'],
};

const hasTwins = (servers: OfList) => new Set(servers).size < servers.length;

function run(rule: Rule<'servers'>, view: ServersView): readonly Finding[] {
  const found: Finding[] = [];
  rule.run(view, found);
  return found;
}

function isSame(what: keyof ServerNames, { was, now }: Change): boolean {
  switch (what) {
    case 'complete':
      return was.complete === now.complete;
    case 'variables':
      return sameVariables(was.variables, now.variables);
    case 'sends':
      return sameSends(was.sends, now.sends);
    case 'server':
      // It is another one after each edit; what is said of it moves along.
      return true;
    default:
      return sameList(was[what], now[what]);
  }
}

/** What is said stands at the server that has taken the former one's place. */
function moved(findings: readonly Finding[], to: ReadonlyMap<Anchor, Anchor>): readonly Finding[] {
  const place = (at: Place): Place => {
    const node = to.get(at.node);
    return node ? { ...at, node } : at;
  };
  const isTouched = ({ at, related }: Finding) => to.has(at.node) || related.some((it) => to.has(it.at.node));
  if (!findings.some(isTouched)) return findings;
  return findings.map((it) =>
    isTouched(it) ? { ...it, at: place(it.at), related: it.related.map((one) => ({ ...one, at: place(one.at) })) } : it,
  );
}

/** How many servers listen on each address. */
function countAddresses(servers: readonly ServerNames[]): ReadonlyMap<string, number> {
  const count = new Map<string, number>();
  for (const { listens } of servers)
    for (const address of addressesOf(listens)) count.set(address, (count.get(address) ?? 0) + 1);
  return count;
}
