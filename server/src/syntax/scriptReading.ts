/** Reads JavaScript as far as handlers of requests need it: functions, conditions, assignments, calls. */
import { type Expression, namesOf, type Pattern, type Statement } from './scriptSyntax.js';
import { Cursor, OPENS, type Token, tokensOf, Unreadable } from './scriptTokens.js';

const LEVELS: readonly (readonly string[])[] = [
  ['??', '||'],
  ['&&'],
  ['|', '^', '&'],
  ['===', '!==', '==', '!='],
  ['<', '>', '<=', '>=', 'in', 'instanceof'],
  ['<<', '>>', '>>>'],
  ['+', '-'],
  ['*', '/', '%', '**'],
];
const ASSIGNS = new Set(['=', '+=', '-=', '||=', '??=', '*=', '/=']);

class Reader extends Cursor {
  program(): Statement[] {
    const found: Statement[] = [];
    while (this.at < this.tokens.length) found.push(this.statement());
    return found;
  }

  private statement(): Statement {
    const from = this.at;
    try {
      return this.known();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return this.opaque(from);
    }
  }

  /** To the end of a statement whose insides are not understood: a line end or a semicolon outside of all brackets. */
  private opaque(from: number): Statement {
    this.at = from;
    const begins = this.next.text;
    const names = new Set<string>();
    const isCompound = /^(?:for|while|do|try|class|function|async|with|export)$/.test(begins);
    for (let depth = 0; this.at < this.tokens.length; this.at++) {
      const { is, text, fresh } = this.next;
      if (is === 'sign' && text in OPENS) depth++;
      else if (is === 'sign' && /^[)\]}]$/.test(text)) {
        if (depth === 0) {
          if (this.at === from) throw new Unreadable();
          break;
        }
        depth--;
        const goesOn = /^(?:catch|finally|while|else)$/.test(this.tokens[this.at + 1]?.text ?? '');
        if (depth === 0 && text === '}' && isCompound && !goesOn) {
          this.at++;
          break;
        }
      } else if (depth === 0 && text === ';' && is === 'sign') {
        this.at++;
        break;
      } else if (depth === 0 && fresh && this.at > from && !isCompound && is !== 'sign') break;
      if (is === 'name') names.add(text);
      else if (is === 'template') for (const [it] of text.matchAll(/[A-Za-z_$][\w$]*/g)) names.add(it);
    }
    return { is: 'opaque', names };
  }

  private block(): Statement[] {
    if (!this.take('{')) return [this.statement()];
    const found: Statement[] = [];
    while (!this.take('}')) {
      if (this.next.is === 'end') throw new Unreadable();
      found.push(this.statement());
    }
    return found;
  }

  private known(): Statement {
    const { text, is } = this.next;
    if (this.peek('{')) return { is: 'block', body: this.block() };
    if (is === 'sign' && this.take(';')) return { is: 'block', body: [] };
    if (is === 'name') {
      if (text === 'if') return this.condition();
      if (/^(?:const|let|var)$/.test(text)) return this.declaration();
      if (text === 'switch') return this.choice();
      if (this.take('return')) {
        const { fresh } = this.next;
        const value = fresh || this.peek(';') || this.peek('}') ? undefined : this.expression();
        this.end();
        return { is: 'return', value };
      }
      if (this.take('break')) {
        this.end();
        return { is: 'break' };
      }
      const isFunction = text === 'function' || (text === 'async' && this.peek('function', 1));
      if (isFunction) {
        this.take('async');
        this.at++;
        const name = this.name();
        return { is: 'declaration', constant: true, of: [[name, this.functionFrom()]] };
      }
      if (/^(?:for|while|do|try|class|throw|import|export|with|continue)$/.test(text)) throw new Unreadable();
    }
    const value = this.expression();
    // What goes on in the same line is something else.
    if (!this.peek(';') && !this.peek('}') && this.next.is !== 'end' && !this.next.fresh) throw new Unreadable();
    this.end();
    return { is: 'expression', value };
  }

  private condition(): Statement {
    this.at++;
    this.expect('(');
    const test = this.expression();
    this.expect(')');
    const then = this.block();
    return { is: 'if', test, then, otherwise: this.take('else') ? this.block() : [] };
  }

  private declaration(): Statement {
    const constant = this.peek('const');
    this.at++;
    const of: [Pattern, Expression | undefined][] = [];
    do {
      const to = this.pattern();
      of.push([to, this.take('=') ? this.assignment() : undefined]);
    } while (this.take(','));
    if (!this.peek(';') && !this.peek('}') && this.next.is !== 'end' && !this.next.fresh) throw new Unreadable();
    this.end();
    return { is: 'declaration', constant, of };
  }

  private choice(): Statement {
    this.at++;
    this.expect('(');
    const of = this.expression();
    this.expect(')');
    this.expect('{');
    const cases: { test: Expression | undefined; body: Statement[] }[] = [];
    while (!this.take('}')) {
      const isDefault = this.take('default');
      if (!isDefault) this.expect('case');
      const test = isDefault ? undefined : this.expression();
      this.expect(':');
      const body: Statement[] = [];
      while (!this.peek('case') && !this.peek('default') && !this.peek('}')) {
        if (this.next.is === 'end') throw new Unreadable();
        body.push(this.statement());
      }
      cases.push({ test, body });
    }
    return { is: 'switch', of, cases };
  }

  private pattern(): Pattern {
    if (!this.take('{')) {
      const name = this.name();
      // A default is for what nobody gives.
      return name;
    }
    const names = new Map<string, string>();
    while (!this.take('}')) {
      const key = this.name();
      names.set(key, this.take(':') ? this.name() : key);
      if (this.take('=')) this.assignment();
      if (!this.peek('}')) this.expect(',');
    }
    return names;
  }

  private expression(): Expression {
    let value = this.assignment();
    while (this.take(',')) value = { is: 'operation', operator: ',', args: [value, this.assignment()] };
    return value;
  }

  private assignment(): Expression {
    const made = this.arrow();
    if (made) return made;
    const to = this.ternary();
    const { text, is } = this.next;
    if (is !== 'sign' || !ASSIGNS.has(text)) return to;
    this.at++;
    return { is: 'assignment', to, operator: text, value: this.assignment() };
  }

  /** `(a, b) => ...`, `a => ...`, with async before it or not. */
  private arrow(): Expression | undefined {
    const from = this.at;
    if (this.peek('async') && !this.peek('=>', 1)) this.at++;
    if (this.next.is === 'name' && this.peek('=>', 1)) {
      const params = [this.name()];
      this.at++;
      return { is: 'function', params, body: this.arrowBody() };
    }
    if (this.peek('(') && this.closing(this.at) !== undefined && this.isArrowAt(this.closing(this.at)! + 1)) {
      const params = this.parameters();
      this.expect('=>');
      return { is: 'function', params, body: this.arrowBody() };
    }
    this.at = from;
    return undefined;
  }

  private isArrowAt(at: number): boolean {
    return this.tokens[at]?.is === 'sign' && this.tokens[at]?.text === '=>';
  }

  private arrowBody(): readonly Statement[] {
    if (this.peek('{')) return this.block();
    return [{ is: 'return', value: this.assignment() }];
  }

  private parameters(): Pattern[] {
    this.expect('(');
    const params: Pattern[] = [];
    while (!this.take(')')) {
      params.push(this.pattern());
      if (this.take('=')) this.assignment();
      if (!this.peek(')')) this.expect(',');
    }
    return params;
  }

  private functionFrom(): Expression {
    const params = this.parameters();
    return { is: 'function', params, body: this.block() };
  }

  private ternary(): Expression {
    const test = this.binary(0);
    if (!this.take('?')) return test;
    const then = this.assignment();
    this.expect(':');
    return { is: 'operation', operator: '?:', args: [test, then, this.assignment()] };
  }

  private binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.unary();
    let left = this.binary(level + 1);
    while ((this.next.is === 'sign' || this.next.is === 'name') && operators.includes(this.next.text)) {
      const operator = this.next.text;
      this.at++;
      left = { is: 'operation', operator, args: [left, this.binary(level + 1)] };
    }
    return left;
  }

  private unary(): Expression {
    const { is, text } = this.next;
    if (
      (is === 'sign' && /^(?:!|-|\+|~|\+\+|--)$/.test(text)) ||
      (is === 'name' && /^(?:typeof|void|await|delete)$/.test(text))
    ) {
      this.at++;
      return { is: 'operation', operator: `${text} `, args: [this.unary()] };
    }
    const value = this.postfix(this.primary());
    if (!this.next.fresh && (this.peek('++') || this.peek('--'))) this.at++;
    return value;
  }

  private postfix(from: Expression): Expression {
    let value = from;
    for (;;) {
      if (this.peek('?.') && (this.peek('(', 1) || this.peek('[', 1))) this.at++;
      if (this.take('.') || this.take('?.'))
        value = { is: 'member', of: value, name: { is: 'literal', value: this.name() } };
      else if (this.take('[')) {
        value = { is: 'member', of: value, name: this.expression() };
        this.expect(']');
      } else if (this.peek('(')) value = { is: 'call', callee: value, args: this.args(), made: false };
      else return value;
    }
  }

  private args(): Expression[] {
    this.expect('(');
    const args: Expression[] = [];
    while (!this.take(')')) {
      if (this.take('...')) args.push({ is: 'opaque', names: namesOf(this.assignment()) });
      else args.push(this.assignment());
      if (!this.peek(')')) this.expect(',');
    }
    return args;
  }

  private primary(): Expression {
    const { is, text } = this.next;
    if (is === 'sign') {
      if (this.take('(')) {
        const inner = this.expression();
        this.expect(')');
        return inner;
      }
      if (text === '{') return this.object();
      if (text === '[') return this.list();
      throw new Unreadable();
    }
    this.at++;
    if (is === 'number') return { is: 'literal', value: Number(text.replaceAll('_', '')) };
    if (is === 'string') return { is: 'literal', value: unquoted(text) };
    if (is === 'template') return templateOf(text);
    if (is === 'regex') return { is: 'opaque', names: new Set() };
    if (is === 'end') throw new Unreadable();
    if (text === 'new') return this.made();
    if (text === 'function') {
      if (this.next.is === 'name') this.at++;
      return this.functionFrom();
    }
    if (text === 'async' && this.take('function')) return this.functionFrom();
    if (text === 'true' || text === 'false') return { is: 'literal', value: text === 'true' };
    if (text === 'null') return { is: 'literal', value: null };
    if (text === 'undefined') return { is: 'literal', value: undefined };
    return { is: 'name', name: text };
  }

  private made(): Expression {
    let callee: Expression = { is: 'name', name: this.name() };
    while (this.take('.')) callee = { is: 'member', of: callee, name: { is: 'literal', value: this.name() } };
    return { is: 'call', callee, args: this.peek('(') ? this.args() : [], made: true };
  }

  private object(): Expression {
    this.expect('{');
    const entries: [string, Expression][] = [];
    while (!this.take('}')) {
      const { is, text } = this.next;
      if (this.peek('...') || this.peek('[')) throw new Unreadable();
      this.at++;
      const key = is === 'string' ? unquoted(text) : text;
      if (this.take(':')) entries.push([key, this.assignment()]);
      else if (this.peek('(')) entries.push([key, this.functionFrom()]);
      else entries.push([key, { is: 'name', name: key }]);
      if (!this.peek('}')) this.expect(',');
    }
    return { is: 'object', entries };
  }

  private list(): Expression {
    this.expect('[');
    const names = new Set<string>();
    while (!this.take(']')) {
      this.take('...');
      for (const it of namesOf(this.assignment())) names.add(it);
      if (!this.peek(']')) this.expect(',');
    }
    return { is: 'opaque', names };
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

const unquoted = (text: string) =>
  text.slice(1, -1).replace(/\\([\s\S])/g, (_, it: string) => ESCAPES[it] ?? (it === '\n' ? '' : it));

function templateOf(text: string): Expression {
  const parts: Expression[] = [];
  let last = 0;
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    parts.push({ is: 'literal', value: text.slice(last, match.index) });
    const tokens = tokensOf(match[1]!);
    const [only, ...more] = (tokens && read(tokens)) ?? [];
    parts.push(only?.is === 'expression' && more.length === 0 ? only.value : { is: 'opaque', names: new Set() });
    last = match.index + match[0].length;
  }
  parts.push({ is: 'literal', value: text.slice(last) });
  return { is: 'template', parts };
}

function read(tokens: readonly Token[]): readonly Statement[] | undefined {
  try {
    return new Reader(tokens).program();
  } catch (error) {
    // Nested deeper than the stack of this process, or brackets that do not match.
    if (error instanceof Unreadable || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The statements of a script or module; undefined where its brackets or quotes do not match. */
export function readScript(text: string): readonly Statement[] | undefined {
  const tokens = text.length > 100_000 ? undefined : tokensOf(text);
  return tokens && read(tokens);
}
