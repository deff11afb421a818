/** What names of a Python module hold, where that follows from the text: literals, paths from __file__, os.environ. */
import { directoryOf, type HostPath, joinPath } from '../base/hostPath.js';
import type { PyChange, PyExpression, PyModule } from '../syntax/pythonModule.js';
import type { Environment } from './environment.js';

export type PyValue = string | number | boolean | null | readonly PyValue[] | typeof UNKNOWN;
export const UNKNOWN = Symbol('unknown');

export interface PyNames {
  /** What the name holds; undefined where it is not bound for certain nor perhaps. */
  readonly values: ReadonlyMap<string, PyValue>;
  /** Some import or statement may bind further names. */
  readonly open: boolean;
}

/**
 * @param star the names of `from X import *`; undefined where that module cannot be read.
 */
export function pythonNames(
  module: PyModule,
  file: HostPath,
  environment: Environment,
  star: (module: string) => PyNames | undefined,
): PyNames {
  const values = new Map<string, PyValue>();
  let open = module.hasError || module.isDynamic;
  for (const it of module.statements) {
    if (it.kind === 'star') {
      const names = star(it.module);
      if (!names || names.open) open = true;
      for (const [name, value] of names?.values ?? []) if (!name.startsWith('_')) values.set(name, value);
      // What could not be read may also replace what is known.
      if (!names) for (const name of values.keys()) values.set(name, UNKNOWN);
    } else if (it.kind === 'assign') values.set(it.name, evaluate(it.value, values, file, environment));
    else if (it.kind === 'bound') {
      const reached = it.change && isReached(it.change, (test) => evaluate(test, values, file, environment));
      if (reached === false) continue;
      const value = it.change && reached ? evaluate(it.change.value, values, file, environment) : UNKNOWN;
      const before = values.get(it.name) ?? UNKNOWN;
      values.set(it.name, it.change?.operator === '+=' ? binary('+', before, value) : value);
    } else changedBy(it.value, values);
  }
  if (values.has('__getattr__')) open = true;
  return { values, open };
}

/** Whether all conditions of a change hold; undefined where one of them is not known. */
export function isReached({ under }: PyChange, of: (test: PyExpression) => PyValue): boolean | undefined {
  const held = under.map(({ test, holds }) => {
    const truth = truthOf(of(test));
    return truth === undefined ? undefined : truth === holds;
  });
  // A condition behind one that does not hold is not asked.
  if (held.includes(false)) return false;
  return held.includes(undefined) ? undefined : true;
}

