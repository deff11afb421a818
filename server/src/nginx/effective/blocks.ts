/** The configuration as nginx sees it: blocks and their directives, with the text of every include in its place. */
import type { Item } from '../../syntax/nginxSyntax.js';
import type { Configuration, Reading } from '../configuration.js';
import { type BodyContext, contextInside } from '../contexts.js';

export interface Directive {
  readonly item: Item;
  readonly name: string;
  readonly args: readonly string[];
  /** The block that it stands in. */
  readonly within: Block;
  /** Its own block, if it has one. */
  readonly body: Block | undefined;
}

const NONE: readonly Directive[] = [];

export class Block {
  private laidOut: { readonly lists: readonly (readonly Item[])[]; readonly missing: readonly string[] } | undefined;
  private everything: readonly Directive[] | undefined;
  private byName: ReadonlyMap<string, readonly Directive[]> | undefined;
  private within: ReadonlySet<string> | undefined;
  /** Who wants to know it is told the names that are asked for. */
  asked: Set<string> | undefined;

  constructor(
    private readonly sources: IncludedFiles,
    /** Undefined for the top of the configuration. */
    readonly directive: Directive | undefined,
    readonly context: BodyContext,
    readonly parent: Block | undefined,
    private readonly items: readonly (readonly Item[])[],
  ) {}

  get name(): string {
    return this.directive?.name ?? '';
  }

  get args(): readonly string[] {
    return this.directive?.args ?? [];
  }

  /** What stands in the block, list by list: an include ends one and brings others. The same lists as long as their text is. */
  get lists(): readonly (readonly Item[])[] {
    return this.layOut().lists;
  }

  /** In nginx's order, includes replaced by what they bring. */
  get directives(): readonly Directive[] {
    if (!this.everything) {
      const found: Directive[] = [];
      for (const list of this.lists)
        for (const it of list) if (it.isDirective && it.words.length > 0) found.push(this.holding(it));
      this.everything = found;
    }
    return this.everything;
  }

  /** Whether everything that stands in this block is known: each include was read. */
  get complete(): boolean {
    return this.layOut().missing.length === 0;
  }

  /** As `complete`, but for files of parameters that distributions ship (proxy_params): they hold no blocks. */
  get hidesNoBlocks(): boolean {
    return this.layOut().missing.every((it) => SHIPPED.test(it));
  }

  all(name: string): readonly Directive[] {
    this.asked?.add(name);
    return this.named().get(name) ?? NONE;
  }

  first(name: string): Directive | undefined {
    return this.all(name)[0];
  }

  /** The names of all directives in it and in the blocks below. */
  get namesWithin(): ReadonlySet<string> {
    if (!this.within) {
      const names = new Set<string>();
      gatherNames(this, names);
      this.within = names;
    }
    return this.within;
  }

  /** The item as a directive of this block, or of one that passes on the same. */
  holding(item: Item): Directive {
    return new DirectiveInBlock(this.sources, item, this);
  }

  /** By name: every server asks http for what it passes on, and http may hold thousands of servers. */
  private named(): ReadonlyMap<string, readonly Directive[]> {
    if (!this.byName) {
      const byName = new Map<string, Directive[]>();
      for (const it of this.directives) {
        const same = byName.get(it.name);
        if (same) same.push(it);
        else byName.set(it.name, [it]);
      }
      this.byName = byName;
    }
    return this.byName;
  }

  private layOut(): { readonly lists: readonly (readonly Item[])[]; readonly missing: readonly string[] } {
    if (!this.laidOut) {
      const lists: (readonly Item[])[] = [];
      const missing: string[] = [];
      for (const it of this.items) this.lay(it, lists, missing, 0);
      this.laidOut = { lists, missing };
    }
    return this.laidOut;
  }

  private lay(items: readonly Item[], into: (readonly Item[])[], missing: string[], depth: number): void {
    for (const part of cutAtIncludes(items)) {
      if (Array.isArray(part)) {
        into.push(part);
        continue;
      }
      const include = part as Item;
      const files = depth < DEEPEST && into.length < MOST ? this.sources.included(include) : undefined;
      if (!files) missing.push(include.args[0] ?? '');
      for (const file of files ?? []) this.lay(file, into, missing, depth + 1);
    }
  }
}

function gatherNames(block: Block, into: Set<string>): void {
  for (const { name, body } of block.directives) {
    into.add(name);
    if (body && body.context !== 'data') gatherNames(body, into);
  }
}

const isInclude = (it: Item): boolean => it.name === 'include' && it.kind === 'simple';

const cuts = new WeakMap<readonly Item[], readonly (Item | readonly Item[])[]>();

/** A list as it is where it has no include; else the includes, and the lists between them. */
function cutAtIncludes(items: readonly Item[]): readonly (Item | readonly Item[])[] {
  let parts = cuts.get(items);
  if (!parts) {
    const found: (Item | readonly Item[])[] = [];
    let from = 0;
    items.forEach((it, i) => {
      if (!isInclude(it)) return;
      if (i > from) found.push(items.slice(from, i));
      found.push(it);
      from = i + 1;
    });
    if (from === 0) found.push(items);
    else if (from < items.length) found.push(items.slice(from));
    cuts.set(items, (parts = found));
  }
  return parts;
}

