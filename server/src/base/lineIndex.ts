/** Where lines begin in a text. Offsets are UTF-16 code units, as in the language server protocol; line ends are LF, CRLF and CR. */

/** Zero-based line and UTF-16 column. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** One replacement in a text: the old range and what stands there afterwards. Offsets in UTF-16 units. */
export interface TextChange {
  readonly start: number;
  readonly oldEnd: number;
  readonly text: string;
}

export class LineIndex {
  private constructor(
    private readonly starts: number[],
    readonly length: number,
  ) {}

  static of(text: string): LineIndex {
    return new LineIndex(lineStarts(text, 0, text.length, [0]), text.length);
  }

  /** The index after `change`, whose result is `text`. Costs the lines after the change, not a scan of the text. */
  edited(change: TextChange, text: string): LineIndex {
    const { start, oldEnd } = change;
    const delta = text.length - this.length;
    // One character of context on either side, because CR and LF may join or part at the seams.
    const firstLine = this.lineAt(Math.max(0, start - 1));
    const from = this.starts[firstLine]!;
    let lastLine = this.lineAt(Math.min(this.length, oldEnd + 1)) + 1;
    while (lastLine < this.starts.length && this.starts[lastLine]! <= oldEnd + 1) lastLine++;
    const to = lastLine < this.starts.length ? this.starts[lastLine]! + delta : text.length;
    const middle = lineStarts(text, from, to, [from]);
    if (lastLine < this.starts.length && middle[middle.length - 1] === to) middle.pop();
    const starts = this.starts.slice(0, firstLine);
    for (const it of middle) starts.push(it);
    for (let i = lastLine; i < this.starts.length; i++) starts.push(this.starts[i]! + delta);
    return new LineIndex(starts, text.length);
  }

  get lineCount(): number {
    return this.starts.length;
  }

  /** Offset of the first character of a line; the text's length for a line past the end. */
  lineStart(line: number): number {
    return line < this.starts.length ? this.starts[line]! : this.length;
  }

  lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  position(offset: number): Position {
    const line = this.lineAt(Math.min(offset, this.length));
    return { line, character: Math.min(offset, this.length) - this.starts[line]! };
  }

  /** The offset of a position; a column past the end of its line is brought back to the line's end, as the protocol asks. */
  offset(position: Position): number {
    if (position.line >= this.starts.length) return this.length;
    const end = position.line + 1 < this.starts.length ? this.starts[position.line + 1]! : this.length;
    return Math.min(this.starts[position.line]! + position.character, end);
  }
}

function lineStarts(text: string, from: number, to: number, starts: number[]): number[] {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) starts.push(i + 1);
    else if (code === 13 && text.charCodeAt(i + 1) !== 10) starts.push(i + 1);
  }
  return starts;
}

/** `text` after `change`. */
export function applyChange(text: string, change: TextChange): string {
  return text.slice(0, change.start) + change.text + text.slice(change.oldEnd);
}
