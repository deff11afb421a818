/** Whether an edited document is what a fresh parse of its text is: tree, items, words, lines. */
import assert from 'node:assert/strict';
import { hostPath } from '../../server/src/base/hostPath.js';
import { LineIndex } from '../../server/src/base/lineIndex.js';
import { directiveEntries } from '../../server/src/catalog/nginx.js';
import { NginxDocument } from '../../server/src/syntax/nginxDocument.js';
import { DEEPEST } from '../../server/src/syntax/nginxItems.js';
import type { Item, NginxFile } from '../../server/src/syntax/nginxSyntax.js';
import { UnitDocument } from '../../server/src/syntax/unitDocument.js';
import type { Entry, UnitFile } from '../../server/src/syntax/unitSyntax.js';

export const NAMES = {
  isDirective: (name: string) => directiveEntries(name).length > 0,
  opensBlock: (name: string) => directiveEntries(name).some((it) => it.block),
};

const PATH = hostPath('/fuzz');

export function openDocument(language: 'nginx' | 'systemd', text: string): NginxDocument | UnitDocument {
  return language === 'nginx' ? new NginxDocument(PATH, text, NAMES) : new UnitDocument(PATH, text);
}

/** Throws when anything differs. */
export function assertFresh(document: NginxDocument | UnitDocument): void {
  const fresh =
    document instanceof NginxDocument
      ? new NginxDocument(PATH, document.text, NAMES)
      : new UnitDocument(PATH, document.text);
  try {
    assert.equal(document.treeText({ positions: true }), fresh.treeText({ positions: true }), 'the tree');
    assert.ok(!fresh.treeText().includes('(ERROR'), 'no ERROR node');
    if (document instanceof NginxDocument && fresh instanceof NginxDocument) {
      assert.deepEqual(plainFile(document.file), plainFile(fresh.file), 'the items');
      assert.deepEqual(plainFile(fresh.file), plainFile(fresh.treeItems()), "the tree's items");
      assertParents(document.file);
      assertParents(fresh.file);
      // What is nested deeper than we look has words of the tree only.
      if (depthOf(fresh.file) < DEEPEST) assert.deepEqual(wordsOf(fresh.file), fresh.treeWords(), "the tree's words");
    } else if (fresh instanceof UnitDocument) {
      assert.deepEqual(plainUnit(document.file as UnitFile), plainUnit(fresh.file), 'the sections');
      assert.deepEqual(nodesOf(fresh), fresh.treeNodes(), "the tree's nodes");
    }
    assert.deepEqual(document.lines, LineIndex.of(document.text), 'the lines');
  } finally {
    fresh.dispose();
  }
}

function depthOf({ children = [] }: { readonly children?: readonly Item[] | undefined }): number {
  let depth = 0;
  for (const it of children) if (it.children) depth = Math.max(depth, 1 + depthOf(it));
  return depth;
}

function plainFile(file: NginxFile): unknown {
  return { length: file.length, children: file.children.map(plainItem) };
}

function plainItem(item: Item): unknown {
  const { kind, offset, length, words, open, close, text, joinedWords, children } = item;
  const behind = item.behind?.name;
  return { kind, offset, length, words, open, close, text, joinedWords, behind, children: children?.map(plainItem) };
}

function assertParents(parent: NginxFile | Item): void {
  for (const child of parent.children ?? []) {
    assert.equal(child.parent, parent, 'each item knows its parent');
    assertParents(child);
  }
}

/** Where the words of all directives stand, in the order of the text. */
function wordsOf(file: NginxFile): string[] {
  const found: string[] = [];
  const visit = (items: readonly Item[], base: number): void => {
    for (const item of items) {
      const start = base + item.offset;
      for (const word of item.words)
        found.push(`${start + word.start}-${start + word.end}${word.unterminated ? '!' : ''}`);
      if (item.children) visit(item.children, start);
    }
  };
  visit(file.children, 0);
  return found;
}

const NODE_TYPES = { assignment: 'assignment', comment: 'comment', junk: 'junk_line', 'no-key': 'empty_key_line' };

/** Sections and entries as the tree names them. */
function nodesOf({ file }: UnitDocument): string[] {
  const found: string[] = [];
  const addEntries = (entries: readonly Entry[], base: number): void => {
    for (const it of entries) {
      // The grammar knows no byte order mark.
      if (it.kind === 'bom') continue;
      const start = base + it.offset;
      found.push(`${NODE_TYPES[it.kind]} ${start}-${start + it.length}`);
    }
  };
  addEntries(file.preamble, 0);
  for (const it of file.sections) {
    found.push(`section ${it.offset}-${it.offset + it.length}`);
    found.push(`${it.closed ? '' : 'bad_'}section_header ${it.offset}-${it.offset + it.headerEnd}`);
    addEntries(it.entries, it.offset);
  }
  return found;
}

function plainUnit(file: UnitFile): unknown {
  const entry = ({ kind, offset, length, key, value, pieces }: Entry) => ({ kind, offset, length, key, value, pieces });
  return {
    length: file.length,
    preamble: file.preamble.map(entry),
    sections: file.sections.map(({ offset, length, name, nameStart, headerEnd, closed, entries }) => ({
      offset,
      length,
      name,
      nameStart,
      headerEnd,
      closed,
      entries: entries.map(entry),
    })),
  };
}
