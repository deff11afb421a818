/** Judges names by the whole configuration, and remembers what each piece of it defines and uses. */

import type { HostPath } from '../base/hostPath.js';
import { sameList } from '../base/lists.js';
import { isText } from '../host/host.js';
import { ChunkMemory } from '../nginx/chunkMemory.js';
import { type Reading, readingsOf } from '../nginx/configuration.js';
import { type Chunk, chunksOf } from '../nginx/contexts.js';
import type { Declaration } from '../nginx/declarations.js';
import { type Names, nameKey, namesOf, sectionUse } from '../nginx/names.js';
import type { Finding } from '../rules/rule.js';
import type { NamesView } from '../rules/views.js';
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { ConflictIndex } from './conflictIndex.js';
import { rulesSeeing } from './rulesSeeing.js';

const namesRules = rulesSeeing('names');

interface Whole {
  /** Of each reading; of those that nginx does not load nothing. */
  readonly of: readonly Names[];
  readonly all: ReadonlySet<string>;
  readonly foreign: boolean;
  readonly conflicts: ConflictIndex;
}

interface Change {
  readonly was: Names;
  readonly now: Names;
}

export class NamesMemory {
  private readonly chunks = new ChunkMemory<Names>();
  private readonly files = new WeakMap<readonly Item[], Map<string, Names>>();
  private readonly silent = new WeakMap<Names, string>();
  private readonly keys = new WeakMap<Names, readonly string[]>();
  private latest: Whole | undefined;
  /** What `latest` was the answer to. */
  private asked: { readonly snapshot: Snapshot; readonly inclusions: object; readonly texts: number } | undefined;
  private completeness: { readonly of: object; readonly revision: number; readonly complete: boolean } | undefined;
  /** Rises when what one file says of names may change what is to be said of another. */
  revision = 0;
  /** The revision at which something else may have been to be said of all files, and of single ones. */
  private allAt = 0;
  private readonly at = new Map<HostPath, number>();

  /** What the rules say of one reading of a file; nothing when nginx does not load it. */
  findings(snapshot: Snapshot, reading: Reading): readonly Finding[] {
    if (!reading.loaded) return [];
    const { all, foreign, conflicts } = this.whole(snapshot);
    const around = { defined: all, foreign, complete: this.isComplete(snapshot) };
    const { file, context } = reading;
    const names = this.ofFile(reading);
    const found: Finding[] = [];
    const say = (view: NamesView): void => {
      for (const rule of namesRules) rule.run(view, found);
    };
    const chunks = chunksOf(file.children, context);
    const ofChunks = this.namesOfChunks(file, chunks);
    // What the heads of http, stream and mail want is wanted once.
    const ofHeads = ofChunks.flatMap(({ uses }, i) => (chunks[i]!.headOnly ? uses : []));
    say({ ...around, uses: ofHeads, conflicts: conflicts.of(names.declarations) });
    // Of a piece of which nothing was said while the same names were defined, nothing is to be said.
    const state = `${this.revision} ${around.complete}`;
    ofChunks.forEach((chunk, i) => {
      if (chunk.uses.length === 0 || chunks[i]!.headOnly || this.silent.get(chunk) === state) return;
      const before = found.length;
      say({ ...around, uses: chunk.uses, conflicts: [] });
      if (found.length === before) this.silent.set(chunk, state);
    });
    return found;
  }

  /** Looks at all names of the configuration; `revision` has risen if they are not what they were. */
  refresh(snapshot: Snapshot): void {
    this.whole(snapshot);
  }

  /** Another number when the names of other files may change what is to be said of this one. */
  stampOf(path: HostPath): number {
    return Math.max(this.allAt, this.at.get(path) ?? 0);
  }

