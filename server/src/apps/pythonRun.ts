/**
 * Follows a function of a module with arguments that are known, statement by statement, as Python would run it. Nothing
 * is executed: what is not plain is open, and where a condition is, both ways are gone.
 */
import { namesBoundIn, type PyStep, type PyTarget } from '../syntax/pythonProcedure.js';
import type { PyTerm } from '../syntax/pythonTerm.js';
import { catches } from './pythonHandlers.js';
import { callKnown, callMethod } from './pythonMethods.js';
import {
  Bytes,
  combined,
  comparison,
  Dict,
  Dotted,
  isKey,
  itemAt,
  List,
  Native,
  OPEN,
  Procedure,
  Raised,
  type Scope,
  sliceOf,
  textOf,
  truthOf,
  type Value,
} from './pythonObjects.js';

/** Nobody can follow any further. */
export class Lost extends Error {}

const MOST_STEPS = 4000;
const DEEPEST = 12;

type Done = { readonly is: 'return' | 'yield'; readonly value: Value } | { readonly is: 'break' | 'continue' };

/** One way through a module and a function of it; `decisions` are the answers to the conditions that are open. */
export class Run {
  /** What was called that may have failed, though nothing says so. */
  unsure = false;
  /** X-Accel-Redirect, where the headers of a response that nobody knows more of are given one. */
  handsOn: Value | undefined;
  readonly module: Scope = {
    names: new Map<string, Value>([['__name__', 'the module']]),
    outer: undefined,
    globals: new Set(),
  };
  private at = 0;
  private steps = 0;
  private depth = 0;
  /** How many `try` with a handler stand around. */
  private tried = 0;

  /** @param decisions grows by `true` for each condition that is open and not yet decided. */
  constructor(
    private readonly decisions: boolean[],
    /** os.environ */
    private readonly environment: Dict,
  ) {}

  /** The statements at the top of a module. */
  load(steps: readonly PyStep[]): void {
    this.all(steps, this.module);
  }

  call(what: Procedure, args: readonly Value[], keywords: ReadonlyMap<string, Value> = new Map()): Done | undefined {
    const { of, scope: outer } = what;
    if (++this.depth > DEEPEST || !of.parameters) throw new Lost();
    const names = new Map<string, Value>();
    for (const [i, { name, byDefault }] of of.parameters.entries()) {
      const given = args[i] ?? (i < args.length ? args[i] : keywords.get(name));
      if (given === undefined && !byDefault) throw new Raised('TypeError', `${of.name}() without ${name}`);
      names.set(name, given === undefined ? this.value(byDefault!, outer) : given);
    }
    if (args.length > of.parameters.length) throw new Raised('TypeError', `${of.name}() with too many arguments`);
    const done = this.all(of.body, { names, outer, globals: new Set() });
    this.depth--;
    return done;
  }

  private choose(): boolean {
    if (this.at === this.decisions.length) this.decisions.push(true);
    return this.decisions[this.at++]!;
  }

  private holds(condition: PyTerm, scope: Scope): boolean {
    return truthOf(this.value(condition, scope)) ?? this.choose();
  }

  private all(steps: readonly PyStep[], scope: Scope): Done | undefined {
    for (const it of steps) {
      if (++this.steps > MOST_STEPS) throw new Lost();
      const done = this.one(it, scope);
      if (done) return done;
    }
    return undefined;
  }

  private one(step: PyStep, scope: Scope): Done | undefined {
    switch (step.kind) {
      case 'pass':
        return undefined;
      case 'break':
      case 'continue':
        return { is: step.kind };
      case 'assign': {
        const value = this.value(step.value, scope);
        for (const it of step.to) this.assign(it, value, scope);
        return undefined;
      }
      case 'augment':
        this.augment(step, scope);
        return undefined;
      case 'evaluate':
        this.value(step.value, scope);
        return undefined;
      case 'return':
      case 'yield':
        return { is: step.kind, value: this.value(step.value, scope) };
      case 'raise':
        throw new Raised(step.name === '' ? '?' : step.name, step.text);
      case 'assert':
        if (!this.holds(step.condition, scope)) throw new Raised('AssertionError', 'an assert');
        return undefined;
      case 'if':
        return this.all(this.holds(step.condition, scope) ? step.body : step.or, scope);
      case 'for':
        return this.loop(step, scope);
      case 'try':
        return this.attempt(step, scope);
      case 'with':
        for (const it of step.items) {
          if (it.kind === 'call' && /suppress$/.test(it.text)) throw new Lost();
          this.value(it, scope);
        }
        return this.all(step.body, scope);
      case 'define':
        this.bind(step.procedure.name, step.decorated ? OPEN : new Procedure(step.procedure, scope), scope);
        return undefined;
      case 'bind':
        this.bind(step.name, step.module === undefined ? OPEN : this.imported(step.module), scope);
        return undefined;
      case 'global':
        for (const it of step.names) scope.globals.add(it);
        return undefined;
      case 'other':
        throw new Lost();
    }
  }

