/**
 * The top level of a Python file as plain data: what is bound there, in order. Expressions are kept as far as their
 * value can follow from the text. Nothing is run.
 */

import type { Node } from 'web-tree-sitter';
import { parseTree } from './parsers.js';
import { expressionOf, type PyExpression } from './pythonExpression.js';
import { indentationFault } from './pythonIndentation.js';
import { type PyLoad, unboundIn } from './pythonLoads.js';
import { answerOf, type PyAnswer, type PyStop, stopOf } from './pythonOutcome.js';
import { type PyView, sleepOf, viewOf } from './pythonViews.js';

export type { PyExpression } from './pythonExpression.js';

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

export interface PyShape {
  readonly isAsync: boolean;
  /** How many positional arguments it takes; undefined where `*args` or defaults leave that open. */
  readonly takes: number | undefined;
  /** How many it takes at most; undefined where `*args` leaves that open. */
  readonly most: number | undefined;
}

/** A function at the top level, with what decorates it. */
export interface PyFunction {
  readonly name: string;
  readonly decorators: readonly PyExpression[];
  /** Seconds that it sleeps whenever it is called: `time.sleep(5)` outside of any branch. */
  readonly sleeps: number;
  /** Whether it stands in no branch. */
  readonly certain: boolean;
  /** What it answers to everything, where that is no success. */
  readonly answer: PyAnswer | undefined;
  /** Undefined for a body that could not be read. */
  readonly view: PyView | undefined;
  /** What its body binds and calls, of a function that makes a Flask app. */
  readonly inner?: Pick<PyModule, 'statements' | 'imports' | 'functions'> | undefined;
  /** It looks whether the request came over TLS, and redirects with this status. */
  readonly tlsRedirect: number | undefined;
}

