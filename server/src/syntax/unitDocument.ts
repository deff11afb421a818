/** A unit file that is being edited. */
import type { HostPath } from '../base/hostPath.js';
import { applyChange, LineIndex, type TextChange } from '../base/lineIndex.js';
import { parseTree, treeText } from './parsers.js';
import { lowerUnit, withoutBlanksBehind } from './unitLowering.js';
import type { UnitFile } from './unitSyntax.js';

export class UnitDocument {
  readonly file: UnitFile;
  lines: LineIndex;

  constructor(
    path: HostPath,
    public text: string,
  ) {
    this.file = emptyFile(path);
    this.lines = LineIndex.of(text);
    lowerUnit(this.file, text);
  }

  edit(change: TextChange): void {
    const before = this.lines;
    this.text = applyChange(this.text, change);
    this.lines = before.edited(change, this.text);
    // Unit files are short: lowering all of one costs less than finding out what to keep.
    lowerUnit(this.file, this.text);
  }

  /** The tree as an S-expression, with positions if asked for: for `debug tree` and tests. */
  treeText(options: { positions?: boolean } = {}): string {
    const tree = parseTree('systemd', this.text);
    const text = treeText(tree, options);
    tree.delete();
    return text;
  }

  /** What stands where by the tree, `type start-end`, sections and entries in the order of the text: for tests. */
  treeNodes(): string[] {
    const tree = parseTree('systemd', this.text);
    const found = tree.rootNode
      .descendantsOfType(['section', 'section_header', 'bad_section_header', ...ENTRIES])
      .flatMap((it) => {
        if (!it) return [];
        const { type, startIndex: start, endIndex: end } = it;
        return [
          `${type} ${start}-${type === 'section' ? end : start + withoutBlanksBehind(this.text.slice(start, end)).length}`,
        ];
      });
    tree.delete();
    return found;
  }

  dispose(): void {}
}

const ENTRIES = ['assignment', 'comment', 'junk_line', 'empty_key_line'];

function emptyFile(path: HostPath): UnitFile {
  return { language: 'systemd', path, parent: undefined, offset: 0, preamble: [], sections: [], length: 0 };
}

/** Parses a text that nobody edits. */
export function parseUnit(path: HostPath, text: string): UnitFile {
  const file = emptyFile(path);
  lowerUnit(file, text);
  return file;
}