  private imported(name: string): Value {
    return name === 'os.environ' ? this.environment : name.startsWith('.') ? OPEN : new Dotted(name);
  }

  private bind(name: string, value: Value, scope: Scope): void {
    (scope.globals.has(name) ? this.module : scope).names.set(name, value);
  }

  private assign(to: PyTarget, value: Value, scope: Scope): void {
    if (to.kind === 'name') this.bind(to.name, value, scope);
    else if (to.kind === 'several') {
      const items = value instanceof List && !value.open ? value.items : undefined;
      if (items && items.length !== to.targets.length) throw new Raised('ValueError', 'unpacking what is no so many');
      for (const [i, it] of to.targets.entries()) this.assign(it, items ? items[i]! : OPEN, scope);
    } else if (to.kind === 'item') {
      const of = this.value(to.of, scope);
      const key = this.value(to.key, scope);
      if (of === OPEN && typeof key === 'string' && /^x-accel-redirect$/i.test(key)) this.handsOn = value;
      else if (of instanceof Dict && isKey(key)) of.entries.set(key, value);
      else if (of instanceof List) of.open = true;
      else if (of instanceof Dict) blur(of);
    }
  }

  private augment({ to, operator, value }: PyStep & { kind: 'augment' }, scope: Scope): void {
    const by = this.value(value, scope);
    if (to.kind !== 'name') {
      if (to.kind === 'item') this.assign(to, OPEN, scope);
      return;
    }
    const before = this.lookUp(to.name, scope);
    if (before instanceof List && operator === '+') {
      if (by instanceof List && !by.open) before.items.push(...by.items);
      else before.open = true;
    } else this.bind(to.name, combined(operator, before, by), scope);
  }

  private loop({ to, over, body }: PyStep & { kind: 'for' }, scope: Scope): Done | undefined {
    const among = this.value(over, scope);
    const known =
      among instanceof List && !among.open
        ? [...among.items]
        : typeof among === 'string'
          ? [...among]
          : among instanceof Dict && among.others('') === undefined
            ? [...among.entries.keys()]
            : undefined;
    // Of what nobody knows, it is gone round once or not at all.
    for (const it of known ?? (this.choose() ? [OPEN] : [])) {
      this.assign(to, it, scope);
      const done = this.all(body, scope);
      if (done?.is === 'break') break;
      if (done && done.is !== 'continue') return done;
    }
    if (!known) for (const name of namesBoundIn(body)) this.bind(name, OPEN, scope);
    return undefined;
  }

  private attempt(step: PyStep & { kind: 'try' }, scope: Scope): Done | undefined {
    let done: Done | undefined;
    const depth = this.depth;
    const tried = this.tried;
    let pending: unknown;
    try {
      if (step.handlers.length > 0) this.tried++;
      done = this.all(step.body, scope);
      this.tried = tried;
      done ??= this.all(step.or, scope);
    } catch (raised) {
      this.tried = tried;
      this.depth = depth;
      if (!(raised instanceof Raised)) throw raised;
      const by = step.handlers.find((it) => catches(it, raised.name) ?? this.choose());
      if (by?.binds !== undefined) this.bind(by.binds, OPEN, scope);
      try {
        if (by) done = this.all(by.body, scope);
        else pending = raised;
      } catch (further) {
        if (!(further instanceof Raised)) throw further;
        pending = further;
      }
    }
    const last = this.all(step.last, scope);
    if (!last && pending) throw pending;
    return last ?? done;
  }

  private lookUp(name: string, scope: Scope): Value {
    for (let at: Scope | undefined = scope; at; at = at.outer) {
      if (at.globals.has(name)) break;
      const found = at.names.get(name);
      if (found !== undefined) return found;
    }
    return (
      this.module.names.get(name) ?? (this.module.names.has(name) ? null : BUILT_IN.has(name) ? new Dotted(name) : OPEN)
    );
  }