/** A variable of the environment without which the module cannot be imported: `os.environ['NAME']` outside of any branch, or a check that raises. */
export interface PyRequired {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** An import at the top level, with UTF-16 offsets of the module's name. */
export interface PyImport {
  /** As written, with the dots of a relative one: `os.path`, `.models`, `..`. */
  readonly module: string;
  /** The names of `from X import a, b`; undefined for `import X`, and for a star. */
  readonly names: readonly { readonly text: string; readonly start: number; readonly end: number }[] | undefined;
  /** It stands in no branch, so it runs whenever the module is imported. */
  readonly certain: boolean;
  readonly start: number;
  readonly end: number;
}

export interface PyModule {
  readonly statements: readonly PyStatement[];
  readonly imports: readonly PyImport[];
  readonly functions: readonly PyFunction[];
  /** What `app.wsgi_app` is wrapped in. */
  readonly wrappers: readonly string[];
  readonly required: readonly PyRequired[];
  /** Variables of the environment that it may set itself; `any` where it reads them from a file: load_dotenv(). */
  readonly setsEnvironment: readonly string[] | 'any';
  /** What it sets in the environment outside of any branch: `os.environ['NAME'] = 'value'`. */
  readonly sets: ReadonlyMap<string, string>;
  /** Where it stops while it is imported. */
  readonly stop: PyStop | undefined;
  /** It makes folders somewhere: os.makedirs(), Path.mkdir(). */
  readonly makesFolders: boolean;
  /** Names that are looked up at the top level for certain, and that the module itself binds nowhere. */
  readonly unbound: readonly PyLoad[];
  /** The parser met something that it could not read; then nothing may be said of what is missing. */
  readonly hasError: boolean;
  /** It reaches for its own dictionary of names, so it may bind any name. */
  readonly isDynamic: boolean;
  /** The first place that is no Python, in UTF-16 offsets. */
  readonly error: { readonly start: number; readonly end: number; readonly line: number } | undefined;
}

/** Parses a Python file. Never fails; a broken text gives what could be read. */
export function parsePython(text: string): PyModule {
  const tree = parseTree('python', text);
  try {
    const statements: PyStatement[] = [];
    const imports: PyImport[] = [];
    const required: PyRequired[] = [];
    const functions: PyFunction[] = [];
    const into: Lowered = { statements, imports, functions };
    const asks = /\benviron\s*\[/.test(text);
    for (const child of tree.rootNode.namedChildren) {
      if (!child) continue;
      lower(child, true, into);
      if (asks && child.type === 'expression_statement') requiredIn(child, required);
      if (child.type === 'if_statement') demandedIn(child, required);
    }
    // `global app` in a function that the module calls.
    if (/\bglobal\b/.test(text))
      for (const it of tree.rootNode.descendantsOfType('global_statement'))
        for (const name of it?.namedChildren ?? []) bind(name, false, into);
    if (text.includes(':='))
      for (const it of tree.rootNode.descendantsOfType('named_expression'))
        bind(it?.childForFieldName('name') ?? null, false, into);
    const { hasError } = tree.rootNode;
    const bound = new Set(statements.flatMap((it) => ('name' in it ? [it.name] : [])));
    const top = tree.rootNode.namedChildren.filter((it): it is Node => it !== null);
    const unbound = hasError ? [] : top.flatMap((it) => unboundIn(it, bound));
    const isDynamic = /\b(?:(?:globals|locals|vars)\(\)|sys\.modules\b|exec\()/.test(text);
    const setsEnvironment: PyModule['setsEnvironment'] = SETS_ANY.test(text)
      ? 'any'
      : [...text.matchAll(SETS_ONE)].map((it) => (it[1] ?? it[2])!);
    const wrappers = [...text.matchAll(/\.wsgi_app\s*=\s*([\w.]+)/g)].map((it) => it[1]!.split('.').at(-1)!);
    const sets = new Map([...text.matchAll(SETS_OUTRIGHT)].map((it): [string, string] => [it[1]!, it[2]!]));
    const makesFolders = /\b(?:makedirs|mkdir)\(/.test(text);
    const stop = stopOf(tree.rootNode);
    const facts = {
      stop,
      sets,
      makesFolders,
      statements,
      imports,
      functions,
      wrappers,
      required,
      setsEnvironment,
      isDynamic,
      hasError,
      unbound,
    };
    return { ...facts, error: hasError ? firstError(tree.rootNode) : indentationFault(text) };
  } finally {
    tree.delete();
  }
}

const SETS_ANY =
  /dotenv|read_env|load_env|putenv|\benviron\s*(?:\.\s*(?:update|setdefault\(\s*[^\s'"])|\[\s*[^'"\]]+\]\s*=[^=]|=|\|=)/;
const SETS_ONE = /\benviron\s*(?:\.\s*setdefault\(\s*['"](\w+)|\[\s*['"](\w+)['"]\s*\]\s*=(?!=))/g;

const SETS_OUTRIGHT = /^(?:os\.)?environ\[\s*['"](\w+)['"]\s*\]\s*=\s*['"]([^'"\\\n]*)['"]\s*(?:#.*)?$/gm;

/** What an expression looks up whenever it is evaluated: not what a lambda, a condition or an `or` puts off. */
function requiredIn(node: Node, into: PyRequired[]): void {
  if (/^(?:lambda|conditional_expression|boolean_operator|.*comprehension|generator_expression)$/.test(node.type))
    return;
  if (node.type === 'subscript') {
    const [of, key] = node.namedChildren;
    const text = key?.type === 'string' ? /^["'](\w+)["']$/.exec(key.text)?.[1] : undefined;
    if (text !== undefined && (of?.text === 'os.environ' || of?.text === 'environ'))
      into.push({ name: text, start: node.startIndex, end: node.endIndex });
  }
  for (const child of node.namedChildren) if (child) requiredIn(child, into);
}

/** `if not os.environ.get('X'): raise ...`: a variable that somebody looks for at once, and gives up without. */
function demandedIn(node: Node, into: PyRequired[]): void {
  const condition = node.childForFieldName('condition');
  const found =
    /^not\s+(?:os\.)?(?:environ\.get|getenv)\(\s*["'](\w+)["']\s*\)$/.exec(condition?.text ?? '') ??
    /^["'](\w+)["']\s+not\s+in\s+(?:os\.)?environ$/.exec(condition?.text ?? '') ??
    /^(?:os\.)?(?:environ\.get|getenv)\(\s*["'](\w+)["']\s*\)\s+is\s+None$/.exec(condition?.text ?? '');
  const body = node.childForFieldName('consequence')?.namedChildren ?? [];
  const ends = body.some((it) => it?.type === 'raise_statement' || /^sys\.exit\(/.test(it?.text ?? ''));
  if (condition && found && ends) into.push({ name: found[1]!, start: condition.startIndex, end: condition.endIndex });
}

interface Lowered {
  readonly statements: PyStatement[];
  readonly imports: PyImport[];
  readonly functions: PyFunction[];
}

/** The innermost first node that the parser had to skip or to make up. */
function firstError(node: Node): PyModule['error'] {
  for (let at = node; ; ) {
    const next = at.isError ? undefined : at.children.find((it) => it && (it.hasError || it.isMissing));
    if (!next) return { start: at.startIndex, end: at.endIndex, line: at.startPosition.row + 1 };
    at = next;
  }
}

function lower(node: Node, certain: boolean, into: Lowered): void {
  switch (node.type) {
    case 'expression_statement':
      for (const it of node.namedChildren) if (it) lowerExpression(it, certain, into);
      return;
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      lowerImport(node, certain, into);
      return;
    case 'function_definition':
      bind(node.childForFieldName('name'), certain, into, shapeOf(node));
      into.functions.push(functionOf(node, [], certain));
      return;
    case 'class_definition':
      bind(node.childForFieldName('name'), certain, into);
      return;
    case 'decorated_definition': {
      const definition = node.childForFieldName('definition');
      bind(definition?.childForFieldName('name') ?? null, certain, into);
      const by = node.namedChildren.filter((it) => it?.type === 'decorator') as Node[];
      if (definition?.type === 'function_definition') into.functions.push(functionOf(definition, by, certain));
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
      lowerInside(node, into, body);
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

function lowerExpression(node: Node, certain: boolean, into: Lowered): void {
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
    else bindTargets(left, certain, into);
  } else if (node.type === 'augmented_assignment') bindTargets(node.childForFieldName('left'), false, into);
  else {
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
  const named = imported.flatMap((it) => (it.type === 'aliased_import' ? (it.childForFieldName('name') ?? []) : it));
  const place = (it: Node) => ({ start: it.startIndex, end: it.endIndex });
  if (node.type === 'future_import_statement') return;
  if (from) {
    const names = named.filter((it) => it.type === 'dotted_name').map((it) => ({ text: it.text, ...place(it) }));
    const star = imported.some((it) => it.type === 'wildcard_import');
    into.imports.push({ module: from.text, names: star ? undefined : names, certain, ...place(from) });
  } else for (const it of named) into.imports.push({ module: it.text, names: undefined, certain, ...place(it) });
}

function bindTargets(node: Node | null, certain: boolean, into: Lowered): void {
  if (!node) return;
  if (node.type === 'identifier') bind(node, certain, into);
  // a.b = 1 and a[0] = 1 change a; what it holds then is not known.
  else if (node.type === 'attribute' || node.type === 'subscript')
    bindTargets(node.namedChildren[0] ?? null, false, into);
  else for (const child of node.namedChildren) bindTargets(child, certain, into);
}

function bind(node: Node | null, certain: boolean, into: Lowered, shape?: PyShape): void {
  if (!node) return;
  const at = { name: node.text, certain, start: node.startIndex, end: node.endIndex };
  into.statements.push({ kind: 'bound', ...at, ...(shape && { shape }) });
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

/** `if not request.is_secure: return redirect(..., code=301)`: 302 unless it says otherwise. */
function tlsRedirect(text: string): number | undefined {
  if (!/\bredirect\(/.test(text) || !/\bnot\s+request\.is_secure\b/.test(text)) return undefined;
  return Number(/\bredirect\([^\n]*?\b(30[12378])\b/.exec(text)?.[1] ?? 302);
}

function functionOf(node: Node, by: readonly Node[], certain: boolean): PyFunction {
  const block = node.childForFieldName('body');
  const body = block?.namedChildren ?? [];
  const makesApp = /\bFlask\(/.test(node.text);
  const inner: Lowered = { statements: [], imports: [], functions: [] };
  for (const it of makesApp ? body : []) if (it) lower(it, true, inner);
  return {
    name: node.childForFieldName('name')?.text ?? '',
    ...(makesApp && { inner }),
    decorators: by.flatMap((it) => (it.namedChildren[0] ? [expressionOf(it.namedChildren[0])] : [])),
    sleeps: body.reduce((sum, it) => sum + sleepOf(it), 0),
    certain,
    answer: block ? answerOf(block) : undefined,
    view: block ? viewOf(block) : undefined,
    tlsRedirect: tlsRedirect(node.text),
  };
}
