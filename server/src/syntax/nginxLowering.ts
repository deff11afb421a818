/**
 * From nginx's tree to items. After an edit, items that lie wholly outside it are kept as they are, so the work follows
 * the edit and the number of its neighbours, not the size of the file.
 */
import type { Node, Tree } from 'web-tree-sitter';
import type { TextChange } from '../base/lineIndex.js';
import { adopt, chained, cutAtDirectives, DEEPEST, type DirectiveNames, placed } from './nginxItems.js';
import { Item, type ItemKind, type NginxFile } from './nginxSyntax.js';
import { detached, readWords } from './nginxWords.js';

interface Kinds {
  readonly of: ReadonlyMap<number, ItemKind | 'close' | 'open'>;
}

const kindsOfLanguage = new WeakMap<object, Kinds>();

function kindsOf(tree: Tree): Kinds {
  const language = tree.language;
  let kinds = kindsOfLanguage.get(language);
  if (!kinds) {
    const of = new Map<number, ItemKind | 'close' | 'open'>();
    const named: [string, ItemKind][] = [
      ['simple_directive', 'simple'],
      ['block_directive', 'block'],
      ['lua_directive', 'lua'],
      ['comment', 'comment'],
      ['stray_close', 'stray-close'],
      ['stray_semicolon', 'stray-semicolon'],
      ['anonymous_block', 'anonymous'],
    ];
    for (const [name, kind] of named) {
      const id = language.idForNodeType(name, true);
      if (id !== null) of.set(id, kind);
    }
    const close = language.idForNodeType('}', false);
    if (close !== null) of.set(close, 'close');
    const open = language.idForNodeType('{', false);
    if (open !== null) of.set(open, 'open');
    kinds = { of };
    kindsOfLanguage.set(language, kinds);
  }
  return kinds;
}

interface Lowering {
  readonly text: string;
  readonly kinds: Kinds;
  readonly names: DirectiveNames;
  readonly keep: (raw: string) => string;
  readonly edit: TextChange | undefined;
  readonly delta: number;
  /** Items that begin after this offset stand on a line that the edit did not touch. */
  readonly untouchedAfter: number;
}

/** The items that a block had before the edit, with the offsets in the text that they had then. */
interface Former {
  readonly items: readonly Item[];
  /** Taken before anything is moved: keeping an item gives it its new offset. */
  readonly starts: readonly number[];
  /** Offset of the closing brace, or of the end of the text. */
  readonly limit: number;
}

function formerItems(items: readonly Item[], base: number, limit: number): Former {
  return { items, starts: items.map((it) => base + it.offset), limit };
}

/** Lowers a whole text, or what an edit of it has changed, into `file.children`. */
export function lowerNginx(
  file: NginxFile,
  tree: Tree,
  text: string,
  names: DirectiveNames,
  edit: TextChange | undefined,
): void {
  const newEnd = edit ? edit.start + edit.text.length : 0;
  const lineEnd = text.indexOf('\n', newEnd);
  const lowering: Lowering = {
    text,
    kinds: kindsOf(tree),
    names,
    keep: edit ? detached : (raw) => raw,
    edit,
    delta: text.length - file.length,
    untouchedAfter: lineEnd < 0 ? text.length : lineEnd,
  };
  const before = file.children.filter((it) => it.kind !== 'bom');
  const former = edit ? formerItems(before, 0, file.length) : undefined;
  const nodes = tree.rootNode.children.filter((it): it is Node => it !== null);
  const children = lowerItems(lowering, nodes, 0, text.length, former, 0);
  // tree-sitter skips a byte order mark at the start of its input, so the tree does not show it.
  if (text.charCodeAt(0) === 0xfeff)
    children.unshift(placed(new Item('bom', 1, [], undefined, undefined, undefined), 0));
  adopt(file, children, file.children);
  file.children = children;
  file.length = text.length;
}

function lowerItems(
  lowering: Lowering,
  nodes: readonly Node[],
  base: number,
  limit: number,
  former: Former | undefined,
  depth: number,
): Item[] {
  const items: Item[] = [];
  let at = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const start = node.startIndex;
    const next = i + 1 < nodes.length ? nodes[i + 1]!.startIndex : limit;
    const shift = former && shiftOutside(lowering, start, next);
    if (former && shift !== undefined) {
      while (at < former.items.length && former.starts[at]! < start - shift) at++;
      const kept = keptItems(former, at, start - shift, next - shift);
      kept.forEach((item, k) => {
        item.offset = former.starts[at + k]! + shift - base;
        items.push(item);
      });
      at += kept.length;
      if (kept.length > 0) continue;
    }
    // Only what begins before the edit begins where it did; what begins after it is kept elsewhere.
    const begins = former && start < lowering.edit!.start;
    const same = begins ? former.items.findIndex((it, k) => it.children && former.starts[k] === start) : -1;
    for (const item of lowerNode(
      lowering,
      node,
      next,
      former && same >= 0 ? formerOf(former, same) : undefined,
      depth,
    )) {
      item.offset -= base;
      items.push(item);
    }
  }
  return items;
}

