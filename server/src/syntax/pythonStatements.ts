/** What the statements of a Python file bind, in order: names, imports and functions, with the conditions they stand under. */
import type { Node } from 'web-tree-sitter';
import { expressionOf, type PyExpression } from './pythonExpression.js';
import { answerOf, type PyAnswer } from './pythonOutcome.js';
import { type PyView, sleepOf, viewOf } from './pythonViews.js';

export type PyStatement =
  | {
      readonly kind: 'assign';
      readonly name: string;
      readonly value: PyExpression;
      readonly start: number;
      readonly end: number;
    }
  /** Bound, to something that is not looked at: def, class, import, and whatever stands in a branch. */
  | {
      readonly kind: 'bound';
      readonly name: string;
      readonly certain: boolean;
      readonly start: number;
      readonly end: number;
      /** Of a function that nothing decorates: how it is called. */
      readonly shape?: PyShape;
      /** What is assigned or added, where nothing but conditions decides whether it is. */
      readonly change?: PyChange;
    }
  | { readonly kind: 'star'; readonly module: string }
  | {
      readonly kind: 'expression';
      readonly value: PyExpression;
      /** It stands in no branch. */
      readonly certain: boolean;
      readonly start: number;
      readonly end: number;
    };

/** `NAME = value` below an `if`, or `NAME += value`. */
export interface PyChange {
  readonly operator: '=' | '+=';
  readonly value: PyExpression;
  /** All of them have to hold; none for a statement at the top. */
  readonly under: readonly PyCondition[];
}

export interface PyCondition {
  readonly test: PyExpression;
  /** What it has to be: false for what stands in the `else`. */
  readonly holds: boolean;
}

export interface PyShape {
  readonly isAsync: boolean;
  /** How many positional arguments it takes; undefined where `*args` or defaults leave that open. */
  readonly takes: number | undefined;
  /** How many it takes at most; undefined where `*args` leaves that open. */
  readonly most: number | undefined;
}

export interface PyParameter {
  readonly name: string;
  /** As written. */
  readonly type: string | undefined;
  /** It need not be given. */
  readonly optional: boolean;
}

/** A function at the top level, with what decorates it. */
export interface PyFunction {
  readonly name: string;
  readonly decorators: readonly PyExpression[];
  readonly parameters: readonly PyParameter[];
  /** Seconds that it sleeps whenever it is called: `time.sleep(5)` outside of any branch. */
  readonly sleeps: number;
  /** Whether it stands in no branch. */
  readonly certain: boolean;
  /** What it answers to everything, where that is no success. */
  readonly answer: PyAnswer | undefined;
  /** Undefined for a body that could not be read. */
  readonly view: PyView | undefined;
  /** What its body binds and calls, of a function that makes a Flask app. */
  readonly inner?: Bound | undefined;
  /** It looks whether the request came over TLS, and redirects with this status. */
  readonly tlsRedirect: number | undefined;
}

