/**
 * Reads a whole text in nginx's language in one pass, without a tree: a tree is for edits, and hundreds of files are never
 * edited. The fuzz suite proves that both ways lead to the same items.
 */

import { luaBlockEnd } from './luaBlock.js';
import { adopt, chained, cutAtDirectives, DEEPEST, type DirectiveNames } from './nginxItems.js';
import { Item, type NginxFile } from './nginxSyntax.js';
import { isSpace, readWords, type Word } from './nginxWords.js';

const SEMICOLON = 59;
const OPEN = 123;
const CLOSE = 125;
const HASH = 35;

/** A block whose end has not been met yet. */
interface OpenBlock {
  readonly kind: 'block' | 'anonymous';
  readonly from: number;
  readonly words: readonly Word[];
  /** Offset of the brace in the text. */
  readonly open: number;
  readonly items: Item[];
  readonly behind: Item | undefined;
}

const itself = (raw: string): string => raw;

/** Whether the word makes the block behind it one of Lua. */
const namesLua = (word: Word | undefined): boolean => word?.quote === '' && /^[a-z_]+_by_lua_block$/.test(word.raw);

/** Puts what stands in the text into `file`. Takes any text. */
export function readNginx(file: NginxFile, text: string, names: DirectiveNames): void {
  const top: Item[] = [];
  const blocks: OpenBlock[] = [];
  let items = top;
  let base = 0;
  let at = 0;
  /** Where the last word, brace, semicolon or comment ends. */
  let last = 0;
  const add = (item: Item, start: number): void => {
    item.offset = start - base;
    items.push(item);
  };
  const enter = (block: OpenBlock): void => {
    blocks.push(block);
    ({ items, from: base } = block);
    at = last = block.open + 1;
  };
  const leave = (finish: number, close: number | undefined): void => {
    const { kind, from, words, open, items: inside, behind } = blocks.pop()!;
    const children = blocks.length >= DEEPEST ? [] : inside;
    const end = close === undefined ? undefined : close - from;
    const item = new Item(kind, finish - from, words, children, open - from, end);
    item.behind = behind;
    adopt(item, children, undefined);
    const outer = blocks[blocks.length - 1];
    items = outer?.items ?? top;
    base = outer?.from ?? 0;
    add(item, from);
    at = last = finish;
  };
  /** What is cut off for want of a semicolon goes into `items`; the rest is given back, and what it stands behind. */
  const cutOff = (words: readonly Word[], start: number) => {
    const cuts = cutAtDirectives(text, names, words, start);
    const { from, words: rest } = cuts.pop()!;
    for (const it of chained(cuts.map((cut) => cut.item))) add(it, it.offset);
    return { from, words: rest, behind: cuts[0]?.item };
  };
  const directive = (): void => {
    const start = at;
    const { words, end, last: ended } = readWords(text, start, text.length, itself);
    const by = text.charCodeAt(end);
    if (by === OPEN && namesLua(words[0])) {
      const close = luaBlockEnd(text, end + 1);
      const finish = close === undefined ? text.length : close + 1;
      const body = text.slice(end + 1, close ?? finish);
      const item = new Item('lua', finish - start, words, undefined, end - start, close && close - start, body);
      add(item, start);
      at = last = finish;
      return;
    }
    const tail = cutOff(words, start);
    if (by === OPEN) {
      enter({ kind: 'block', ...tail, open: end, items: [] });
      return;
    }
    const isEnded = by === SEMICOLON;
    const finish = isEnded ? end + 1 : start + words[words.length - 1]!.end;
    const close = isEnded ? end - tail.from : undefined;
    const item = new Item('simple', finish - tail.from, tail.words, undefined, undefined, close);
    item.behind = tail.behind;
    add(item, tail.from);
    at = isEnded ? finish : end;
    last = isEnded ? finish : ended;
  };
  const one = (kind: 'stray-close' | 'stray-semicolon' | 'bom'): void => {
    add(new Item(kind, 1, [], undefined, undefined, undefined), at);
    at = last = at + 1;
  };

  if (text.charCodeAt(0) === 0xfeff) one('bom');
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) at++;
    else if (code === HASH) {
      const lineEnd = text.indexOf('\n', at);
      const end = lineEnd < 0 ? text.length : lineEnd;
      add(new Item('comment', end - at, [], undefined, undefined, undefined, text.slice(at + 1, end)), at);
      at = last = end;
    } else if (code === SEMICOLON) one('stray-semicolon');
    else if (code === OPEN) enter({ kind: 'anonymous', from: at, words: [], open: at, items: [], behind: undefined });
    else if (code !== CLOSE) directive();
    else if (blocks.length > 0) leave(at + 1, at);
    else one('stray-close');
  }
  while (blocks.length > 0) leave(last, undefined);
  adopt(file, top, file.children);
  file.children = top;
  file.length = text.length;
}