  private value(term: PyTerm, scope: Scope): Value {
    const of = (it: PyTerm): Value => this.value(it, scope);
    switch (term.kind) {
      case 'string':
        return term.text;
      case 'bytes':
        return new Bytes(term.text);
      case 'number':
      case 'boolean':
        return term.value;
      case 'none':
        return null;
      case 'name':
        return this.lookUp(term.name, scope);
      case 'joined': {
        const parts = term.parts.map(of);
        if (parts.length > 0 && parts.every((it) => it instanceof Bytes))
          return new Bytes(parts.map((it) => it.text).join(''));
        const texts = parts.map(textOf);
        return texts.every((it) => it !== undefined) ? texts.join('') : OPEN;
      }
      case 'list':
        return new List(term.items.map(of));
      case 'dict':
        return this.dictOf(term, scope);
      case 'attribute':
        return this.attribute(of(term.of), term.name);
      case 'item':
        return itemAt(of(term.of), of(term.key));
      case 'slice':
        return sliceOf(of(term.of), term.from ? of(term.from) : null, term.to ? of(term.to) : null);
      case 'call':
        return this.called(term, scope);
      case 'binary':
        return combined(term.operator, of(term.left), of(term.right));
      case 'compare':
        return this.compared(term, scope);
      case 'and':
      case 'or': {
        const left = of(term.left);
        const truth = truthOf(left);
        // Which of the two it is, is decided with the left one; what that is then, is as open as before.
        const holds = truth ?? this.choose();
        if (holds === (term.kind === 'and')) return of(term.right);
        return truth === undefined ? (holds ? OPEN : false) : left;
      }
      case 'not': {
        const truth = truthOf(of(term.of));
        return truth === undefined ? OPEN : !truth;
      }
      case 'choice':
        return of(this.holds(term.condition, scope) ? term.yes : term.no);
      case 'walrus': {
        const value = of(term.value);
        this.bind(term.name, value, scope);
        return value;
      }
      case 'other':
        // What answers may be called in it.
        if (term.has.some((it) => this.lookUp(it, scope) instanceof Native)) throw new Lost();
        return OPEN;
    }
  }

  private attribute(of: Value, name: string): Value {
    return of instanceof Dotted ? this.imported(`${of.name}.${name}`) : OPEN;
  }

  private dictOf({ entries }: PyTerm & { kind: 'dict' }, scope: Scope): Dict {
    const made = new Dict();
    for (const it of entries) {
      const key = this.value(it.key, scope);
      const value = this.value(it.value, scope);
      if (isKey(key)) made.entries.set(key, value);
      else made.others = () => OPEN;
    }
    return made;
  }

  private compared({ first, rest }: PyTerm & { kind: 'compare' }, scope: Scope): Value {
    let left = this.value(first, scope);
    for (const { operator, value } of rest) {
      const right = this.value(value, scope);
      const truth = comparison(operator, left, right);
      if (truth !== true) return truth ?? OPEN;
      left = right;
    }
    return true;
  }

  private called(term: PyTerm & { kind: 'call' }, scope: Scope): Value {
    const args = term.args.map((it): Value => this.value(it, scope));
    const keywords = new Map(term.keywords.map((it): [string, Value] => [it.name, this.value(it.value, scope)]));
    const all = [...args, ...keywords.values()];
    if (term.callee.kind === 'attribute') {
      const of = this.value(term.callee.of, scope);
      const made = term.open || keywords.size > 0 || of === OPEN ? undefined : callMethod(of, term.callee.name, args);
      if (made !== undefined) return made;
    }
    const callee = this.value(term.callee, scope);
    if (callee instanceof Native && !term.open) return callee.call(all);
    if (callee instanceof Procedure && !term.open && !callee.of.yields) {
      const done = this.call(callee, args, keywords);
      return done?.is === 'return' ? done.value : null;
    }
    if (callee instanceof Dotted && !term.open) {
      if (callee.name === 'os.getenv') return callMethod(this.environment, 'get', args) ?? OPEN;
      const made = callKnown(callee.name, args);
      if (made !== undefined && keywords.size === 0) return made;
    }
    return this.unknownCall(term.text, all);
  }

  /** It may change what it is given, answer by itself, and fail. */
  private unknownCall(text: string, given: readonly Value[]): Value {
    if (given.some((it) => it instanceof Native)) throw new Lost();
    if (HARMLESS.test(text)) return OPEN;
    for (const it of given) {
      if (it instanceof List) it.open = true;
      if (it instanceof Dict && it !== this.environment && !it.entries.has('wsgi.version')) blur(it);
    }
    this.unsure = true;
    if (this.tried > 0 && !this.choose()) throw new Raised('?', text);
    return OPEN;
  }
}

/** Of what Python brings, what callKnown() knows. */
const BUILT_IN = new Set(['len', 'str', 'bool', 'int', 'list', 'tuple', 'set', 'frozenset', 'print']);

/** Calls that do not fail in a program that runs. */
const HARMLESS =
  /^(?:json\.dumps|print|str|repr|bytes|dict|sorted|isinstance|range|enumerate|zip|getattr|hasattr|time\.\w+|datetime\.[\w.]+|os\.getpid|os\.getcwd|os\.path\.(?:join|basename|dirname|abspath)|socket\.gethostname|platform\.\w+|(?:logging|log|logger)\.\w+|sys\.\w+\.(?:write|flush)|asyncio\.sleep|html\.escape|escape|uuid\.\w+)$|\.(?:encode|decode|format|isoformat|strftime|join|append)$/;

function blur(it: Dict): void {
  it.entries.clear();
  it.others = () => OPEN;
}
