/** Where a block of Lua ends: the same steps as scan_lua() in the grammar's scanner, so that the two agree on any text. */

/**
 * The offset of the brace that closes a block of Lua which begins at `from`; undefined where it is missing. Braces in Lua's
 * strings and comments do not count.
 */
export function luaBlockEnd(text: string, from: number): number | undefined {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const c = text[at]!;
    if (c === '}') {
      if (depth === 0) return at;
      depth--;
      at++;
    } else if (c === '{') {
      depth++;
      at++;
    } else if (c === '"' || c === "'") at = stringEnd(text, at);
    else if (c === '[') at = longEnd(text, at) ?? at + 1;
    else if (c === '-' && text[at + 1] === '-') {
      const end = text[at + 2] === '[' ? longEnd(text, at + 2) : undefined;
      at = end ?? lineEnd(text, at);
    } else at++;
  }
  return undefined;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** After a string that ends with its quote, or before the end of its line. */
function stringEnd(text: string, from: number): number {
  const quote = text[from];
  let at = from + 1;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  if (at >= text.length) return text.length;
  return text[at] === quote ? at + 1 : at;
}

/** After a long bracket `[==[ ... ]==]` that begins here; undefined where none does. */
function longEnd(text: string, from: number): number | undefined {
  let at = from + 1;
  while (text[at] === '=') at++;
  if (text[at] !== '[') return undefined;
  const closing = `]${'='.repeat(at - from - 1)}]`;
  const end = text.indexOf(closing, at + 1);
  return end < 0 ? text.length : end + closing.length;
}
