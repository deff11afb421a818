/** Where Python's tokenizer and parser refuse the indentation of a text; the grammar takes any. */

interface Depth {
  /** Tabs go to the next multiple of eight. */
  readonly column: number;
  /** Tabs count as one: where the two disagree about what is deeper, the text mixes tabs and blanks. */
  readonly alternative: number;
}

/**
 * The first line that Python refuses for its indentation: deeper without a reason, not deeper where a block has to begin,
 * back to a level that no line above has, or tabs and blanks that do not compare. Offsets of the line's text.
 * tok_get() in Parser/tokenizer.c and the block rule of Grammar/python.gram.
 */
export function indentationFault(text: string): { start: number; end: number; line: number } | undefined {
  const depths: Depth[] = [{ column: 0, alternative: 0 }];
  let opensBlock = false;
  let decorates = false;
  for (let at = 0; at < text.length; ) {
    const { depth, start } = depthAt(text, at);
    const first = text[start];
    if (first === undefined) break;
    if (first === '\n' || first === '\r' || first === '#') {
      at = endOfLine(text, start) + 1;
      continue;
    }
    if ((decorates && depth.column < depths.at(-1)!.column) || !fits(depth, depths, opensBlock))
      return { start, end: endOfLine(text, start), line: text.slice(0, start).split('\n').length };
    const logical = logicalLine(text, start);
    // A string or a bracket that does not end is another fault, and nothing can be said of what follows.
    if (!logical) return undefined;
    ({ opensBlock } = logical);
    decorates = first === '@';
    at = logical.end + 1;
  }
  if (!opensBlock && !decorates) return undefined;
  const end = text.trimEnd().length;
  return { start: end, end, line: text.slice(0, end).split('\n').length };
}

function fits(depth: Depth, depths: Depth[], opensBlock: boolean): boolean {
  const top = depths.at(-1)!;
  if (depth.column > top.column) {
    depths.push(depth);
    return opensBlock && depth.alternative > top.alternative;
  }
  if (opensBlock) return false;
  while (depth.column < depths.at(-1)!.column) depths.pop();
  const same = depths.at(-1)!;
  return depth.column === same.column && depth.alternative === same.alternative;
}

function depthAt(text: string, from: number): { depth: Depth; start: number } {
  let column = 0;
  let alternative = 0;
  let at = from === 0 && text.startsWith('\ufeff') ? 1 : from;
  for (; ; at++) {
    if (text[at] === '\f') column = alternative = -1;
    else if (text[at] === '\t') column = (Math.floor(column / 8) + 1) * 8 - 1;
    else if (text[at] !== ' ') return { depth: { column, alternative }, start: at };
    column++;
    alternative++;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Strings, comments, brackets, a backslash at the end of a line, and what else may matter. */
const PIECES = /"""|'''|["'#()[\]{}\n]|\\(?:\r?\n|.|$)|[^\s"'#()[\]{}\\]+/g;

/** Where the logical line ends, and whether a block has to follow: its last token is a colon outside of brackets. */
function logicalLine(text: string, from: number): { end: number; opensBlock: boolean } | undefined {
  let depth = 0;
  let last = '';
  PIECES.lastIndex = from;
  for (let match = PIECES.exec(text); match; match = PIECES.exec(text)) {
    const [piece] = match;
    if (piece === '\n') {
      if (depth === 0) return { end: match.index, opensBlock: last.endsWith(':') };
    } else if (piece === '#') PIECES.lastIndex = endOfLine(text, match.index);
    else if (/^["']/.test(piece)) {
      const end = endOfString(text, match.index + piece.length, piece);
      if (end === undefined) return undefined;
      PIECES.lastIndex = end;
      last = piece;
    } else if (piece[0] !== '\\') {
      if ('([{'.includes(piece)) depth++;
      else if (')]}'.includes(piece) && --depth < 0) return undefined;
      last = depth === 0 ? piece : '';
    }
  }
  return depth === 0 ? { end: text.length, opensBlock: last.endsWith(':') } : undefined;
}

function endOfString(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (text[at] === '\n' && quote.length === 1) return undefined;
  }
  return undefined;
}
