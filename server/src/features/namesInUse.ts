/** Judges names by the whole configuration, and remembers what each piece of it defines and uses. */

import { isText } from '../host/host.js';
import type { Reading } from '../nginx/configuration.js';
import { chunksOf } from '../nginx/contexts.js';
import type { Declaration } from '../nginx/declarations.js';
import { type Names, namesOf, sectionUse } from '../nginx/names.js';
import type { NamesView } from '../rules/views.js';
import type { Item } from '../syntax/nginxSyntax.js';
import { ChunkMemory } from '../workspace/chunkMemory.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { ConflictIndex } from './conflictIndex.js';

interface Whole {
  readonly of: readonly Names[];
  readonly all: ReadonlySet<string>;
  readonly foreign: boolean;
  readonly conflicts: ConflictIndex;
}

export class NamesMemory {
  private readonly chunks = new ChunkMemory<Names>();
  private readonly files = new WeakMap<readonly Item[], Map<string, Names>>();
  private latest: Whole | undefined;
  /** What `latest` was the answer to. */
  private asked: { readonly snapshot: Snapshot; readonly texts: number } | undefined;
  private completeness: { readonly of: Snapshot; readonly complete: boolean } | undefined;
  /** Rises when what one file says of names may change what is to be said of another. */
  revision = 0;

  /** What the rules see of one reading of a file; undefined when nginx does not load it, or when it has no names. */
  view(snapshot: Snapshot, reading: Reading): NamesView | undefined {
    if (!reading.loaded) return undefined;
    const { uses, declarations } = this.ofFile(reading);
    if (uses.length === 0 && declarations.length === 0) return undefined;
    const { all, foreign, conflicts } = this.whole(snapshot);
    return {
      uses,
      defined: all,
      foreign,
      complete: this.isComplete(snapshot),
      conflicts: conflicts.of(declarations),
    };
  }

  /** Looks at all names of the configuration; `revision` has risen if they are not what they were. */
  refresh(snapshot: Snapshot): void {
    this.whole(snapshot);
  }

  private whole(snapshot: Snapshot): Whole {
    const texts = snapshot.space.textsRevision;
    if (this.latest && this.asked?.snapshot === snapshot && this.asked.texts === texts) return this.latest;
    this.asked = { snapshot, texts };
    const { configuration } = snapshot;
    const loaded = configuration.readings.filter((it) => it.loaded);
    const of = loaded.map((it) => this.ofFile(it));
    const before = this.latest;
    if (before && sameList(before.of, of)) return before;
    const sameFiles = before?.of.length === of.length;
    const conflicts = sameFiles ? before.conflicts : new ConflictIndex();
    const changed = of.flatMap((now, i) => (sameFiles && before.of[i] === now ? [] : [{ was: before?.of[i], now }]));
    let elsewhere = !sameFiles;
    for (const { was, now } of changed) {
      if (conflicts.replace(sameFiles ? was!.declarations : [], now.declarations, loaded)) elsewhere = true;
      if (!was || was.foreign !== now.foreign || !sameList(was.defined, now.defined)) elsewhere = true;
    }
    let all = before?.all;
    if (!all || !sameFiles || changed.some(({ was, now }) => !sameList(was!.defined, now.defined))) {
      const defined = new Set<string>();
      for (const names of of) for (const it of names.defined) defined.add(it);
      all = defined;
    }
    if (elsewhere) this.revision++;
    this.latest = { of, all, foreign: of.some((it) => it.foreign), conflicts };
    return this.latest;
  }

  private ofFile({ file, context }: Reading): Names {
    let remembered = this.files.get(file.children);
    if (!remembered) this.files.set(file.children, (remembered = new Map()));
    let names = remembered.get(context);
    if (!names) {
      const defined: string[] = [];
      const uses: Names['uses'][number][] = [];
      const declarations: Declaration[] = [];
      let foreign = false;
      for (const { item, context: at, headOnly } of chunksOf(file.children, context)) {
        if (headOnly) {
          if (at === 'main') uses.push(sectionUse(item));
          continue;
        }
        const here = this.chunks.get(item, at, '', () => namesOf(item, at));
        for (const it of here.defined) defined.push(it);
        for (const it of here.uses) uses.push(it);
        for (const it of here.declarations) declarations.push(it);
        foreign ||= here.foreign;
      }
      remembered.set(context, (names = { defined, uses, declarations, foreign }));
    }
    return names;
  }

  /** Whether everything that nginx loads has been read. */
  private isComplete(snapshot: Snapshot): boolean {
    if (this.completeness?.of === snapshot) return this.completeness.complete;
    const { configuration, host } = snapshot;
    const complete =
      configuration.main !== undefined &&
      configuration.inclusions.every(
        ({ paths, site }) =>
          paths.known &&
          (site.context === 'data' ||
            paths.value.every((it) => {
              const text = host.read(it);
              return text.known && text.value !== undefined && isText(text.value);
            })),
      );
    this.completeness = { of: snapshot, complete };
    return complete;
  }
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((it, i) => it === b[i]));
}
