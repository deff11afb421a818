/**
 * What a handler of node's http answers to one request, as far as its text decides it: https://nodejs.org/api/http.html.
 * Nothing of it is run; values that the text does not tell are UNKNOWN, and an answer that rests on one is none.
 */
import { type Expression, namesOf, type Statement } from '../syntax/scriptSyntax.js';
import {
  bind,
  type Closure,
  combined,
  isClosure,
  isPlain,
  isValues,
  Open,
  ofString,
  partsOf,
  REQUEST,
  RESPONSE,
  Scope,
  truth,
  UNKNOWN,
  type Value,
} from './scriptValues.js';

export interface ScriptRequest {
  readonly method: string;
  /** As it is sent, with its query. */
  readonly url: string;
}

export interface ScriptAnswer {
  readonly status: number;
  /** Bytes of the status line and the headers, of those that are known. */
  readonly headers: number;
}

type Course = 'through' | 'return' | 'break';

const STEPS = 5000;

/** Undefined where something decides that the text does not tell. */
export function scriptAnswer(module: readonly Statement[], request: ScriptRequest): ScriptAnswer | undefined {
  try {
    return new Run(request).answer(module);
  } catch (error) {
    if (error instanceof Open || error instanceof RangeError) return undefined;
    throw error;
  }
}

class Run {
  private status = 200;
  private headers = 'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: close\r\n\r\n'.length;
  private ended = false;
  private readonly atEnd: Closure[] = [];
  private steps = 0;
  private returned: Value;

  constructor(private readonly request: ScriptRequest) {}

  answer(module: readonly Statement[]): ScriptAnswer | undefined {
    const scope = new Scope();
    const handlers: Expression[] = [];
    for (const it of module) {
      if (it.is === 'opaque' && it.names.has('createServer') && !it.names.has('import')) return undefined;
      findHandlers(it, handlers);
      this.declareTop(it, scope);
    }
    const [handler, ...more] = handlers;
    const found = handler && more.length === 0 ? this.value(handler, scope) : undefined;
    if (found === undefined || !isClosure(found)) return undefined;
    this.call(found, [REQUEST, RESPONSE]);
    for (const it of this.atEnd) if (!this.ended) this.call(it, []);
    return this.ended ? { status: this.status, headers: this.headers } : undefined;
  }

  /** Of a module only what stays as it is counts: functions and constants. */
  private declareTop(it: Statement, scope: Scope): void {
    if (it.is !== 'declaration') return;
    for (const [to, value] of it.of) {
      if (typeof to !== 'string') continue;
      const constant = value && (value.is === 'function' || value.is === 'literal' || value.is === 'object');
      scope.declare(to, constant && it.constant ? this.value(value, scope) : UNKNOWN);
    }
  }

  private call({ of, scope }: Closure, args: readonly Value[]): Value {
    const own = new Scope(scope);
    for (const [i, it] of of.params.entries()) bind(it, args[i], own);
    this.returned = undefined;
    this.run(of.body, own);
    const value = this.returned;
    this.returned = undefined;
    return value;
  }

  private run(statements: readonly Statement[], scope: Scope): Course {
    // Functions are there before anything of their block is done.
    for (const it of statements)
      if (it.is === 'declaration')
        for (const [to, value] of it.of)
          if (typeof to === 'string' && value?.is === 'function') scope.declare(to, { of: value, scope });
    for (const it of statements) {
      const course = this.step(it, scope);
      if (course !== 'through') return course;
    }
    return 'through';
  }

  private step(it: Statement, scope: Scope): Course {
    if (++this.steps > STEPS) throw new Open();
    switch (it.is) {
      case 'expression':
        this.value(it.value, scope);
        return 'through';
      case 'declaration':
        for (const [to, value] of it.of) bind(to, value && this.value(value, scope), scope);
        return 'through';
      case 'return':
        this.returned = it.value && this.value(it.value, scope);
        return 'return';
      case 'break':
        return 'break';
      case 'block':
        return this.run(it.body, new Scope(scope));
      case 'if': {
        const test = truth(this.value(it.test, scope));
        if (test !== undefined) return this.run(test ? it.then : it.otherwise, new Scope(scope));
        for (const one of [...it.then, ...it.otherwise]) this.passOver(one, scope);
        return 'through';
      }
      case 'switch':
        return this.choose(it, scope);
      default:
        this.passOver(it, scope);
        return 'through';
    }
  }

  private choose({ of, cases }: Extract<Statement, { is: 'switch' }>, scope: Scope): Course {
    const value = this.value(of, scope);
    const tests = cases.map(({ test }) => (test ? this.value(test, scope) : UNKNOWN));
    if (!isPlain(value) || cases.some(({ test }, i) => test && !isPlain(tests[i]))) throw new Open();
    let from = cases.findIndex(({ test }, i) => test && tests[i] === value);
    if (from < 0) from = cases.findIndex(({ test }) => !test);
    if (from < 0) return 'through';
    const inner = new Scope(scope);
    for (const { body } of cases.slice(from)) {
      const course = this.run(body, inner);
      if (course === 'return') return course;
      if (course === 'break') break;
    }
    return 'through';
  }

