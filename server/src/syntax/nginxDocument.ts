/** A text in nginx's language that is being edited: keeps its tree between edits, and must be disposed of. */
import type { Tree } from 'web-tree-sitter';
import type { HostPath } from '../base/hostPath.js';
import { applyChange, LineIndex, type TextChange } from '../base/lineIndex.js';
import { type DirectiveNames, lowerNginx } from './nginxLowering.js';
import type { NginxFile } from './nginxSyntax.js';
import { editTree, parseTree, treeText } from './parsers.js';

export type { DirectiveNames } from './nginxLowering.js';

export class NginxDocument {
  readonly file: NginxFile;
  lines: LineIndex;
  private tree: Tree;

  constructor(
    path: HostPath,
    public text: string,
    private readonly names: DirectiveNames,
  ) {
    this.file = emptyFile(path);
    this.lines = LineIndex.of(text);
    this.tree = parseTree('nginx', text);
    lowerNginx(this.file, this.tree, text, names, undefined);
  }

  /** Applies one edit; items outside of it stay the same objects. */
  edit(change: TextChange): void {
    const before = this.lines;
    const text = applyChange(this.text, change);
    const after = before.edited(change, text);
    editTree(this.tree, change, before, after);
    const tree = parseTree('nginx', text, this.tree);
    this.tree.delete();
    this.tree = tree;
    this.text = text;
    this.lines = after;
    lowerNginx(this.file, tree, text, this.names, change);
  }

  /** The tree as an S-expression, with positions if asked for: for `debug tree` and tests. */
  treeText(options: { positions?: boolean } = {}): string {
    return treeText(this.tree, options);
  }

  /** Where the tree's words stand, `!` after those that are not terminated: tests hold them against our own. */
  treeWords(): string[] {
    return this.tree.rootNode
      .descendantsOfType(['word', 'lua_name', 'quoted_string', 'unterminated_string'])
      .flatMap((it) => (it ? [`${it.startIndex}-${it.endIndex}${it.type === 'unterminated_string' ? '!' : ''}`] : []));
  }

  dispose(): void {
    this.tree.delete();
  }
}

function emptyFile(path: HostPath): NginxFile {
  return { language: 'nginx', path, parent: undefined, offset: 0, children: [], length: 0 };
}

/** Parses a text that nobody edits; keeps no tree. */
export function parseNginx(path: HostPath, text: string, names: DirectiveNames): NginxFile {
  const tree = parseTree('nginx', text);
  const file = emptyFile(path);
  lowerNginx(file, tree, text, names, undefined);
  tree.delete();
  return file;
}
