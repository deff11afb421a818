/** What a plain handler of node's `http` answers to one request: read by eye, as far as it is made of tests of the path. */
import { type HostView, isText } from '../host/host.js';
import type { AppAnswer } from './appRequest.js';
import { interpretedScript, openedScript } from './interpretedScript.js';
import type { ServiceApp } from './serviceApp.js';

interface Token {
  readonly text: string;
  /** The first of its line. */
  readonly first: boolean;
}

const TOKEN =
  /(\s+)|('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\d[\d.]*|[\p{L}_$][\p{L}\d_$]*|=>|[!=]==?|&&|\|\||\?\?|\?\.|[<>]=?|.)/gsu;

function tokensOf(code: string): Token[] {
  let first = true;
  const found: Token[] = [];
  for (const [, blank, text] of code.matchAll(TOKEN)) {
    if (blank !== undefined) first ||= blank.includes('\n');
    else {
      found.push({ text: text!, first });
      first = false;
    }
  }
  return found;
}

const LONGEST = 100_000;

/** Undefined where the handler is not plain. @param url as nginx asks for it, with its query. */
export function nodeAnswer(app: ServiceApp, host: HostView, method: string, url: string): AppAnswer | undefined {
  const script = app.server === 'node' ? interpretedScript(app.unit) : undefined;
  const path = script && openedScript(script, host);
  const answer = path && path !== 'missing' ? host.read(path) : undefined;
  if (!answer?.known || !isText(answer.value) || answer.value.text.length > LONGEST) return undefined;
  const code = answer.value.text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm, '');
  // Another listener of requests, or of nginx's own headers, makes it less plain.
  if (/x-accel|\.on\(\s*['"`]request|\bcluster\b/i.test(code) || code.split('createServer(').length !== 2)
    return undefined;
  const head =
    /createServer\(\s*(?:async\s+)?(?:function\s*\w*\s*)?\(\s*([\w$]+)\s*,\s*([\w$]+)\s*\)\s*(?:=>)?\s*/.exec(code);
  if (!head) return undefined;
  const tokens = tokensOf(code.slice(head.index + head[0].length));
  const status = new Handler(
    tokens,
    head[1]!,
    head[2]!,
    new Map([
      ['url', url],
      ['method', method],
    ]),
  ).run();
  return status === undefined
    ? undefined
    : { status, why: `the handler in ${path} answers ${status} to ${method} ${url}` };
}

class Lost extends Error {}

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** What goes on with the line before it. */
const GOES_ON = /^(?:[.,?:+*/%=<>&|)\]-]|=>|[!=]==?|&&|\|\||\?\?|\?\.)/;

type Known = string | number | boolean | undefined;

class Handler {
  private at = 0;
  private status = 200;
  private isSent = false;
  private isEnded = false;
  private isDone = false;
  private readonly names = new Map<string, Known>();

  constructor(
    private readonly tokens: readonly Token[],
    private readonly request: string,
    private readonly response: string,
    private readonly asked: ReadonlyMap<string, string>,
  ) {}

  run(): number | undefined {
    try {
      if (this.peek() === '{') this.block();
      else this.respond();
      return this.isEnded ? this.status : undefined;
    } catch (lost) {
      if (lost instanceof Lost) return undefined;
      throw lost;
    }
  }

  private peek(ahead = 0): string {
    return this.tokens[this.at + ahead]?.text ?? '';
  }

  private next(): string {
    return this.tokens[this.at++]?.text ?? '';
  }

  private take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.at++;
    return true;
  }

  private need(text: string): void {
    if (!this.take(text)) throw new Lost();
  }

  private block(): void {
    this.need('{');
    while (this.peek() !== '}') {
      if (this.at >= this.tokens.length) throw new Lost();
      if (this.isDone) this.skipStatement();
      else this.statement();
    }
    this.at++;
  }

  private statement(): void {
    switch (this.peek()) {
      case '{':
        this.block();
        return;
      case ';':
        this.at++;
        return;
      case 'if': {
        this.at++;
        this.need('(');
        const holds = this.either();
        this.need(')');
        if (typeof holds !== 'boolean') throw new Lost();
        this.branch(holds);
        if (this.take('else')) this.branch(!holds);
        return;
      }
      case 'return':
        this.at++;
        if (this.peek() === this.response && !this.tokens[this.at]!.first) this.respond();
        else this.skipExpression();
        this.isDone = true;
        return;
      case 'const':
      case 'let':
      case 'var':
        this.at++;
        this.declare();
        return;
      case 'console':
        this.skipExpression();
        return;
      default:
        this.respond();
    }
  }

  private branch(taken: boolean): void {
    if (taken && !this.isDone) this.statement();
    else this.skipStatement();
  }

  /** `res.writeHead(404).end()`, `res.statusCode = 404`. */
  private respond(): void {
    if (this.next() !== this.response) throw new Lost();
    while (this.take('.')) {
      const what = this.next();
      if (what === 'statusCode' && this.take('=')) {
        const status = this.primary();
        if (typeof status !== 'number') throw new Lost();
        if (!this.isSent) this.status = status;
        break;
      }
      if (!/^(?:writeHead|setHeader|end|write)$/.test(what) || this.peek() !== '(') throw new Lost();
      if (what === 'writeHead') {
        const status = /^\d{3}$/.test(this.peek(1)) ? Number(this.peek(1)) : this.names.get(this.peek(1));
        // A second head is an error of its own.
        if (typeof status !== 'number' || this.isSent || !/^[,)]$/.test(this.peek(2))) throw new Lost();
        this.status = status;
      }
      if (what !== 'setHeader') this.isSent = true;
      if (what === 'end') this.isEnded = true;
      this.skipGroup();
    }
    this.take(';');
  }

  private declare(): void {
    if (this.take('{')) {
      // const { url, method } = req
      const names: string[] = [];
      for (; !this.take('}'); this.take(',')) {
        const name = this.next();
        if (!/^[\w$]+$/.test(name) || !/^[,}]$/.test(this.peek())) throw new Lost();
        names.push(name);
      }
      this.need('=');
      this.need(this.request);
      if (this.peek() === '.') throw new Lost();
      for (const it of names) this.names.set(it, this.asked.get(it));
      this.take(';');
      return;
    }
    const name = this.next();
    if (!/^[\w$]+$/.test(name)) throw new Lost();
    this.need('=');
    const start = this.at;
    let value: Known;
    try {
      value = this.either();
    } catch (lost) {
      if (!(lost instanceof Lost)) throw lost;
    }
    const ends =
      this.peek() === ';' || this.peek() === '}' || (this.tokens[this.at]?.first && !GOES_ON.test(this.peek()));
    if (!ends) {
      value = undefined;
      this.at = start;
      this.skipExpression();
    }
    this.names.set(name, value);
    this.take(';');
  }

  private either(): Known {
    let left = this.both();
    while (this.take('||')) {
      const right = this.both();
      if (left === undefined) throw new Lost();
      left = left || right;
    }
    return left;
  }

  private both(): Known {
    let left = this.compared();
    while (this.take('&&')) {
      const right = this.compared();
      left = left === false || right === false ? false : left === undefined ? undefined : left && right;
    }
    return left;
  }

  private compared(): Known {
    const left = this.primary();
    const operator = this.peek();
    if (!/^[!=]==?$/.test(operator)) return left;
    this.at++;
    const right = this.primary();
    if (left === undefined || right === undefined) return undefined;
    return (left === right) === operator.startsWith('=');
  }

  private primary(): Known {
    const text = this.next();
    if (text === '!') {
      const of = this.primary();
      return of === undefined ? undefined : !of;
    }
    let value: Known;
    if (text === '(') {
      value = this.either();
      this.need(')');
    } else if (/^['"]/.test(text) && !text.includes('\\')) value = text.slice(1, -1);
    else if (/^`/.test(text) && !/\\|\$\{/.test(text)) value = text.slice(1, -1);
    else if (/^\d+$/.test(text)) value = Number(text);
    else if (text === this.request) {
      this.need('.');
      value = this.asked.get(this.next());
    } else if (this.names.has(text)) value = this.names.get(text);
    else throw new Lost();
    while (this.peek() === '.' || this.peek() === '[') value = this.member(value);
    return value;
  }

  private member(of: Known): Known {
    if (this.take('[')) {
      this.primary();
      this.need(']');
      return undefined;
    }
    this.need('.');
    const name = this.next();
    if (this.peek() !== '(') return undefined;
    this.at++;
    if (this.take(')'))
      return typeof of !== 'string'
        ? undefined
        : name === 'toLowerCase'
          ? of.toLowerCase()
          : name === 'toUpperCase'
            ? of.toUpperCase()
            : undefined;
    const by = this.primary();
    this.need(')');
    if (typeof of !== 'string' || typeof by !== 'string') return undefined;
    if (name === 'split' && this.peek() === '[' && this.peek(1) === '0' && this.peek(2) === ']') {
      this.at += 3;
      return of.split(by)[0];
    }
    if (name === 'startsWith') return of.startsWith(by);
    if (name === 'endsWith') return of.endsWith(by);
    return name === 'includes' ? of.includes(by) : undefined;
  }

  /** Brackets, with all that is in them. */
  private skipGroup(): void {
    const closing: string[] = [];
    do {
      const text = this.next();
      if (text === '') throw new Lost();
      if (CLOSES[text]) closing.push(CLOSES[text]);
      else if (/^[)\]}]$/.test(text) && closing.pop() !== text) throw new Lost();
    } while (closing.length > 0);
  }

  private skipExpression(): void {
    for (let isFirst = true; ; isFirst = false) {
      const it = this.tokens[this.at];
      if (!it || it.text === '}') return;
      if (this.take(';')) return;
      if (!isFirst && it.first && !GOES_ON.test(it.text)) return;
      // What is given the response may answer by itself.
      if (it.text === this.response && !this.isDone) throw new Lost();
      if (CLOSES[it.text]) this.skipWatched();
      else this.at++;
    }
  }

  private skipWatched(): void {
    const from = this.at;
    this.skipGroup();
    if (!this.isDone && this.tokens.slice(from, this.at).some((it) => it.text === this.response)) throw new Lost();
  }

  /** One that is not run. */
  private skipStatement(): void {
    const { isDone } = this;
    this.isDone = true;
    if (this.peek() === '{') this.skipGroup();
    else if (/^(?:if|for|while)$/.test(this.peek())) {
      this.at++;
      this.skipGroup();
      this.skipStatement();
      if (this.take('else')) this.skipStatement();
    } else if (this.take('return')) {
      if (!this.tokens[this.at]?.first) this.skipExpression();
    } else this.skipExpression();
    this.isDone = isDone;
  }
}