  /** What may be done or not: it must not answer, nor leave the function; what it sets is not known any more. */
  private passOver(it: Statement, scope: Scope): void {
    const names = namesOf(it);
    if (leaves(it) || ['return', 'throw', 'exit', 'break'].some((one) => names.has(one))) throw new Open();
    for (const name of names) {
      if (this.reaches(scope.get(name), new Set())) throw new Open();
      const value = scope.get(name);
      if (value !== UNKNOWN && !isClosure(value) && value !== REQUEST) scope.assign(name, UNKNOWN);
    }
  }

  /** Whether who has this value can answer. */
  private reaches(value: Value, seen: Set<Value>): boolean {
    if (value === RESPONSE) return true;
    if (seen.has(value)) return false;
    seen.add(value);
    if (isValues(value)) return [...value.values()].some((it) => this.reaches(it, seen));
    if (Array.isArray(value)) return value.some((it) => this.reaches(it as Value, seen));
    if (!isClosure(value)) return false;
    const own = new Set(value.of.params.flatMap((it) => (typeof it === 'string' ? [it] : [...it.values()])));
    return [...namesOf(value.of)].some((it) => !own.has(it) && this.reaches(value.scope.get(it), seen));
  }

  private value(it: Expression, scope: Scope): Value {
    if (++this.steps > STEPS) throw new Open();
    switch (it.is) {
      case 'literal':
        return it.value;
      case 'name':
        return scope.get(it.name);
      case 'function':
        return { of: it, scope };
      case 'object':
        return new Map(it.entries.map(([key, value]) => [key, this.value(value, scope)]));
      case 'template': {
        const parts = it.parts.map((one) => this.value(one, scope));
        return parts.every(isPlain) ? parts.join('') : UNKNOWN;
      }
      case 'member':
        return this.member(this.value(it.of, scope), this.value(it.name, scope));
      case 'assignment':
        return this.assign(it, scope);
      case 'operation':
        return this.operation(it, scope);
      case 'call':
        return this.called(it, scope);
      case 'opaque':
        for (const name of it.names) if (this.reaches(scope.get(name), new Set())) throw new Open();
        return UNKNOWN;
    }
  }

  private member(of: Value, name: Value): Value {
    if (of === REQUEST) return name === 'url' ? this.request.url : name === 'method' ? this.request.method : UNKNOWN;
    if (isValues(of) && typeof name === 'string') return of.get(name);
    if (Array.isArray(of))
      return typeof name === 'number' ? (of[name] as Value) : name === 'length' ? of.length : UNKNOWN;
    if (typeof of === 'string') return name === 'length' ? of.length : typeof name === 'number' ? of[name] : UNKNOWN;
    return UNKNOWN;
  }

  private assign({ to, operator, value }: Extract<Expression, { is: 'assignment' }>, scope: Scope): Value {
    const given = this.value(value, scope);
    if (to.is === 'name') {
      scope.assign(to.name, operator === '=' ? given : UNKNOWN);
      return given;
    }
    const owner = to.is === 'member' ? this.value(to.of, scope) : UNKNOWN;
    if (to.is !== 'member' || owner !== RESPONSE) {
      if (this.reaches(given, new Set())) throw new Open();
      return given;
    }
    const name = this.value(to.name, scope);
    if (name !== 'statusCode') {
      if (name !== 'statusMessage') throw new Open();
      return given;
    }
    this.setStatus(given);
    return given;
  }

  private setStatus(value: Value): void {
    if (typeof value !== 'number' || value < 200 || value > 999) throw new Open();
    this.status = value;
  }

  private operation({ operator, args }: Extract<Expression, { is: 'operation' }>, scope: Scope): Value {
    const left = this.value(args[0]!, scope);
    const side = (index: number): Value => this.value(args[index]!, scope);
    const test = truth(left);
    switch (operator) {
      case '&&':
      case '||':
        if (test === undefined) return this.maybe(args.slice(1), scope);
        return test === (operator === '&&') ? side(1) : left;
      case '??':
        if (left === UNKNOWN) return this.maybe(args.slice(1), scope);
        return left === undefined || left === null ? side(1) : left;
      case '?:':
        if (test === undefined) return this.maybe(args.slice(1), scope);
        return side(test ? 1 : 2);
      case '! ':
        return test === undefined ? UNKNOWN : !test;
      case ',':
        return side(1);
    }
    if (args.length < 2) return operator === '- ' && typeof left === 'number' ? -left : UNKNOWN;
    return combined(operator, left, side(1));
  }