/** How far the text of [start, next) has moved, if the edit lies outside of it; undefined if the edit touches it. */
function shiftOutside(lowering: Lowering, start: number, next: number): number | undefined {
  if (!lowering.edit) return undefined;
  if (next < lowering.edit.start) return 0;
  return start > lowering.untouchedAfter ? lowering.delta : undefined;
}

function keptItems(former: Former, first: number, start: number, next: number): readonly Item[] {
  // What stood behind a directive without its semicolon may be by itself now.
  if (former.starts[first] !== start || former.items[first]!.behind) return [];
  let last = first + 1;
  while (last < former.items.length && former.starts[last]! < next) last++;
  const end = last < former.items.length ? former.starts[last]! : former.limit;
  return end === next ? former.items.slice(first, last) : [];
}

function formerOf(around: Former, index: number): Former {
  const item = around.items[index]!;
  const start = around.starts[index]!;
  // An item without its brace runs on to where its parent ends.
  return formerItems(item.children!, start, item.close === undefined ? around.limit : start + item.close);
}

/** The items of one node, with offsets from the start of the text. */
function lowerNode(
  lowering: Lowering,
  node: Node,
  next: number,
  former: Former | undefined,
  depth: number,
): readonly Item[] {
  const { text, keep } = lowering;
  const kind = lowering.kinds.of.get(node.typeId);
  const start = node.startIndex;
  switch (kind) {
    case 'simple':
      return lowerSimple(lowering, start, next);
    case 'block':
    case 'anonymous':
      return lowerBlock(lowering, node, kind, former, depth);
    case 'lua': {
      const { words, end } = readWords(text, start, next, keep);
      const close = closeOf(lowering, node);
      const finish = close === undefined ? node.endIndex : close + 1;
      const body = keep(text.slice(end + 1, close ?? finish));
      const at = close === undefined ? undefined : close - start;
      return [placed(new Item('lua', finish - start, words, undefined, end - start, at, body), start)];
    }
    case 'comment': {
      const end = node.endIndex;
      return [
        placed(
          new Item(kind, end - start, [], undefined, undefined, undefined, keep(text.slice(start + 1, end))),
          start,
        ),
      ];
    }
    case 'stray-close':
    case 'stray-semicolon':
      return [placed(new Item(kind, 1, [], undefined, undefined, undefined), start)];
    default:
      return [];
  }
}

function closeOf(lowering: Lowering, node: Node): number | undefined {
  const last = node.lastChild;
  return last && lowering.kinds.of.get(last.typeId) === 'close' ? last.startIndex : undefined;
}

function lowerSimple(lowering: Lowering, start: number, next: number): Item[] {
  const { words, end } = readWords(lowering.text, start, next, lowering.keep);
  const semicolon = lowering.text.charCodeAt(end) === 59 && end < next;
  const items = cutAtDirectives(lowering.text, lowering.names, words, start);
  const tail = items.pop()!;
  const finish = semicolon ? end + 1 : start + words[words.length - 1]!.end;
  const close = semicolon ? end - tail.from : undefined;
  const last = placed(new Item('simple', finish - tail.from, tail.words, undefined, undefined, close), tail.from);
  return chained([...items.map((it) => it.item), last]);
}

function lowerBlock(
  lowering: Lowering,
  node: Node,
  kind: 'block' | 'anonymous',
  former: Former | undefined,
  depth: number,
): Item[] {
  const start = node.startIndex;
  const nodes = node.children.filter((it): it is Node => it !== null);
  const { words, end: open } = readWords(lowering.text, start, node.endIndex, lowering.keep);
  const cut = cutAtDirectives(lowering.text, lowering.names, words, start);
  const tail = cut.pop() ?? { from: start, words };
  const last = nodes[nodes.length - 1];
  const close = last && lowering.kinds.of.get(last.typeId) === 'close' ? last.startIndex : undefined;
  const finish = close === undefined ? node.endIndex : close + 1;
  const limit = close ?? finish;
  const body = nodes.filter((it) => it.startIndex > open && it.startIndex < limit);
  const children = depth >= DEEPEST ? [] : lowerItems(lowering, body, tail.from, limit, former, depth + 1);
  const at = close === undefined ? undefined : close - tail.from;
  const item = new Item(kind, finish - tail.from, tail.words, children, open - tail.from, at);
  adopt(item, children, former?.items);
  return chained([...cut.map((it) => it.item), placed(item, tail.from)]);
}
