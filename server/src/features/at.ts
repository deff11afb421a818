/** What stands at an offset: the way from the file's top to the innermost item, or the entry of a unit. */
import type { HostPath } from '../base/hostPath.js';
import { type BodyContext, contextInside } from '../nginx/contexts.js';
import type { Item, NginxFile, Word } from '../syntax/nginxSyntax.js';
import type { Entry, UnitFile, UnitSection } from '../syntax/unitSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';

export interface NginxAt {
  readonly file: NginxFile;
  /** The innermost item that holds the offset, body and all; undefined at the top level between items. */
  readonly item: Item | undefined;
  /** Offset of that item in the file. */
  readonly start: number;
  /** The word under the offset; its end counts as under it. */
  readonly word: Word | undefined;
  /** Number of that word; the name is 0. */
  readonly index: number;
  /** The context that the item stands in. */
  readonly context: BodyContext;
  /** The context of text typed at the offset: inside the item's braces that of its body, else `context`. */
  readonly bodyContext: BodyContext;
  /** Blocks around the item, outermost first, the item itself not included. */
  readonly around: readonly Item[];
}

/** The first way in which the configuration reads the file decides the context. */
export function nginxAt(snapshot: Snapshot, path: HostPath, offset: number): NginxAt | undefined {
  const reading = snapshot.configuration.readings.find((it) => it.file.path === path);
  if (!reading) return undefined;
  const { file } = reading;
  const around: Item[] = [];
  let context = reading.context;
  let items: readonly Item[] = file.children;
  let base = 0;
  for (;;) {
    const origin = base;
    const item = items.find((it) => holds(it, offset - origin));
    if (!item) {
      const parent = around.pop();
      if (!parent)
        return { file, item: undefined, start: 0, word: undefined, index: -1, context, bodyContext: context, around };
      const outer = contextAround(reading.context, around);
      return {
        file,
        item: parent,
        start: base,
        word: undefined,
        index: -1,
        context: outer,
        bodyContext: context,
        around,
      };
    }
    const start = base + item.offset;
    const inBody =
      item.open !== undefined &&
      offset > start + item.open &&
      (item.close === undefined || offset <= start + item.close);
    if (!inBody || !item.children) {
      const index = item.words.findIndex((it) => offset - start >= it.start && offset - start <= it.end);
      const bodyContext = inBody ? contextInside(item, context) : context;
      return { file, item, start, word: item.words[index], index, context, bodyContext, around };
    }
    around.push(item);
    context = contextInside(item, context);
    items = item.children;
    base = start;
  }
}

// An item without its end reaches to the next one: whoever types there is still writing it.
function holds(item: Item, offset: number): boolean {
  if (offset < item.offset) return false;
  const end = item.offset + item.length;
  if (item.close === undefined && item.open === undefined) return offset <= end;
  if (item.kind === 'simple') return offset < end;
  return item.close === undefined ? true : offset < end;
}

function contextAround(top: BodyContext, around: readonly Item[]): BodyContext {
  let context = top;
  for (const item of around) context = contextInside(item, context);
  return context;
}

export interface UnitAt {
  readonly file: UnitFile;
  /** The section that the offset lies in: the last one that begins before it. */
  readonly section: UnitSection | undefined;
  readonly entry: Entry | undefined;
  /** Offset of the entry in the file. */
  readonly start: number;
  readonly on: 'header' | 'key' | 'value' | 'elsewhere';
}

export function unitAt(snapshot: Snapshot, path: HostPath, offset: number): UnitAt | undefined {
  if (!snapshot.unitFiles.includes(path)) return undefined;
  const file = snapshot.space.file(path, 'systemd') as UnitFile | undefined;
  if (!file) return undefined;
  const section = file.sections.findLast((it) => it.offset <= offset);
  if (section && offset <= section.offset + section.headerEnd)
    return { file, section, entry: undefined, start: 0, on: 'header' };
  const entries = section ? section.entries : file.preamble;
  const base = section?.offset ?? 0;
  const entry = entries.find((it) => offset >= base + it.offset && offset <= base + it.offset + it.length);
  if (!entry) return { file, section, entry, start: 0, on: 'elsewhere' };
  const start = base + entry.offset;
  if (entry.kind !== 'assignment')
    return { file, section, entry, start, on: entry.kind === 'junk' ? 'key' : 'elsewhere' };
  return { file, section, entry, start, on: offset - start <= entry.key.length ? 'key' : 'value' };
}