/** What Python takes a value for in a condition; undefined for what is not known. */
function truthOf(value: PyValue): boolean | undefined {
  if (value === UNKNOWN) return undefined;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** `bind.append(...)`, `globals().update(...)`, `ALLOWED_HOSTS.extend(...)` change what a name holds. */
function changedBy(value: PyExpression, values: Map<string, PyValue>): void {
  if (value.kind !== 'call') return;
  const { callee } = value;
  if (callee.kind === 'attribute' && callee.of.kind === 'name') {
    if (values.has(callee.of.name)) values.set(callee.of.name, UNKNOWN);
  }
  const called = callee.kind === 'attribute' && callee.of.kind === 'call' ? callee.of.callee : callee;
  // globals().update(), exec(), and django-environ's or include()'s ways of binding names.
  if (called.kind === 'name' && /^(?:globals|locals|vars|exec|include|setattr|inject)$/.test(called.name))
    for (const name of values.keys()) values.set(name, UNKNOWN);
}

/** The value of an expression at the end of a module whose names hold `values`. */
export function pythonValue(it: PyExpression, { values }: PyNames, file: HostPath, environment: Environment): PyValue {
  return evaluate(it, values, file, environment);
}

const PATH_CALLS = new Set(['Path', 'str', 'abspath', 'realpath', 'resolve', 'absolute', 'fspath']);

function evaluate(
  it: PyExpression,
  values: ReadonlyMap<string, PyValue>,
  file: HostPath,
  environment: Environment,
): PyValue {
  const of = (inner: PyExpression): PyValue => evaluate(inner, values, file, environment);
  switch (it.kind) {
    case 'string':
    case 'path':
      return it.text;
    case 'number':
    case 'boolean':
      return it.value;
    case 'none':
      return null;
    case 'name':
      return it.name === '__file__' ? file : (values.get(it.name) ?? UNKNOWN);
    case 'list':
      return it.items.map(of);
    case 'parts': {
      const parts = it.parts.map(of);
      return parts.every((part) => typeof part === 'string' || typeof part === 'number') ? parts.join('') : UNKNOWN;
    }
    case 'attribute': {
      const base = it.name === 'parent' ? of(it.of) : UNKNOWN;
      return typeof base === 'string' && base.startsWith('/') ? directoryOf(base as HostPath) : UNKNOWN;
    }
    case 'binary':
      return binary(it.operator, of(it.left), of(it.right));
    case 'not': {
      const truth = truthOf(of(it.of));
      return truth === undefined ? UNKNOWN : !truth;
    }
    case 'logic': {
      const left = of(it.left);
      const truth = truthOf(left);
      if (truth === undefined) return UNKNOWN;
      return truth === (it.operator === 'and') ? of(it.right) : left;
    }
    case 'either': {
      const truth = truthOf(of(it.test));
      return truth === undefined ? UNKNOWN : of(truth ? it.then : it.else);
    }
    case 'compare':
      return compare(it.operator, of(it.left), of(it.right));
    case 'call':
      return call(it, of, environment);
    default:
      return UNKNOWN;
  }
}

function compare(operator: string, left: PyValue, right: PyValue): PyValue {
  if (operator === 'in' || operator === 'not in') {
    const isText = typeof left === 'string' && typeof right === 'string';
    if (!isText && !(Array.isArray(right) && isPlain(left) && right.every(isPlain))) return UNKNOWN;
    const found = isText ? right.includes(left) : (right as readonly PyValue[]).some((it) => isEqual(it, left));
    return found === (operator === 'in');
  }
  if (!isPlain(left) || !isPlain(right)) return UNKNOWN;
  if (operator === '==' || operator === '!=') return isEqual(left, right) === (operator === '==');
  // Only None, True and False are the same object for certain.
  const isOne = [left, right].some((it) => it === null || typeof it === 'boolean');
  if (/^is(?: not)?$/.test(operator) && isOne) return (left === right) === (operator === 'is');
  return UNKNOWN;
}

const isPlain = (it: PyValue): it is string | number | boolean | null => it !== UNKNOWN && !Array.isArray(it);

/** True is 1. */
function isEqual(a: PyValue, b: PyValue): boolean {
  const plain = (it: PyValue) => (typeof it === 'boolean' ? Number(it) : it);
  return plain(a) === plain(b);
}

function binary(operator: string, left: PyValue, right: PyValue): PyValue {
  if (typeof left === 'string' && typeof right === 'string') {
    if (operator === '+') return left + right;
    if (operator === '/' && left.startsWith('/')) return joinPath(left as HostPath, right);
  }
  if (Array.isArray(left) && Array.isArray(right) && operator === '+') return [...left, ...right];
  if (typeof left === 'number' && typeof right === 'number') {
    if (operator === '+') return left + right;
    if (operator === '-') return left - right;
    if (operator === '*') return left * right;
  }
  return UNKNOWN;
}

function call(
  it: PyExpression & { kind: 'call' },
  of: (inner: PyExpression) => PyValue,
  environment: Environment,
): PyValue {
  if (it.named) return UNKNOWN;
  const name = dotted(it.callee);
  const args = it.args.map(of);
  const [first, second] = args;
  if (/^(?:os\.)?(?:environ\.get|getenv)$/.test(name) && typeof first === 'string') {
    const value = environment(first);
    return value === 'unknown' ? UNKNOWN : (value ?? (args.length > 1 ? second! : null));
  }
  if (/^(?:os\.)?path\.join$/.test(name) && args.every((arg) => typeof arg === 'string'))
    return (args as string[]).reduce((all, part) =>
      part.startsWith('/') ? part : `${all.replace(/\/$/, '')}/${part}`,
    );
  if (/^(?:os\.)?path\.dirname$/.test(name) && typeof first === 'string' && first.startsWith('/'))
    return directoryOf(first as HostPath);
  const method = it.callee.kind === 'attribute' ? ofText(of(it.callee.of), it.callee.name, args) : undefined;
  if (method !== undefined) return method;
  if (name === 'int' && args.length === 1)
    return typeof first === 'string' && /^\s*[+-]?\d+\s*$/.test(first)
      ? Number(first)
      : typeof first === 'boolean'
        ? Number(first)
        : UNKNOWN;
  if (name === 'bool' && args.length === 1) return truthOf(first!) ?? UNKNOWN;
  if ((name === 'list' || name === 'tuple') && Array.isArray(first)) return first;
  const last = it.callee.kind === 'attribute' ? it.callee.name : name;
  if (!PATH_CALLS.has(last)) return UNKNOWN;
  if (args.length === 1 && typeof first === 'string') return first;
  // Path(__file__).resolve()
  if (args.length === 0 && it.callee.kind === 'attribute') return of(it.callee.of);
  return UNKNOWN;
}

/** Methods of a text; undefined where it is none, or the method is another. */
function ofText(value: PyValue, method: string, args: readonly PyValue[]): PyValue | undefined {
  const [first] = args;
  if (typeof value !== 'string' || args.length > 1) return undefined;
  if (method === 'split' && args.length === 0) return value.split(/\s+/).filter((it) => it !== '');
  if (method === 'split' && typeof first === 'string' && first !== '') return value.split(first);
  if (method === 'lower' && args.length === 0) return value.toLowerCase();
  if (method === 'upper' && args.length === 0) return value.toUpperCase();
  return method === 'strip' && args.length === 0 ? value.trim() : undefined;
}

function dotted(it: PyExpression): string {
  if (it.kind === 'name') return it.name;
  return it.kind === 'attribute' ? `${dotted(it.of)}.${it.name}` : '?';
}
