/** Cuts JavaScript into tokens. */

export interface Token {
  readonly is: 'name' | 'number' | 'string' | 'template' | 'regex' | 'sign' | 'end';
  readonly text: string;
  /** A line ends before it. */
  readonly fresh: boolean;
}

const SIGNS =
  /^(?:>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\];,<>+\-*/%&|^!~?:=.@#])/;
const BEFORE_REGEX = /^(?:[({[,;:=!&|?+\-*%<>~^]|=>|===?|!==?|&&|\|\||\?\?|return|typeof|case|)$/;

/** Undefined where the text cannot be cut into tokens. */
export function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  let fresh = true;
  while (at < text.length) {
    const rest = text.slice(at, at + 4000);
    const blank = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|#![^\n]*)/.exec(rest)?.[0];
    if (blank) {
      if (blank.includes('\n')) fresh = true;
      at += blank.length;
      continue;
    }
    const before = tokens[tokens.length - 1]?.text ?? '';
    const token = tokenAt(text, at, rest, BEFORE_REGEX.test(before));
    if (!token) return undefined;
    tokens.push({ is: token.is, text: token.text, fresh });
    at += token.length;
    fresh = false;
  }
  return tokens;
}

function tokenAt(text: string, at: number, rest: string, mayBeRegex: boolean) {
  const of = (is: Token['is'], match: RegExpExecArray | null, index = 0) =>
    match && { is, text: match[index]!, length: match[0].length };
  if (rest[0] === '`') {
    const length = templateLength(text, at);
    return length === undefined
      ? undefined
      : ({ is: 'template', text: text.slice(at + 1, at + length - 1), length } as const);
  }
  return (
    of('name', /^[A-Za-z_$][\w$]*/.exec(rest)) ??
    of('number', /^(?:0[xX][\da-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(rest)) ??
    of('string', /^(?:'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/.exec(rest)) ??
    (mayBeRegex ? of('regex', /^\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/.exec(rest)) : undefined) ??
    of('sign', SIGNS.exec(rest)) ??
    undefined
  );
}

/** Up to the closing backquote, what stands in `${}` included. */
function templateLength(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return at + 1 - from;
    else if (text[at] === '$' && text[at + 1] === '{') {
      const end = text.indexOf('}', at);
      // Braces within braces are seldom enough to be left.
      if (end < 0 || /[{`]/.test(text.slice(at + 2, end))) return undefined;
      at = end;
    }
  }
  return undefined;
}

/** Thrown where a reader does not understand what it reads. */
export class Unreadable extends Error {}

export const OPENS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Where a reader stands among the tokens. */
export class Cursor {
  protected at = 0;
  constructor(protected readonly tokens: readonly Token[]) {}

  protected get next(): Token {
    return this.tokens[this.at] ?? { is: 'end', text: '', fresh: true };
  }

  protected peek(text: string, ahead = 0): boolean {
    const it = this.tokens[this.at + ahead];
    return it !== undefined && it.is !== 'string' && it.is !== 'template' && it.text === text;
  }

  protected take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) throw new Unreadable();
  }

  protected end(): void {
    this.take(';');
  }

  protected name(): string {
    const { is, text } = this.next;
    if (is !== 'name') throw new Unreadable();
    this.at++;
    return text;
  }

  protected closing(from: number): number | undefined {
    let depth = 0;
    for (let at = from; at < this.tokens.length; at++) {
      const { is, text } = this.tokens[at]!;
      if (is !== 'sign') continue;
      if (text in OPENS) depth++;
      else if (/^[)\]}]$/.test(text) && --depth === 0) return at;
    }
    return undefined;
  }
}
