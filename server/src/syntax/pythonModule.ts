/**
 * The top level of a Python file as plain data: what is bound there, in order. Expressions are kept as far as their
 * value can follow from the text. Nothing is run.
 */

import type { Node } from 'web-tree-sitter';
import { parseTree } from './parsers.js';
import { indentationFault } from './pythonIndentation.js';
import { type PyLoad, unboundIn } from './pythonLoads.js';
import { type PyStop, stopOf } from './pythonOutcome.js';
import {
  bind,
  type Lowered,
  lower,
  type PyClass,
  type PyFunction,
  type PyImport,
  type PyStatement,
} from './pythonStatements.js';

export type { PyExpression } from './pythonExpression.js';
export type { PyChange, PyClass, PyFunction, PyImport, PyStatement } from './pythonStatements.js';

/** A variable of the environment without which the module cannot be imported: `os.environ['NAME']` outside of any branch, or a check that raises. */
export interface PyRequired {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface PyModule {
  readonly statements: readonly PyStatement[];
  readonly imports: readonly PyImport[];
  readonly functions: readonly PyFunction[];
  readonly classes: readonly PyClass[];
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
    const classes: PyClass[] = [];
    const into: Lowered = { statements, imports, functions, classes };
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
      classes,
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

/** The innermost first node that the parser had to skip or to make up. */
function firstError(node: Node): PyModule['error'] {
  for (let at = node; ; ) {
    const next = at.isError ? undefined : at.children.find((it) => it && (it.hasError || it.isMissing));
    if (!next) return { start: at.startIndex, end: at.endIndex, line: at.startPosition.row + 1 };
    at = next;
  }
}
