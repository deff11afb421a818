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
  private read: { directives: readonly Directive[]; complete: boolean; whole: boolean } | undefined;
  private byName: ReadonlyMap<string, readonly Directive[]> | undefined;

  constructor(
    private readonly sources: IncludedFiles,
    /** Undefined for the top of the configuration. */
    readonly directive: Directive | undefined,
    readonly context: BodyContext,
    readonly parent: Block | undefined,
    private readonly items: readonly Item[],
  ) {}

  get name(): string {
    return this.directive?.name ?? '';
  }

  get args(): readonly string[] {
    return this.directive?.args ?? [];
  }

  /** In nginx's order, includes replaced by what they bring. */
  get directives(): readonly Directive[] {
    return this.content().directives;
  }

  /** Whether everything that stands in this block is known: each include was read. */
  get complete(): boolean {
    return this.content().complete;
  }

  /** As `complete`, but for files of parameters that distributions ship (proxy_params): they hold no blocks. */
  get hidesNoBlocks(): boolean {
    return this.content().whole;
  }

  all(name: string): readonly Directive[] {
    return this.named().get(name) ?? NONE;
  }

  first(name: string): Directive | undefined {
    return this.named().get(name)?.[0];
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

  private content(): { directives: readonly Directive[]; complete: boolean; whole: boolean } {
    if (!this.read) {
      const directives: Directive[] = [];
      const missing: string[] = [];
      this.add(this.items, directives, missing, 0);
      this.read = { directives, complete: missing.length === 0, whole: missing.every((it) => SHIPPED.test(it)) };
    }
    return this.read;
  }

  private add(items: readonly Item[], into: Directive[], missing: string[], depth: number): void {
    for (const item of items) {
      if (!item.isDirective || item.words.length === 0) continue;
      if (item.name !== 'include' || item.kind !== 'simple') {
        into.push(new DirectiveInBlock(this.sources, item, this));
        continue;
      }
      const files = depth < DEEPEST ? this.sources.included(item) : undefined;
      if (!files) missing.push(item.args[0] ?? '');
      for (const file of files ?? []) this.add(file, into, missing, depth + 1);
    }
  }
}

const SHIPPED = /(?:^|\/)(?:(?:proxy|fastcgi|uwsgi|scgi)_params|fastcgi\.conf|mime\.types)$/;

// nginx itself would run out of files long before.
const DEEPEST = 64;

class DirectiveInBlock implements Directive {
  readonly name: string;
  private readonly values: { args?: readonly string[]; body?: Block | undefined } = {};

  constructor(
    private readonly sources: IncludedFiles,
    readonly item: Item,
    readonly within: Block,
  ) {
    this.name = item.name;
  }

  get args(): readonly string[] {
    this.values.args ??= this.item.args;
    return this.values.args;
  }

  get body(): Block | undefined {
    const { item, within } = this;
    if (item.kind !== 'block' || !item.children) return undefined;
    this.values.body ??= new Block(this.sources, this, contextInside(item, within.context), within, item.children);
    return this.values.body;
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
    return { top: new Block(sources, undefined, 'main', undefined, main.file.children), isWhole: true, sources };
  const loose = configuration.readings.filter((it) => it.loaded && !it.by && it.context === 'http');
  const items = loose.flatMap((it) => it.file.children);
  return { top: new Block(sources, undefined, 'http', undefined, items), isWhole: false, sources };
}

/** Kept as long as the configuration is: the files stay the same objects while their text changes. */
const sourcesOf = new WeakMap<Configuration, IncludedFiles>();

function includedFiles(configuration: Configuration): IncludedFiles {
  const before = sourcesOf.get(configuration);
  if (before) return before;
  const byInclude = new Map<Item, Reading[]>();
  for (const it of configuration.readings) {
    if (!it.by || !it.loaded) continue;
    const before = byInclude.get(it.by.item);
    if (before) before.push(it);
    else byInclude.set(it.by.item, [it]);
  }
  const inclusions = new Map(configuration.inclusions.map((it) => [it.site.item, it]));
  const sources: IncludedFiles = {
    included(include) {
      const inclusion = inclusions.get(include);
      if (!inclusion?.paths.known || inclusion.cycle) return undefined;
      const readings = byInclude.get(include) ?? [];
      // Fewer files than paths: some are missing or cannot be read.
      return readings.length < inclusion.paths.value.length ? undefined : readings.map((it) => it.file.children);
    },
  };
  sourcesOf.set(configuration, sources);
  return sources;
}

/** The http block; the top itself where only parts of one are known. */
export function httpBlock(top: Block): Block | undefined {
  return top.context === 'http' ? top : top.first('http')?.body;
}
