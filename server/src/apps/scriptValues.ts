/** The values of a handler of requests, as far as its text tells them. */
import type { Expression, Pattern } from '../syntax/scriptSyntax.js';

const LONGEST = 100_000;
export const UNKNOWN = Symbol('unknown');
export const REQUEST = Symbol('request');
export const RESPONSE = Symbol('response');

export interface Closure {
  readonly of: Extract<Expression, { is: 'function' }>;
  readonly scope: Scope;
}
export type Values = ReadonlyMap<string, Value>;
export type Value = string | number | boolean | null | undefined | symbol | Closure | Values | readonly Value[];

/** What the text does not decide. */
export class Open extends Error {}

export class Scope {
  private readonly own = new Map<string, Value>();
  constructor(private readonly outer?: Scope) {}

  get(name: string): Value {
    if (this.own.has(name)) return this.own.get(name);
    return this.outer ? this.outer.get(name) : UNKNOWN;
  }

  declare(name: string, value: Value): void {
    this.own.set(name, value);
  }

  assign(name: string, value: Value): void {
    if (this.own.has(name) || !this.outer) this.own.set(name, value);
    else this.outer.assign(name, value);
  }
}

export const isClosure = (it: Value): it is Closure =>
  typeof it === 'object' && it !== null && 'of' in it && 'scope' in it;
export const isValues = (it: Value): it is Values => it instanceof Map;
export const isPlain = (it: Value): it is string | number | boolean | null | undefined =>
  typeof it !== 'symbol' && (typeof it !== 'object' || it === null);

/** Methods of strings that give the same for the same. */
const OF_STRINGS =
  /^(?:startsWith|endsWith|includes|indexOf|slice|substring|split|toLowerCase|toUpperCase|trim|replace|repeat|padEnd|padStart|charAt|concat)$/;
/** Gives a parameter or a declared name its value. */
export function bind(to: Pattern, value: Value, scope: Scope): void {
  if (typeof to === 'string') scope.declare(to, value);
  else if (value === REQUEST) throw new Open();
  else
    for (const [key, name] of to)
      scope.declare(name, value !== undefined && isValues(value) ? value.get(key) : UNKNOWN);
}

/** Undefined where it is not known. */
export function truth(value: Value): boolean | undefined {
  if (value === UNKNOWN) return undefined;
  return isPlain(value) ? Boolean(value) : true;
}

export function combined(operator: string, left: Value, right: Value): Value {
  if (!isPlain(left) || !isPlain(right)) return UNKNOWN;
  switch (operator) {
    case '===':
      return left === right;
    case '!==':
      return left !== right;
    case '==':
    case '!=': {
      // What is compared is a text with a text, hardly ever more.
      if (typeof left !== typeof right) return UNKNOWN;
      return (left === right) === (operator === '==');
    }
    case '+':
      return typeof left === 'string' || typeof right === 'string'
        ? `${left}${right}`.slice(0, LONGEST)
        : typeof left === 'number' && typeof right === 'number'
          ? left + right
          : UNKNOWN;
  }
  if (typeof left !== 'number' || typeof right !== 'number') return UNKNOWN;
  switch (operator) {
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    case '>=':
      return left >= right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      return UNKNOWN;
  }
}

export function ofString(text: string, name: string, args: readonly Value[]): Value {
  if (!OF_STRINGS.test(name) || !args.every(isPlain)) return UNKNOWN;
  if (
    /^(?:repeat|pad)/.test(name) &&
    !(typeof args[0] === 'number' && args[0] >= 0 && args[0] * text.length <= LONGEST)
  )
    return UNKNOWN;
  return (text as unknown as Record<string, (...all: readonly Value[]) => Value>)[name]!(...args);
}

/** As url.parse() and URL have them. */
export function partsOf(url: string): Values {
  const [, pathname, search] = /^([^?#]*)(\?[^#]*)?/.exec(url)!;
  return new Map<string, Value>([
    ['pathname', pathname],
    ['search', search ?? UNKNOWN],
    ['path', `${pathname}${search ?? ''}`],
    ['query', UNKNOWN],
    ['searchParams', UNKNOWN],
    ['href', UNKNOWN],
    ['host', UNKNOWN],
    ['hostname', UNKNOWN],
  ]);
}
