/**
 * The only door to tree-sitter. Loads the grammars once; trees stay in this folder, because they are handles into
 * WebAssembly memory that must be freed.
 */
import { Language, Parser, type Tree } from 'web-tree-sitter';
import type { LineIndex, TextChange } from '../base/lineIndex.js';

/** The bytes that the runtime and the grammars are made from; where they lie is the caller's affair. */
export interface GrammarBytes {
  readonly runtime: Uint8Array;
  readonly nginx: Uint8Array;
  readonly systemd: Uint8Array;
  readonly python: Uint8Array;
}

export type GrammarName = 'nginx' | 'systemd' | 'python';

let parsers: Record<GrammarName, Parser> | undefined;

/** Makes parsing possible. Must have resolved before the first parse; a second call does nothing. */
export async function loadGrammars(bytes: GrammarBytes): Promise<void> {
  if (parsers) return;
  await Parser.init({ wasmBinary: bytes.runtime });
  const parserFor = async (grammar: Uint8Array): Promise<Parser> => {
    const parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
    return parser;
  };
  parsers = {
    nginx: await parserFor(bytes.nginx),
    systemd: await parserFor(bytes.systemd),
    python: await parserFor(bytes.python),
  };
}

/** A tree of the whole text. The caller frees it with `delete()`. */
export function parseTree(grammar: GrammarName, text: string, old?: Tree): Tree {
  if (!parsers) throw new Error('loadGrammars() has not resolved yet');
  const tree = parsers[grammar].parse(withoutNul(text), old ?? null);
  if (!tree) throw new Error(`the ${grammar} parser gave no tree`);
  return tree;
}

/** Tells the tree of an edit, so that the next parse can reuse what lies outside. `before` and `after` index the two texts. */
export function editTree(tree: Tree, change: TextChange, before: LineIndex, after: LineIndex): void {
  const newEnd = change.start + change.text.length;
  const point = (index: LineIndex, offset: number) => {
    const at = index.position(offset);
    return { row: at.line, column: at.character };
  };
  tree.edit({
    startIndex: change.start,
    oldEndIndex: change.oldEnd,
    newEndIndex: newEnd,
    startPosition: point(before, change.start),
    oldEndPosition: point(before, change.oldEnd),
    newEndPosition: point(after, newEnd),
  } as Parameters<Tree['edit']>[0]);
}

/** A tree as an S-expression; with `positions` each node is followed by its offsets. */
export function treeText(tree: Tree, { positions = false }: { positions?: boolean }): string {
  if (!positions) return tree.rootNode.toString();
  const parts: string[] = [];
  const cursor = tree.walk();
  for (;;) {
    parts.push(`(${cursor.nodeType} ${cursor.startIndex}-${cursor.endIndex}`);
    if (cursor.gotoFirstChild()) continue;
    parts.push(')');
    let more = cursor.gotoNextSibling();
    while (!more && cursor.gotoParent()) {
      parts.push(')');
      more = cursor.gotoNextSibling();
    }
    if (!more) break;
  }
  cursor.delete();
  return parts.join('');
}

// tree-sitter's lexers take NUL for the end of the text; any other character that no rule knows keeps the offsets.
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u{FFFD}') : text;
}
