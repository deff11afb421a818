/** In which order units start, and where the order goes round: transaction_verify_order() in src/core/transaction.c. */
import type { Place } from '../base/place.js';
import { unitsNamedIn } from './dependencies.js';
import { accepts, activatedService } from './socketActivation.js';
import { isMasked, settingOf, type Unit } from './unit.js';

/** `first` is started before `later`. */
export interface OrderEdge {
  readonly first: string;
  readonly later: string;
  /** The unit whose After= or Before= says so; undefined for what systemd adds by itself. */
  readonly by: string | undefined;
}

export interface Cycle {
  /** The first edge is one that somebody wrote. */
  readonly edges: readonly OrderEdge[];
  /** One of the units pulls all others in, so that each start of it meets the cycle. */
  readonly isPulledIn: boolean;
}

// The targets of every boot, from the units that systemd ships: bootup(7).
const BOOT: readonly (readonly [first: string, later: string])[] = [
  ['local-fs-pre.target', 'local-fs.target'],
  ['local-fs.target', 'sysinit.target'],
  ['swap.target', 'sysinit.target'],
  ['sysinit.target', 'basic.target'],
  ['sockets.target', 'basic.target'],
  ['paths.target', 'basic.target'],
  ['slices.target', 'basic.target'],
  ['basic.target', 'multi-user.target'],
  ['multi-user.target', 'graphical.target'],
];
const PULLED: Readonly<Record<string, readonly string[]>> = {
  'basic.target': ['sysinit.target', 'sockets.target', 'paths.target', 'slices.target'],
  'sysinit.target': ['local-fs.target', 'swap.target'],
  'multi-user.target': ['basic.target'],
  'graphical.target': ['multi-user.target'],
};

interface Order {
  readonly edges: readonly OrderEdge[];
  readonly pulls: readonly string[];
  /** Two orders with the same text are the same. */
  readonly text: string;
}

const orders = new WeakMap<Unit, Order>();

/** The edges that a unit brings, and the units that are started with it. */
function orderOf(unit: Unit): Order {
  let order = orders.get(unit);
  if (order) return order;
  const own = unit.name.full;
  const isTemplate = unit.name.instance === '';
  const edges: OrderEdge[] = [];
  const pulls: string[] = [];
  if (!isMasked(unit) && !isTemplate) {
    for (const said of unitsNamedIn(unit, 'Unit', ['After', 'Before'])) {
      const other = said.name.full;
      if (other === own) continue;
      const [first, later] = said.key === 'After' ? [other, own] : [own, other];
      edges.push({ first, later, by: own });
    }
    for (const it of unitsNamedIn(unit, 'Unit', ['Requires', 'BindsTo', 'Wants', 'Upholds'])) pulls.push(it.name.full);
    const byItself = (first: string, later: string) => edges.push({ first, later, by: undefined });
    if (!/^(?:0|no|n|false|f|off)$/i.test(settingOf(unit, 'Unit', 'DefaultDependencies')?.entry.value ?? 'yes')) {
      // service_add_default_dependencies() and its kin.
      if (/^(?:service|socket|timer|path)$/.test(unit.name.type)) {
        byItself('sysinit.target', own);
        pulls.push('sysinit.target');
      }
      if (unit.name.type === 'service') {
        byItself('basic.target', own);
        pulls.push('basic.target');
      }
    }
    const starts = unit.name.type === 'socket' && !accepts(unit) ? activatedService(unit) : undefined;
    if (starts) byItself(own, starts.name.full);
  }
  const text = `${edges.map((it) => `${it.first}<${it.later}<${it.by}`).join(' ')} ${pulls.join(' ')}`;
  orders.set(unit, (order = { edges, pulls, text }));
  return order;
}

type Graph = Map<string, Set<OrderEdge>>;

/** What was found last, and of which units: an edit of a few of them is compared with it. */
let latest:
  | { units: readonly Unit[]; readonly graph: Graph; readonly links: string; readonly cycles: readonly Cycle[] }
  | undefined;

type Wishes = ReadonlyMap<string, readonly string[]>;

/**
 * The cycles among units of the tree and the targets of every boot, each by one of its written edges. `wishes` are the
 * links in folders like `app.service.wants`, by unit; asked for only where there is a cycle.
 */
export function orderingCycles(all: Iterable<Unit>, wishes: () => Wishes = () => new Map()): readonly Cycle[] {
  const units = [...all];
  const known = latest && stillKnown(latest, units, wishes);
  if (known) return known;
  const graph: Graph = new Map();
  for (const [first, later] of BOOT) addEdge(graph, { first, later, by: undefined });
  for (const unit of units) for (const edge of orderOf(unit).edges) addEdge(graph, edge);
  let links = '';
  const cycles = cyclesOf(units, graph, () => {
    const found = wishes();
    links = textOf(found);
    return found;
  });
  latest = { units, graph, links, cycles };
  return cycles;
}