  /** One of these comes of it, or none. */
  private maybe(all: readonly Expression[], scope: Scope): Value {
    for (const it of all) this.passOver({ is: 'expression', value: it }, scope);
    return UNKNOWN;
  }

  private called({ callee, args, made }: Extract<Expression, { is: 'call' }>, scope: Scope): Value {
    const given = args.map((it) => this.value(it, scope));
    if (made) return this.constructed(callee, given);
    const owner = callee.is === 'member' ? this.value(callee.of, scope) : undefined;
    const name = callee.is === 'member' ? this.value(callee.name, scope) : undefined;
    if (owner === RESPONSE) return this.respond(name, given);
    if (owner === REQUEST) return this.ask(name, given);
    if (typeof owner === 'string' && typeof name === 'string') return ofString(owner, name, given);
    if (name === 'parse' && callee.is === 'member' && callee.of.is === 'name' && callee.of.name === 'url')
      return typeof given[0] === 'string' ? partsOf(given[0]) : UNKNOWN;
    const function_ = callee.is === 'member' ? this.member(owner, name) : this.value(callee, scope);
    if (isClosure(function_)) return this.call(function_, given);
    if (name === 'exit' || given.some((it) => this.reaches(it, new Set()))) throw new Open();
    return UNKNOWN;
  }

  private constructed(callee: Expression, [first, ...more]: readonly Value[]): Value {
    if ([first, ...more].some((it) => this.reaches(it, new Set()))) throw new Open();
    const isUrl =
      callee.is === 'name'
        ? callee.name === 'URL'
        : callee.is === 'member' && callee.name.is === 'literal' && callee.name.value === 'URL';
    if (!isUrl || typeof first !== 'string') return UNKNOWN;
    if (!URL.canParse(first, 'http://localhost')) throw new Open();
    return partsOf(new URL(first, 'http://localhost').href.replace(/^\w+:\/\/[^/]*/, ''));
  }

  private respond(name: Value, args: readonly Value[]): Value {
    if (name === 'writeHead') {
      this.setStatus(args[0]);
      const last = args[args.length - 1];
      if (isValues(last)) for (const [key, value] of last) this.addHeader(key, value);
    } else if (name === 'setHeader' || name === 'appendHeader') this.addHeader(args[0], args[1]);
    else if (name === 'end') this.ended = true;
    else if (
      typeof name !== 'string' ||
      !/^(?:write|flushHeaders|removeHeader|getHeader|on|once|cork|uncork|setTimeout)$/.test(name)
    )
      throw new Open();
    return RESPONSE;
  }

  private addHeader(name: Value, value: Value): void {
    if (typeof name !== 'string' || this.ended) return;
    const values = Array.isArray(value) ? value : [value];
    for (const it of values) if (typeof it === 'string') this.headers += name.length + it.length + 4;
  }

  private ask(name: Value, [what, then]: readonly Value[]): Value {
    if (name === 'pipe') {
      if (what === RESPONSE) this.ended = true;
      else if (this.reaches(what, new Set())) throw new Open();
      return UNKNOWN;
    }
    if (name !== 'on' && name !== 'once') return REQUEST;
    if (then !== undefined && isClosure(then)) {
      if (what === 'end') this.atEnd.push(then);
      else if (what === 'data') this.passOver({ is: 'block', body: then.of.body }, new Scope(then.scope));
    } else if (this.reaches(then, new Set())) throw new Open();
    return REQUEST;
  }
}

/** Whether it may end the function that it stands in. */
function leaves(it: Statement): boolean {
  if (it.is === 'return' || it.is === 'break') return true;
  if (it.is === 'block') return it.body.some(leaves);
  if (it.is === 'if') return [...it.then, ...it.otherwise].some(leaves);
  return it.is === 'switch' && it.cases.some(({ body }) => body.some(leaves));
}

/** The functions that are given to createServer(), or to 'request' of a server. */
function findHandlers(it: Statement, into: Expression[]): void {
  const values =
    it.is === 'expression' ? [it.value] : it.is === 'declaration' ? it.of.flatMap(([, value]) => value ?? []) : [];
  for (const value of values) inExpression(value, into);
}

function inExpression(it: Expression, into: Expression[]): void {
  if (it.is === 'member') inExpression(it.of, into);
  else if (it.is === 'assignment') inExpression(it.value, into);
  if (it.is !== 'call') return;
  inExpression(it.callee, into);
  const { callee, args } = it;
  const name =
    callee.is === 'name'
      ? callee.name
      : callee.is === 'member' && callee.name.is === 'literal'
        ? callee.name.value
        : undefined;
  const last = args[args.length - 1];
  const [first] = args;
  const isRequest = name === 'on' && first?.is === 'literal' && first.value === 'request';
  const owner = callee.is === 'member' && callee.of.is === 'name' ? callee.of.name : undefined;
  if (owner === 'net' || owner === 'tls') return;
  if (last && (name === 'createServer' || isRequest)) into.push(last);
}