/** What takes the place of the lists between the includes; undefined where these are others. */
export function replacedLists(
  before: readonly Item[],
  now: readonly Item[],
): readonly (readonly [was: readonly Item[], is: readonly Item[]])[] | undefined {
  const [parts, others] = [cutAtIncludes(before), cutAtIncludes(now)];
  if (parts.length !== others.length) return undefined;
  const replaced: (readonly [readonly Item[], readonly Item[]])[] = [];
  for (let i = 0; i < parts.length; i++) {
    const [was, is] = [parts[i]!, others[i]!];
    if (was === is) continue;
    if (!Array.isArray(was) || !Array.isArray(is)) return undefined;
    replaced.push([was as readonly Item[], is as readonly Item[]]);
  }
  return replaced;
}

/** What stood in http and what stands there now; undefined where something around it has changed. */
export function httpItems(
  was: readonly Item[],
  now: readonly Item[],
  context: BodyContext,
): readonly [was: readonly Item[], now: readonly Item[]] | undefined {
  if (context === 'http') return [was, now] as const;
  if (context !== 'main' || was.length !== now.length) return undefined;
  const changed = now.flatMap((it, i) => (it === was[i] ? [] : [[was[i]!, it] as const]));
  const [before, after] = changed[0] ?? [];
  const isHttp = (it: Item | undefined) => it?.name === 'http' && it.kind === 'block' && it.words.length === 1;
  return changed.length === 1 && isHttp(before) && isHttp(after)
    ? ([before!.children!, after!.children!] as const)
    : undefined;
}

const SHIPPED = /(?:^|\/)(?:(?:proxy|fastcgi|uwsgi|scgi)_params|fastcgi\.conf|mime\.types)$/;

// nginx itself would run out of files long before.
const DEEPEST = 64;
// A few files that include each other several times come to more lists than any memory holds.
const MOST = 100_000;

class DirectiveInBlock implements Directive {
  private ownBlock: Block | undefined;

  constructor(
    private readonly sources: IncludedFiles,
    readonly item: Item,
    readonly within: Block,
  ) {}

  get name(): string {
    return this.item.name;
  }

  get args(): readonly string[] {
    return this.item.args;
  }

  get body(): Block | undefined {
    const { item, within } = this;
    if (item.kind !== 'block' || !item.children) return undefined;
    this.ownBlock ??= new Block(this.sources, this, contextInside(item, within.context), within, [item.children]);
    return this.ownBlock;
  }
}

/** What includes bring. Undefined where that is not known, or not all of it. */
export interface IncludedFiles {
  included(include: Item): readonly (readonly Item[])[] | undefined;
}

/**
 * The top of what nginx loads. Where the main file is not known, the files that are loaded by convention stand side by
 * side in an http block, of which nobody knows the rest: `isWhole` is false.
 */
export function effectiveConfiguration(configuration: Configuration): {
  readonly top: Block;
  readonly isWhole: boolean;
  readonly sources: IncludedFiles;
} {
  const sources = includedFiles(configuration);
  const main = configuration.readings.find((it) => it.how === 'main');
  if (main)
    return { top: new Block(sources, undefined, 'main', undefined, [main.file.children]), isWhole: true, sources };
  const loose = configuration.readings.filter((it) => it.loaded && !it.by && it.context === 'http');
  const items = loose.map((it) => it.file.children);
  return { top: new Block(sources, undefined, 'http', undefined, items), isWhole: false, sources };
}

/** Kept as long as the includes are the same: the files stay the same objects while their text changes. */
const sourcesOf = new WeakMap<Configuration['inclusions'], IncludedFiles>();

function includedFiles(configuration: Configuration): IncludedFiles {
  const before = sourcesOf.get(configuration.inclusions);
  if (before) return before;
  const byInclude = new Map<Item, Reading[]>();
  for (const it of configuration.readings) {
    if (!it.by || !it.loaded) continue;
    const before = byInclude.get(it.by.item);
    if (before) before.push(it);
    else byInclude.set(it.by.item, [it]);
  }
  const inclusions = new Map(configuration.inclusions.map((it) => [it.site.item, it]));
  // What closes a cycle on one way to it does so on each.
  for (const it of configuration.inclusions) if (it.cycle) inclusions.set(it.site.item, it);
  const sources: IncludedFiles = {
    included(include) {
      const inclusion = inclusions.get(include);
      if (!inclusion?.paths.known || inclusion.cycle) return undefined;
      const readings = byInclude.get(include) ?? [];
      // Fewer files than paths: some are missing or cannot be read.
      return readings.length < inclusion.paths.value.length ? undefined : readings.map((it) => it.file.children);
    },
  };
  sourcesOf.set(configuration.inclusions, sources);
  return sources;
}

/** The http block; the top itself where only parts of one are known. */
export function httpBlock(top: Block): Block | undefined {
  return top.context === 'http' ? top : top.first('http')?.body;
}
