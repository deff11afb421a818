/** A file in nginx's language as typed nodes. Knows words and blocks, not what they mean. */
import type { HostPath } from '../base/hostPath.js';
import type { Anchor, FileAnchor, Place } from '../base/place.js';
import { type Word, wordValue } from './nginxWords.js';

export type { Word } from './nginxWords.js';
export { valueStart, wordValue } from './nginxWords.js';

/**
 * `simple` ends with a semicolon, `block` has a body of items, `lua` a body of raw Lua, `comment` is one comment;
 * the rest are faults: a closing brace at the top (`stray-close`), a lone semicolon, a block without a name, a byte order mark.
 */
export type ItemKind = 'simple' | 'block' | 'lua' | 'comment' | 'stray-close' | 'stray-semicolon' | 'anonymous' | 'bom';

/** One item of a file or block. Its offsets count from its own start, so that it can be kept while text before it moves. */
export class Item implements Anchor {
  parent: Item | NginxFile | undefined;
  offset = 0;
  /** The item whose words nginx takes this one's for, since a semicolon is missing between them: `joinedWords` of that one. */
  behind: Item | undefined;
  /** The directive's name as nginx reads it; empty for comments and faults. */
  readonly name: string;
  private values: readonly string[] | undefined;

  constructor(
    readonly kind: ItemKind,
    /** UTF-16 units, closing semicolon or brace included. */
    readonly length: number,
    /** The name is the first word. Empty for comments and faults. */
    readonly words: readonly Word[],
    /** Items of the body; undefined unless there is one. */
    readonly children: readonly Item[] | undefined,
    /** Offset of the `{`; undefined without a body. */
    readonly open: number | undefined,
    /** Offset of the `;` or `}` that ends the item; undefined when it is missing. */
    readonly close: number | undefined,
    /** Comment text without `#`, or the raw Lua body. */
    readonly text = '',
    /**
     * The item was cut off where the next line begins with the name of a directive: nginx itself reads on, and takes
     * that line for further arguments. `joinedWords` is how many words nginx sees in all.
     */
    readonly joinedWords: number | undefined = undefined,
  ) {
    this.name = words[0] ? wordValue(words[0]) : '';
  }

  /** Values of the arguments, as nginx reads them. */
  get args(): readonly string[] {
    this.values ??= this.words.slice(1).map(wordValue);
    return this.values;
  }

  get isDirective(): boolean {
    return this.kind === 'simple' || this.kind === 'block' || this.kind === 'lua';
  }
}

/** A parsed file. The same object stands for the file through all edits; only `children` changes. */
export interface NginxFile extends FileAnchor {
  readonly language: 'nginx';
  readonly path: HostPath;
  children: readonly Item[];
  /** Length of the text in UTF-16 units. */
  length: number;
}

/** The place of a word: quotes included. */
export function placeOfWord(item: Item, word: Word): Place {
  return { node: item, start: word.start, end: word.end };
}

/** The place of the argument with this number, counted from 1 as in nginx's own `args`; the name if there is none. */
export function placeOfArg(item: Item, index: number): Place {
  return placeOfWord(item, item.words[index] ?? item.words[0]!);
}

/** From the name to the last word: what to underline when a directive as a whole is meant. */
export function placeOfHead(item: Item): Place {
  const last = item.words[item.words.length - 1];
  return { node: item, start: 0, end: last ? last.end : item.length };
}

export function placeOfItem(item: Item): Place {
  return { node: item, start: 0, end: item.length };
}

/** The blanks that a line beside this directive begins with, by how deep it stands. */
export function indentOf(item: Item): string {
  let depth = -1;
  for (let at: { parent: unknown } | undefined = item; at; at = at.parent as typeof at) depth++;
  return '    '.repeat(Math.max(0, depth - 1));
}

/** The items of the block or file that an item stands in, itself among them. */
export function siblingsOf({ parent }: Item): readonly Item[] {
  return parent?.children ?? [];
}

/** Every item below, in the order of the text, the given ones included. */
export function* itemsWithin(items: readonly Item[]): Generator<Item> {
  for (const item of items) {
    yield item;
    if (item.children) yield* itemsWithin(item.children);
  }
}
