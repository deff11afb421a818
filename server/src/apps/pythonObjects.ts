/** Values of Python as they are while a function is followed, and what their methods make of them. */
import type { PyProcedure } from '../syntax/pythonProcedure.js';

/** Nobody can tell. */
export const OPEN: unique symbol = Symbol('open');

export class Bytes {
  constructor(readonly text: string) {}
}

/** A list, a tuple or a set. */
export class List {
  open = false;
  constructor(readonly items: Value[]) {}
}

export type Key = string | number | boolean;

export class Dict {
  readonly entries = new Map<Key, Value>();
  /** @param others what stands under a key that nobody has set; undefined for nothing. */
  constructor(public others: (key: Key) => Value | undefined = () => undefined) {}
  at(key: Key): Value | undefined {
    return this.entries.has(key) ? this.entries.get(key) : this.others(key);
  }
}

export interface Scope {
  readonly names: Map<string, Value>;
  readonly outer: Scope | undefined;
  readonly globals: Set<string>;
}

export class Procedure {
  constructor(
    readonly of: PyProcedure,
    readonly scope: Scope,
  ) {}
}

export class Native {
  constructor(readonly call: (args: readonly Value[]) => Value) {}
}

/** A module, or what is in one, by its dotted name. */
export class Dotted {
  constructor(readonly name: string) {}
}

export type Value = string | number | boolean | null | Bytes | List | Dict | Procedure | Native | Dotted | typeof OPEN;

/** An exception of Python; `?` is one that nobody can name. */
export class Raised {
  constructor(
    readonly name: string,
    /** As a reader would say it: `raise ValueError()`. */
    readonly text: string,
  ) {}
}

export function isKey(value: Value): value is Key {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Whether two are equal to Python; undefined where that is open. */
export function same(a: Value, b: Value): boolean | undefined {
  if (a === OPEN || b === OPEN) return undefined;
  if (a instanceof Bytes && b instanceof Bytes) return a.text === b.text;
  if (a instanceof List && b instanceof List) {
    if (a.open || b.open) return undefined;
    if (a.items.length !== b.items.length) return false;
    const each = a.items.map((it, i) => same(it, b.items[i]!));
    return each.includes(false) ? false : each.includes(undefined) ? undefined : true;
  }
  if (isPlain(a) && isPlain(b)) return a === b;
  if ((isPlain(a) || a instanceof Bytes) && (isPlain(b) || b instanceof Bytes || b instanceof List)) return false;
  if (isPlain(b) && a instanceof List) return false;
  return undefined;
}

const isPlain = (it: Value): it is Key | null => it === null || isKey(it);

/** Whether Python takes it for true; undefined where that is open. */
export function truthOf(value: Value): boolean | undefined {
  if (value === OPEN || value instanceof Dotted) return undefined;
  if (value instanceof Bytes) return value.text !== '';
  if (value instanceof List) return value.open ? undefined : value.items.length > 0;
  if (value instanceof Dict) return value.entries.size > 0 ? true : undefined;
  return value instanceof Procedure || value instanceof Native || Boolean(value);
}

/** str(value); undefined where that is open. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : undefined;
}

/** Whether `in` finds it; undefined where that is open. */
export function contains(container: Value, value: Value): boolean | undefined {
  if (typeof container === 'string') return typeof value === 'string' ? container.includes(value) : undefined;
  if (container instanceof Bytes) return value instanceof Bytes ? container.text.includes(value.text) : undefined;
  if (container === null) throw new Raised('TypeError', "'in' None");
  if (container instanceof List) {
    const each = container.items.map((it) => same(it, value));
    return each.includes(true) ? true : container.open || each.includes(undefined) ? undefined : false;
  }
  if (!(container instanceof Dict) || !isKey(value)) return undefined;
  const found = container.at(value);
  return found === OPEN && !container.entries.has(value) ? undefined : found !== undefined;
}

/** value[key] */
export function itemAt(of: Value, key: Value): Value {
  if (of === null) throw new Raised('TypeError', 'None[...]');
  if (of instanceof Dict && isKey(key)) {
    const found = of.at(key);
    if (found === undefined) throw new Raised('KeyError', `[${typeof key === 'string' ? `"${key}"` : String(key)}]`);
    return found;
  }
  if (typeof key !== 'number' || !Number.isInteger(key)) return OPEN;
  if (of instanceof List && !of.open) return nth(of.items, key);
  return typeof of === 'string' ? nth([...of], key) : OPEN;
}

function nth<T>(of: readonly T[], at: number): T {
  if (at >= of.length || at < -of.length) throw new Raised('IndexError', `[${at}]`);
  return of.at(at)!;
}

/** value[from:to] */
export function sliceOf(of: Value, from: Value, to: Value): Value {
  const [start, end] = [from, to].map((it) => (it === null ? undefined : it));
  if ((start !== undefined && typeof start !== 'number') || (end !== undefined && typeof end !== 'number')) return OPEN;
  if (typeof of === 'string') return of.slice(start, end);
  if (of instanceof Bytes) return new Bytes(of.text.slice(start, end));
  return of instanceof List && !of.open ? new List(of.items.slice(start, end)) : OPEN;
}

/** What an operator makes of two. */
export function combined(operator: string, a: Value, b: Value): Value {
  if (operator === '%' && typeof a === 'string') return formatted(a, b);
  if (a === OPEN || b === OPEN) return OPEN;
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (a instanceof Bytes && b instanceof Bytes) return new Bytes(a.text + b.text);
    if (a instanceof List && b instanceof List)
      return Object.assign(new List([...a.items, ...b.items]), { open: a.open || b.open });
    const isText = (it: Value) => typeof it === 'string' || it instanceof Bytes || it === null;
    if ((isText(a) && (isText(b) || typeof b === 'number')) || (isText(b) && typeof a === 'number'))
      throw new Raised('TypeError', 'adding what cannot be added');
  }
  if (typeof a !== 'number' || typeof b !== 'number') return OPEN;
  if (/^(?:\/\/?|%)$/.test(operator) && b === 0) throw new Raised('ZeroDivisionError', 'a division by zero');
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    default:
      return OPEN;
  }
}

function formatted(text: string, by: Value): Value {
  const given: Value[] = by instanceof List && !by.open ? [...by.items] : [by];
  let open = false;
  const made = text.replace(/%([%sd])|%/g, (_, what?: string) => {
    if (what === '%') return '%';
    const next = what === undefined || given.length === 0 ? undefined : textOf(given.shift()!);
    if (next === undefined) open = true;
    return next ?? '';
  });
  return open || given.length > 0 ? OPEN : made;
}

/** `<`, `<=`, `>`, `>=` */
function ordered(operator: string, a: Value, b: Value): boolean | undefined {
  if (!(typeof a === 'number' && typeof b === 'number') && !(typeof a === 'string' && typeof b === 'string'))
    return undefined;
  return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b;
}

/** What a comparison says; undefined where that is open. */
export function comparison(operator: string, left: Value, right: Value): boolean | undefined {
  const negated = (it: boolean | undefined) => (it === undefined ? undefined : !it);
  switch (operator) {
    case '==':
      return same(left, right);
    case '!=':
      return negated(same(left, right));
    case 'in':
      return contains(right, left);
    case 'not in':
      return negated(contains(right, left));
    case 'is':
    case 'is not': {
      if (left === OPEN || right === OPEN || (left !== null && right !== null)) return undefined;
      return (left === right) === (operator === 'is');
    }
    default:
      return ordered(operator, left, right);
  }
}
