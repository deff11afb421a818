/** A configuration as a hand that breaks it sees it: words and blocks. Knows only what valid configurations hold. */

export interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** A directive: its words, and where it begins and ends with its `;` or its block. */
export interface Statement {
  readonly words: readonly Token[];
  readonly from: number;
  /** Behind the `;` or the `}`. */
  readonly to: number;
  /** The `;` or the `{`. */
  readonly mark: Token;
  readonly closing: Token | undefined;
  /** The block around it; undefined at the top. */
  readonly parent: Statement | undefined;
  readonly children: Statement[];
}

/** The directives of a valid configuration, in order, those of blocks included. Lua blocks and entries of maps are directives like others. */
export function statementsOf(text: string): Statement[] {
  const tokens = tokensOf(text);
  const all: Statement[] = [];
  let parent: Statement | undefined;
  let words: Token[] = [];
  for (const token of tokens) {
    if (token.text === '}') {
      const block = parent as (Statement & { to: number; closing: Token }) | undefined;
      if (!block) continue;
      (block as { to: number }).to = token.to;
      (block as { closing: Token | undefined }).closing = token;
      parent = block.parent;
      words = [];
    } else if ((token.text === ';' || token.text === '{') && words.length > 0) {
      const statement: Statement = {
        words,
        from: words[0]!.from,
        to: token.to,
        mark: token,
        closing: undefined,
        parent,
        children: [],
      };
      all.push(statement);
      parent?.children.push(statement);
      if (token.text === '{') parent = statement;
      words = [];
    } else {
      words.push(token);
    }
  }
  return all;
}

/** Words, `;`, `{` and `}` as ngx_conf_read_token() cuts them; a block of Lua is one word. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|#[^\n]*|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[;{}]|(?:\\[\s\S]|\$\{|[^\s;{\\])+/g;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    if (/^[\s#]/.test(found[0])) continue;
    const last = tokens[tokens.length - 1];
    if (found[0] === '{' && last && /_by_lua_block$/.test(last.text)) {
      const to = endOfLua(text, found.index);
      tokens.push({ text: text.slice(found.index, to), from: found.index, to });
      tokens.push({ text: ';', from: to, to });
      pattern.lastIndex = to;
      continue;
    }
    tokens.push({ text: found[0], from: found.index, to: found.index + found[0].length });
  }
  return tokens;
}

function endOfLua(text: string, from: number): number {
  let depth = 0;
  const pattern = /--[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}]/g;
  pattern.lastIndex = from;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    if (found[0] === '{') depth++;
    if (found[0] === '}' && --depth === 0) return found.index + 1;
  }
  return text.length;
}