export interface PyImportedName {
  readonly text: string;
  /** `from X import a as alias`. */
  readonly alias: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** A class at the top level. */
export interface PyClass {
  readonly name: string;
  readonly bases: readonly PyExpression[];
  readonly decorated: boolean;
  readonly body: Bound;
}

/** An import at the top level, with UTF-16 offsets of the module's name. */
export interface PyImport {
  /** As written, with the dots of a relative one: `os.path`, `.models`, `..`. */
  readonly module: string;
  /** The names of `from X import a, b`; undefined for `import X`, and for a star. */
  readonly names: readonly PyImportedName[] | undefined;
  /** What `import X as y` binds. */
  readonly alias: string | undefined;
  /** It stands in no branch, so it runs whenever the module is imported. */
  readonly certain: boolean;
  readonly start: number;
  readonly end: number;
}

/** What a body binds and calls. */
export interface Bound {
  readonly statements: readonly PyStatement[];
  readonly imports: readonly PyImport[];
  readonly functions: readonly PyFunction[];
  readonly classes: readonly PyClass[];
}

/** What is being read. */
export interface Lowered {
  readonly statements: PyStatement[];
  readonly imports: PyImport[];
  readonly functions: PyFunction[];
  readonly classes: PyClass[];
}

/**
 * Reads a statement.
 * @param certain whether it runs whenever the module is imported.
 * @param under the conditions that alone decide whether it runs; undefined where something else does.
 */
export function lower(node: Node, certain: boolean, into: Lowered, under?: readonly PyCondition[]): void {
  switch (node.type) {
    case 'expression_statement':
      for (const it of node.namedChildren) if (it) lowerExpression(it, certain, into, certain ? [] : under);
      return;
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      lowerImport(node, certain, into);
      return;
    case 'function_definition':
      bind(node.childForFieldName('name'), certain, into, { shape: shapeOf(node) });
      into.functions.push(functionOf(node, [], certain));
      return;
    case 'class_definition':
      bind(node.childForFieldName('name'), certain, into);
      into.classes.push(classOf(node, false));
      return;
    case 'decorated_definition': {
      const definition = node.childForFieldName('definition');
      bind(definition?.childForFieldName('name') ?? null, certain, into);
      const by = node.namedChildren.filter((it) => it?.type === 'decorator') as Node[];
      if (definition?.type === 'function_definition') into.functions.push(functionOf(definition, by, certain));
      if (definition?.type === 'class_definition') into.classes.push(classOf(definition, true));
      return;
    }
    case 'type_alias_statement': {
      // type Pair[T] = tuple[T, T]
      const left = node.namedChildren[0];
      const [name] = left?.descendantsOfType('identifier') ?? [];
      bind(name ?? left ?? null, certain, into);
      return;
    }
    case 'if_statement': {
      // What only a script does is not there when it is imported.
      const body = isMainCheck(node) ? node.childForFieldName('consequence') : null;
      lowerBranches(node, into, body, certain ? [] : under);
      return;
    }
    case 'with_statement':
    case 'try_statement':
    case 'for_statement':
    case 'while_statement':
    case 'match_statement':
      lowerInside(node, into);
      return;
    default:
  }
}

/** `if __name__ == "__main__":`. */
function isMainCheck(node: Node): boolean {
  const condition = node.childForFieldName('condition')?.text ?? '';
  return /^\(?\s*(?:__name__\s*==\s*(["'])__main__\1|(["'])__main__\2\s*==\s*__name__)\s*\)?$/.test(condition);
}

/** The branches of an `if`, each under its own condition and against those before it. */
function lowerBranches(node: Node, into: Lowered, without: Node | null, under?: readonly PyCondition[]): void {
  let before = under;
  const branch = (part: Node, test: Node | null) => {
    const condition = test ? expressionOf(test) : undefined;
    const here = condition && before && [...before, { test: condition, holds: true }];
    const body = part.childForFieldName(part.type === 'else_clause' ? 'body' : 'consequence');
    for (const it of body?.namedChildren ?? [])
      if (it && !without?.equals(body!)) lower(it, false, into, test ? here : before);
    before = condition && before && [...before, { test: condition, holds: false }];
  };
  branch(node, node.childForFieldName('condition'));
  for (const it of node.namedChildren)
    if (it && /^(?:elif|else)_clause$/.test(it.type)) branch(it, it.childForFieldName('condition'));
}

/** Whatever a branch may bind; a loop's own names too. */
function lowerInside(node: Node, into: Lowered, without: Node | null = null): void {
  if (node.type === 'for_statement') bindTargets(node.childForFieldName('left'), false, into);
  for (const child of node.namedChildren) {
    if (!child || (without && child.equals(without))) continue;
    if (/_clause$|^block$|^with_item$|^as_pattern/.test(child.type)) lowerInside(child, into);
    else if (child.type === 'as_pattern_target') bindTargets(child, false, into);
    else lower(child, false, into);
  }
}

function lowerExpression(node: Node, certain: boolean, into: Lowered, under?: readonly PyCondition[]): void {
  if (node.type === 'assignment') {
    const left = node.childForFieldName('left');
    const right = node.childForFieldName('right');
    if (!left || !right) return;
    let value = right;
    // A = B = 1
    while (value.type === 'assignment') {
      const inner = value.childForFieldName('left');
      if (inner) bindTargets(inner, certain, into);
      const next = value.childForFieldName('right');
      if (!next) return;
      value = next;
    }
    if (left.type === 'identifier' && certain)
      into.statements.push({
        kind: 'assign',
        name: left.text,
        value: expressionOf(value),
        start: left.startIndex,
        end: value.endIndex,
      });
    else if (left.type === 'identifier' && under)
      bind(left, certain, into, { change: { operator: '=', value: expressionOf(value), under } });
    else bindTargets(left, certain, into);
  } else if (node.type === 'augmented_assignment') {
    const [left, right] = [node.childForFieldName('left'), node.childForFieldName('right')];
    const adds = node.childForFieldName('operator')?.text === '+=';
    if (left?.type === 'identifier' && right && adds && under)
      bind(left, false, into, { change: { operator: '+=', value: expressionOf(right), under } });
    else bindTargets(left, false, into);
  } else {
    const { startIndex: start, endIndex: end } = node;
    into.statements.push({ kind: 'expression', value: expressionOf(node), certain, start, end });
  }
}

function lowerImport(node: Node, certain: boolean, into: Lowered): void {
  const from = node.childForFieldName('module_name');
  importOf(node, from, certain, into);
  for (const child of node.namedChildren) {
    if (!child || child.equals(from ?? node)) continue;
    if (child.type === 'wildcard_import') into.statements.push({ kind: 'star', module: from?.text ?? '' });
    else if (child.type === 'aliased_import') bind(child.childForFieldName('alias'), certain, into);
    // `import a.b` binds a.
    else if (child.type === 'dotted_name') bind(child.namedChildren[0] ?? null, certain, into);
  }
}

function importOf(node: Node, from: Node | null, certain: boolean, into: Lowered): void {
  const imported = node.namedChildren.filter((it) => it && !it.equals(from ?? node)) as Node[];
  const named = imported.flatMap((it) => {
    const name = it.type === 'aliased_import' ? it.childForFieldName('name') : it;
    return name ? [{ name, alias: it.childForFieldName('alias')?.text }] : [];
  });
  const place = (it: Node) => ({ start: it.startIndex, end: it.endIndex });
  if (node.type === 'future_import_statement') return;
  if (from) {
    const names = named
      .filter((it) => it.name.type === 'dotted_name')
      .map(({ name, alias }) => ({ text: name.text, alias, ...place(name) }));
    const star = imported.some((it) => it.type === 'wildcard_import');
    into.imports.push({
      module: from.text,
      names: star ? undefined : names,
      alias: undefined,
      certain,
      ...place(from),
    });
  } else
    for (const { name, alias } of named)
      into.imports.push({ module: name.text, names: undefined, alias, certain, ...place(name) });
}

function bindTargets(node: Node | null, certain: boolean, into: Lowered): void {
  if (!node) return;
  if (node.type === 'identifier') bind(node, certain, into);
  // a.b = 1 and a[0] = 1 change a; what it holds then is not known.
  else if (node.type === 'attribute' || node.type === 'subscript')
    bindTargets(node.namedChildren[0] ?? null, false, into);
  else for (const child of node.namedChildren) bindTargets(child, certain, into);
}

/** Binds a name, to nothing that is looked at but `more`. */
export function bind(
  node: Node | null,
  certain: boolean,
  into: Lowered,
  more: { readonly shape?: PyShape; readonly change?: PyChange } = {},
): void {
  if (!node) return;
  const at = { name: node.text, certain, start: node.startIndex, end: node.endIndex };
  into.statements.push({ kind: 'bound', ...at, ...more });
}

function shapeOf(node: Node): PyShape {
  const given = node.childForFieldName('parameters')?.namedChildren ?? [];
  const plain = given.every((it) => it?.type === 'identifier' || it?.type === 'typed_parameter');
  const starred = given.some((it) => it?.text.startsWith('*'));
  // What follows `*` or `*args` is given by name only, and so is `**more`.
  const positional = given.filter((it) => !/^(?:dictionary_splat|positional_separator|comment)/.test(it?.type ?? ''));
  const most = starred && given.some((it) => /^\*(?!\*)/.test(it?.text ?? '')) ? undefined : positional.length;
  const takes = plain && !starred ? given.length : undefined;
  return { isAsync: node.children[0]?.type === 'async', takes, most };
}

function parametersOf(node: Node): PyParameter[] {
  return (node.childForFieldName('parameters')?.namedChildren ?? []).flatMap((it): PyParameter[] => {
    const name = it?.childForFieldName('name')?.text ?? it?.namedChildren[0]?.text ?? it?.text;
    if (!it || !name || !/^(?:identifier|(?:typed_|default_|typed_default_)parameter)$/.test(it.type)) return [];
    const plain = it.type === 'identifier' ? it.text : name;
    const type = it.childForFieldName('type')?.text;
    return /^[*]/.test(plain) ? [] : [{ name: plain, type, optional: /default/.test(it.type) }];
  });
}

/** `if not request.is_secure: return redirect(..., code=301)`: 302 unless it says otherwise. */
function tlsRedirect(text: string): number | undefined {
  if (!/\bredirect\(/.test(text) || !/\bnot\s+request\.is_secure\b/.test(text)) return undefined;
  return Number(/\bredirect\([^\n]*?\b(30[12378])\b/.exec(text)?.[1] ?? 302);
}

function functionOf(node: Node, by: readonly Node[], certain: boolean): PyFunction {
  const block = node.childForFieldName('body');
  const body = block?.namedChildren ?? [];
  const makesApp = /\bFlask\(/.test(node.text);
  const inner: Lowered = { statements: [], imports: [], functions: [], classes: [] };
  for (const it of makesApp ? body : []) if (it) lower(it, true, inner);
  return {
    name: node.childForFieldName('name')?.text ?? '',
    ...(makesApp && { inner }),
    decorators: by.flatMap((it) => (it.namedChildren[0] ? [expressionOf(it.namedChildren[0])] : [])),
    parameters: parametersOf(node),
    sleeps: body.reduce((sum, it) => sum + sleepOf(it), 0),
    certain,
    answer: block ? answerOf(block) : undefined,
    view: block ? viewOf(block) : undefined,
    tlsRedirect: tlsRedirect(node.text),
  };
}

function classOf(node: Node, decorated: boolean): PyClass {
  const body: Lowered = { statements: [], imports: [], functions: [], classes: [] };
  for (const it of node.childForFieldName('body')?.namedChildren ?? []) if (it) lower(it, true, body);
  const bases = node.childForFieldName('superclasses')?.namedChildren ?? [];
  return {
    name: node.childForFieldName('name')?.text ?? '',
    bases: bases.flatMap((it) => (it ? [expressionOf(it)] : [])),
    decorated,
    body,
  };
}
