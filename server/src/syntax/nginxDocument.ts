/** A text in nginx's language that is being edited: keeps its tree from the first edit on, and must be disposed of. */
import type { Tree } from 'web-tree-sitter';
import type { HostPath } from '../base/hostPath.js';
import { applyChange, LineIndex, type TextChange } from '../base/lineIndex.js';
import type { DirectiveNames } from './nginxItems.js';
import { lowerNginx } from './nginxLowering.js';
import { readNginx } from './nginxReading.js';
import type { NginxFile } from './nginxSyntax.js';
import { editTree, parseTree, treeText } from './parsers.js';

export type { DirectiveNames } from './nginxItems.js';

export class NginxDocument {
  readonly file: NginxFile;
  lines: LineIndex;
  private tree: Tree | undefined;

  constructor(
    path: HostPath,
    public text: string,
    private readonly names: DirectiveNames,
  ) {
    this.file = emptyFile(path);
    this.lines = LineIndex.of(text);
    readNginx(this.file, text, names);
  }

  /** Applies one edit; items outside of it stay the same objects. */
  edit(change: TextChange): void {
    const before = this.lines;
    const text = applyChange(this.text, change);
    const after = before.edited(change, text);
    if (this.tree) editTree(this.tree, change, before, after);
    const tree = parseTree('nginx', text, this.tree);
    this.tree?.delete();
    this.tree = tree;
    this.text = text;
    this.lines = after;
    lowerNginx(this.file, tree, text, this.names, change);
  }

  /** The tree as an S-expression, with positions if asked for: for `debug tree` and tests. */
  treeText(options: { positions?: boolean } = {}): string {
    return treeText(this.wholeTree(), options);
  }

  /** The items as the tree alone tells them: tests hold them against those that were read without it. */
  treeItems(): NginxFile {
    const file = emptyFile(this.file.path);
    lowerNginx(file, this.wholeTree(), this.text, this.names, undefined);
    return file;
  }

  /** Where the tree's words stand, `!` after those that are not terminated: tests hold them against our own. */
  treeWords(): string[] {
    return this.wholeTree()
      .rootNode.descendantsOfType(['word', 'lua_name', 'quoted_string', 'unterminated_string'])
      .flatMap((it) => (it ? [`${it.startIndex}-${it.endIndex}${it.type === 'unterminated_string' ? '!' : ''}`] : []));
  }

  dispose(): void {
    this.tree?.delete();
    this.tree = undefined;
  }

  private wholeTree(): Tree {
    this.tree ??= parseTree('nginx', this.text);
    return this.tree;
  }
}

function emptyFile(path: HostPath): NginxFile {
  return { language: 'nginx', path, parent: undefined, offset: 0, children: [], length: 0 };
}

/** Parses a text that nobody edits. */
export function parseNginx(path: HostPath, text: string, names: DirectiveNames): NginxFile {
  const file = emptyFile(path);
  readNginx(file, text, names);
  return file;
}