/** What was found last if it holds for these units as well; `latest` is theirs then. */
function stillKnown(
  before: NonNullable<typeof latest>,
  units: readonly Unit[],
  wishes: () => Wishes,
): readonly Cycle[] | undefined {
  if (before.units.length !== units.length) return undefined;
  if (before.cycles.length > 0 && textOf(wishes()) !== before.links) return undefined;
  const others: { was: Order; now: Order }[] = [];
  for (let i = 0; i < units.length; i++) {
    if (units[i] === before.units[i]) continue;
    const was = orderOf(before.units[i]!);
    const now = orderOf(units[i]!);
    if (was.text !== now.text) others.push({ was, now });
    // The graph holds the edges of the former.
    else orders.set(units[i]!, was);
  }
  // Where there are cycles, another pull or a shorter way round may change each of them.
  if (others.length > 0 && (before.cycles.length > 0 || others.length > FEW)) return undefined;
  for (const { was } of others) for (const edge of was.edges) before.graph.get(edge.first)?.delete(edge);
  for (const { now } of others) for (const edge of now.edges) addEdge(before.graph, edge);
  // A new cycle goes through one of the new edges.
  if (others.some(({ now }) => now.edges.some((it) => leadsTo(before.graph, it.later, it.first)))) return undefined;
  before.units = units;
  return before.cycles;
}

/** Changed units that are looked at one by one. */
const FEW = 8;

function addEdge(graph: Graph, edge: OrderEdge): void {
  const there = graph.get(edge.first);
  if (there) there.add(edge);
  else graph.set(edge.first, new Set([edge]));
}

function leadsTo(graph: Graph, from: string, to: string): boolean {
  const reached = new Set([from]);
  for (const at of reached) {
    if (at === to) return true;
    for (const { later } of graph.get(at) ?? []) reached.add(later);
  }
  return false;
}

function textOf(wishes: Wishes): string {
  return [...wishes].map(([unit, wished]) => `${unit}: ${wished.join(' ')}`).join('\n');
}

function cyclesOf(units: readonly Unit[], outgoing: Graph, wishes: () => Wishes): Cycle[] {
  const left = insideCycles(outgoing);
  if (left.size === 0) return [];
  const links = wishes();
  const pulls = new Map(units.map((it) => [it.name.full, [...orderOf(it).pulls, ...(links.get(it.name.full) ?? [])]]));
  for (const [unit, wished] of links) if (!pulls.has(unit)) pulls.set(unit, [...(PULLED[unit] ?? []), ...wished]);
  const cycles: Cycle[] = [];
  const told = new Set<string>();
  for (const unit of units) {
    for (const edge of orderOf(unit).edges) {
      if (!edge.by || !left.has(edge.first) || !left.has(edge.later)) continue;
      const back = shortestPath(edge.later, edge.first, outgoing, left);
      if (!back) continue;
      const edges = [edge, ...back];
      const id = edges
        .map((it) => it.first)
        .sort()
        .join(' ');
      if (told.has(id)) continue;
      told.add(id);
      cycles.push({
        edges,
        isPulledIn: edges.some((it) =>
          pullsAll(
            it.first,
            edges.map((to) => to.first),
            pulls,
          ),
        ),
      });
    }
  }
  return cycles;
}

/** What remains when units that nothing precedes, or nothing follows, are taken away again and again. */
function insideCycles(outgoing: Graph): Set<string> {
  const incoming = new Map<string, string[]>();
  const left = new Set(outgoing.keys());
  for (const [first, edges] of outgoing)
    for (const { later } of edges) {
      left.add(later);
      const there = incoming.get(later);
      if (there) there.push(first);
      else incoming.set(later, [first]);
    }
  const peel = (next: (it: string) => readonly string[], back: (it: string) => readonly string[]): void => {
    const counts = new Map([...left].map((it) => [it, back(it).filter((other) => left.has(other)).length]));
    const free = [...left].filter((it) => counts.get(it) === 0);
    for (let it = free.pop(); it !== undefined; it = free.pop()) {
      left.delete(it);
      for (const other of next(it)) {
        if (!left.has(other)) continue;
        const count = counts.get(other)! - 1;
        counts.set(other, count);
        if (count === 0) free.push(other);
      }
    }
  };
  const after = (it: string): readonly string[] => [...(outgoing.get(it) ?? [])].map((edge) => edge.later);
  const before = (it: string): readonly string[] => incoming.get(it) ?? [];
  peel(after, before);
  peel(before, after);
  return left;
}

function shortestPath(from: string, to: string, outgoing: Graph, left: ReadonlySet<string>): OrderEdge[] | undefined {
  const by = new Map<string, OrderEdge | undefined>([[from, undefined]]);
  for (const at of by.keys()) {
    if (at === to) {
      const path: OrderEdge[] = [];
      for (let edge = by.get(at); edge; edge = by.get(edge.first)) path.unshift(edge);
      return path;
    }
    for (const edge of outgoing.get(at) ?? [])
      if (left.has(edge.later) && !by.has(edge.later)) by.set(edge.later, edge);
  }
  return undefined;
}

function pullsAll(from: string, all: readonly string[], pulls: ReadonlyMap<string, readonly string[]>): boolean {
  const reached = new Set([from]);
  for (const it of reached) for (const other of pulls.get(it) ?? PULLED[it] ?? []) reached.add(other);
  return all.every((it) => reached.has(it));
}

/** Where a unit says that the one is started before the other. */
export function placeOfEdge(unit: Unit, { first, later }: OrderEdge): Place | undefined {
  const own = unit.name.full;
  const [key, other] = own === later ? ['After', first] : ['Before', later];
  return unitsNamedIn(unit, 'Unit', [key]).find((it) => it.name.full === other)?.at;
}
