/** How items are made of words, whoever has found the words: the tree after an edit (`nginxLowering.ts`), or a pass over a whole text (`nginxReading.ts`). */
import { Item, type NginxFile } from './nginxSyntax.js';
import { type Word, wordValue } from './nginxWords.js';

/** What the lowering must know of names to tell where somebody forgot a semicolon or a brace. */
export interface DirectiveNames {
  /** Asked of the first word on a line inside a directive: is it the name of one? */
  isDirective(name: string): boolean;
  /** Whether a directive of this name opens a block. */
  opensBlock(name: string): boolean;
}

/** Deeper than anybody nests blocks, and shallow enough for the stack: what is inside is not looked at. */
export const DEEPEST = 1000;

/** Items that an edit replaced must not pretend to stand anywhere. */
export function adopt(parent: Item | NginxFile, children: readonly Item[], before: readonly Item[] | undefined): void {
  if (before) for (const it of before) it.parent = undefined;
  for (const it of children) it.parent = parent;
}

export function placed(item: Item, start: number): Item {
  item.offset = start;
  return item;
}

/** Tells all but the first which one they stand behind. */
export function chained(items: Item[]): Item[] {
  for (let i = 1; i < items.length; i++) items[i]!.behind = items[0];
  return items;
}

interface Cut {
  readonly from: number;
  readonly words: readonly Word[];
  readonly item: Item;
}

/**
 * Cuts words into directives where a line begins with a directive's name no further right than the directive itself
 * began: nobody indents an argument to the left of its directive, but everybody forgets a semicolon.
 */
export function cutAtDirectives(text: string, names: DirectiveNames, words: readonly Word[], start: number): Cut[] {
  const cuts: Cut[] = [];
  if (words.length === 0) return cuts;
  const column = columnAt(text, start);
  let first = 0;
  for (let i = 1; i <= words.length; i++) {
    const word = words[i];
    if (word) {
      if (!word.startsLine || word.quote !== '' || !names.isDirective(wordValue(word))) continue;
      const isFurtherRight = columnAt(text, start + word.start) > column;
      // The first line of a block whose brace is missing is further right.
      if (isFurtherRight && !names.opensBlock(wordValue(words[first]!))) continue;
    }
    const shift = words[first]!.start;
    const own = words
      .slice(first, i)
      .map((it, k) =>
        shift === 0 ? it : { ...it, start: it.start - shift, end: it.end - shift, startsLine: k > 0 && it.startsLine },
      );
    const length = own[own.length - 1]!.end;
    const item = new Item('simple', length, own, undefined, undefined, undefined, '', words.length - first);
    cuts.push({ from: start + shift, words: own, item: placed(item, start + shift) });
    first = i;
  }
  return cuts;
}

function columnAt(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