  private whole(snapshot: Snapshot): Whole {
    const texts = snapshot.space.textsRevision;
    if (this.latest && this.asked?.snapshot === snapshot && this.asked.texts === texts) return this.latest;
    const { configuration } = snapshot;
    const { readings, inclusions } = configuration;
    const before = this.latest;
    // With the same includes only what is open can be another text.
    const edited =
      this.asked?.inclusions === inclusions
        ? [...snapshot.space.openPaths].flatMap((it) => readingsOf(configuration, it))
        : undefined;
    this.asked = { snapshot, inclusions, texts };
    if (before && edited) {
      const of = before.of.slice();
      for (const at of edited) of[at] = this.look(readings[at]!);
      const changes = edited.map((at) => ({ was: before.of[at]!, now: of[at]! })).filter((it) => it.was !== it.now);
      if (changes.length > 0) this.update(before, of, changes, readings);
      return this.latest!;
    }
    const of = readings.map((it) => this.look(it));
    // Where files stand decides which declaration is the first.
    const conflicts = new ConflictIndex();
    for (const it of of) conflicts.replace([], it.declarations, readings);
    this.latest = { of, all: definedBy(of), foreign: of.some((it) => it.foreign), conflicts };
    this.allAt = ++this.revision;
    return this.latest;
  }

  /** The same files, of which some say something else. */
  private update(before: Whole, of: readonly Names[], changes: readonly Change[], readings: readonly Reading[]): void {
    const { conflicts } = before;
    const differing = new Set<string>();
    let [conflicting, moved] = [false, false];
    for (const { was, now } of changes) {
      if (conflicts.replace(was.declarations, now.declarations, readings)) conflicting = true;
      if (was.foreign !== now.foreign) moved = true;
      if (sameList(was.defined, now.defined)) continue;
      const [then, since] = [new Set(was.defined), new Set(now.defined)];
      for (const it of then) if (!since.has(it)) differing.add(it);
      for (const it of since) if (!then.has(it)) differing.add(it);
    }
    const all = differing.size > 0 ? definedBy(of) : before.all;
    const foreign = moved ? of.some((it) => it.foreign) : before.foreign;
    this.latest = { of, all, foreign, conflicts };
    if (!conflicting && !moved && differing.size === 0) return;
    this.revision++;
    if (conflicting || moved) this.allAt = this.revision;
    else
      of.forEach((names, i) => {
        // What nobody defines may resemble what somebody defines now.
        if (this.keysOf(names).some((it) => differing.has(it) || !all.has(it)))
          this.at.set(readings[i]!.file.path, this.revision);
      });
  }

  /** What a file's uses are called where they are defined; made once for each file. */
  private keysOf(names: Names): readonly string[] {
    let keys = this.keys.get(names);
    if (!keys) {
      const found = names.uses.map(({ kind, family, name }) => nameKey(kind, family, name));
      this.keys.set(names, (keys = [...new Set(found)]));
    }
    return keys;
  }

  private look(reading: Reading): Names {
    return reading.loaded ? this.ofFile(reading) : NO_NAMES;
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
      for (const here of this.namesOfChunks(file, chunksOf(file.children, context))) {
        if (here.defined.length > 0) for (const it of here.defined) defined.push(it);
        if (here.uses.length > 0) for (const it of here.uses) uses.push(it);
        if (here.declarations.length > 0) for (const it of here.declarations) declarations.push(it);
        foreign ||= here.foreign;
      }
      remembered.set(context, (names = { defined, uses, declarations, foreign }));
    }
    return names;
  }

  private namesOfChunks(file: NginxFile, chunks: readonly Chunk[]): readonly Names[] {
    return this.chunks.each(file, chunks, '', ({ item, context, headOnly }) =>
      headOnly ? { ...NO_NAMES, uses: context === 'main' ? [sectionUse(item)] : [] } : namesOf(item, context),
    );
  }

  /** Whether everything that nginx loads has been read. */
  private isComplete({ configuration, host }: Snapshot): boolean {
    const { completeness } = this;
    const { inclusions: of } = configuration;
    if (completeness?.of === of && completeness.revision === host.revision) return completeness.complete;
    const complete =
      configuration.main !== undefined &&
      of.every(
        ({ paths, site }) =>
          paths.known &&
          (site.context === 'data' ||
            paths.value.every((it) => {
              const text = host.read(it);
              return text.known && text.value !== undefined && isText(text.value);
            })),
      );
    this.completeness = { of, revision: host.revision, complete };
    return complete;
  }
}

const NO_NAMES: Names = { defined: [], uses: [], declarations: [], foreign: false };

function definedBy(names: readonly Names[]): ReadonlySet<string> {
  const defined = new Set<string>();
  for (const of of names) for (const it of of.defined) defined.add(it);
  return defined;
}
