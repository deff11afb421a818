/**
 * A Python module with the bodies of its functions as plain data, for whoever wants to know what comes of calling one.
 * Read only when asked for: most questions need no more than pythonModule tells.
 */
import type { Node } from 'web-tree-sitter';
import { parseTree } from './parsers.js';
import { type PyTerm, termOf } from './pythonTerm.js';

export interface PyParameter {
  readonly name: string;
  readonly byDefault: PyTerm | undefined;
}

export interface PyProcedure {
  readonly name: string;
  readonly isAsync: boolean;
  /** Undefined where stars leave open what it takes. */
  readonly parameters: readonly PyParameter[] | undefined;
  readonly body: readonly PyStep[];
  /** It yields, so its body runs when somebody asks for the first value. */
  readonly yields: boolean;
}

export interface PyHandler {
  /** Names of the exceptions; none where it takes all. */
  readonly names: readonly string[];
  readonly binds: string | undefined;
  readonly body: readonly PyStep[];
}

/** Statements; what is none of these is `other`. */
export type PyStep =
  | { readonly kind: 'assign'; readonly to: readonly PyTarget[]; readonly value: PyTerm }
  | { readonly kind: 'augment'; readonly to: PyTarget; readonly operator: string; readonly value: PyTerm }
  | { readonly kind: 'evaluate' | 'return' | 'yield'; readonly value: PyTerm }
  | { readonly kind: 'raise'; readonly name: string; readonly text: string }
  | { readonly kind: 'assert'; readonly condition: PyTerm }
  | {
      readonly kind: 'if';
      readonly condition: PyTerm;
      readonly body: readonly PyStep[];
      readonly or: readonly PyStep[];
    }
  | { readonly kind: 'for'; readonly to: PyTarget; readonly over: PyTerm; readonly body: readonly PyStep[] }
  | {
      readonly kind: 'try';
      readonly body: readonly PyStep[];
      readonly handlers: readonly PyHandler[];
      readonly or: readonly PyStep[];
      readonly last: readonly PyStep[];
    }
  | { readonly kind: 'with'; readonly items: readonly PyTerm[]; readonly body: readonly PyStep[] }
  | { readonly kind: 'define'; readonly procedure: PyProcedure; readonly decorated: boolean }
  /** `module` undefined for a class, a del: a name with nothing known in it. */
  | { readonly kind: 'bind'; readonly name: string; readonly module?: string }
  | { readonly kind: 'global'; readonly names: readonly string[] }
  | { readonly kind: 'break' | 'continue' | 'pass' | 'other' };

export type PyTarget =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'item'; readonly of: PyTerm; readonly key: PyTerm }
  | { readonly kind: 'several'; readonly targets: readonly PyTarget[] }
  | { readonly kind: 'other' };

/** The statements of a whole module. Never fails. */
export function parseProcedures(text: string): readonly PyStep[] {
  const tree = parseTree('python', text);
  try {
    return tree.rootNode.hasError ? [{ kind: 'other' }] : stepsOf(tree.rootNode);
  } finally {
    tree.delete();
  }
}

const children = (node: Node): Node[] =>
  node.namedChildren.filter((it): it is Node => it !== null && it.type !== 'comment');

const stepsOf = (block: Node | null): PyStep[] => (block ? children(block).flatMap(stepOf) : []);

function term(node: Node | null | undefined): PyTerm {
  return node ? termOf(node) : { kind: 'none' };
}

function stepOf(node: Node): PyStep[] {
  switch (node.type) {
    case 'expression_statement':
      return expressionStep(children(node));
    case 'return_statement':
      return [{ kind: 'return', value: term(children(node)[0]) }];
    case 'raise_statement': {
      const name = /^raise\s+(?:\w+\.)*(\w+)/.exec(node.text)?.[1] ?? '';
      return [{ kind: 'raise', name, text: node.text.split('\n')[0]! }];
    }
    case 'assert_statement':
      return [{ kind: 'assert', condition: term(children(node)[0]) }];
    case 'if_statement':
      return [
        ifOf(
          node,
          node.childrenForFieldName('alternative').filter((it): it is Node => it !== null),
        ),
      ];
    case 'for_statement':
      if (node.childForFieldName('alternative') || node.children[0]?.type === 'async') return [{ kind: 'other' }];
      return [
        {
          kind: 'for',
          to: targetOf(node.childForFieldName('left')),
          over: term(node.childForFieldName('right')),
          body: stepsOf(node.childForFieldName('body')),
        },
      ];
    case 'try_statement':
      return [tryOf(node)];
    case 'with_statement':
      return withOf(node);
    case 'function_definition':
      return [{ kind: 'define', procedure: procedureOf(node), decorated: false }];
    case 'decorated_definition': {
      const definition = node.childForFieldName('definition');
      if (definition?.type === 'function_definition')
        return [{ kind: 'define', procedure: procedureOf(definition), decorated: true }];
      return [{ kind: 'bind', name: definition?.childForFieldName('name')?.text ?? '' }];
    }
    case 'class_definition':
      return [{ kind: 'bind', name: node.childForFieldName('name')?.text ?? '' }];
    case 'import_statement':
    case 'import_from_statement':
      return importsOf(node);
    case 'global_statement':
      return [{ kind: 'global', names: children(node).map((it) => it.text) }];
    case 'match_statement':
      return [matchOf(node)];
    case 'break_statement':
      return [{ kind: 'break' }];
    case 'continue_statement':
      return [{ kind: 'continue' }];
    case 'pass_statement':
    case 'future_import_statement':
      return [{ kind: 'pass' }];
    default:
      return [{ kind: 'other' }];
  }
}

function expressionStep(parts: readonly Node[]): PyStep[] {
  const [it] = parts;
  if (!it || parts.length > 1) return [{ kind: 'other' }];
  if (it.type === 'assignment') {
    const to: PyTarget[] = [];
    let value: Node | null = it;
    while (value?.type === 'assignment') {
      to.push(targetOf(value.childForFieldName('left')));
      value = value.childForFieldName('right');
    }
    // `name: str` alone binds nothing.
    return value ? [{ kind: 'assign', to, value: term(value) }] : [{ kind: 'pass' }];
  }
  if (it.type === 'augmented_assignment') {
    const operator = it.childForFieldName('operator')?.text.replace(/=$/, '') ?? '';
    const to = targetOf(it.childForFieldName('left'));
    return [{ kind: 'augment', to, operator, value: term(it.childForFieldName('right')) }];
  }
  if (it.type === 'yield') {
    const from = it.children.some((one) => one?.type === 'from');
    return [from ? { kind: 'other' } : { kind: 'yield', value: term(children(it)[0]) }];
  }
  return [{ kind: 'evaluate', value: term(it) }];
}

/** `elif` is an `if` in the `else` of the one before it. */
function ifOf(node: Node, rest: readonly Node[]): PyStep {
  const [next, ...more] = rest;
  const or = !next ? [] : next.type === 'elif_clause' ? [ifOf(next, more)] : stepsOf(next.childForFieldName('body'));
  const body = stepsOf(node.childForFieldName('consequence'));
  return { kind: 'if', condition: term(node.childForFieldName('condition')), body, or };
}

function tryOf(node: Node): PyStep {
  const parts = children(node);
  const blockOf = (it: Node | undefined) => (it ? stepsOf(children(it).at(-1) ?? null) : []);
  if (parts.some((it) => it.type === 'except_group_clause')) return { kind: 'other' };
  const handlers = parts.flatMap((it): PyHandler[] => {
    if (it.type !== 'except_clause') return [];
    const [caught] = children(it).filter((one) => one.type !== 'block');
    const kinds = caught?.type === 'as_pattern' ? children(caught)[0] : caught;
    const binds = caught?.type === 'as_pattern' ? caught.childForFieldName('alias')?.text : undefined;
    const all = kinds?.type === 'tuple' ? children(kinds) : kinds ? [kinds] : [];
    return [{ names: all.map((one) => one.text.split('.').at(-1)!), binds, body: blockOf(it) }];
  });
  return {
    kind: 'try',
    body: stepsOf(node.childForFieldName('body')),
    handlers,
    or: blockOf(parts.find((it) => it.type === 'else_clause')),
    last: blockOf(parts.find((it) => it.type === 'finally_clause')),
  };
}

function withOf(node: Node): PyStep[] {
  const clause = children(node).find((it) => it.type === 'with_clause');
  const values = (clause ? children(clause) : []).map((it) => it.childForFieldName('value'));
  const bound = values.flatMap((it): PyStep[] => {
    const alias = it?.type === 'as_pattern' ? it.childForFieldName('alias')?.text : undefined;
    return alias === undefined ? [] : [{ kind: 'bind', name: alias }];
  });
  const items = values.map((it) => term(it?.type === 'as_pattern' ? children(it)[0] : it));
  return [{ kind: 'with', items, body: [...bound, ...stepsOf(node.childForFieldName('body'))] }];
}

/** Cases of literal strings and numbers, and the one that takes the rest, as a chain of comparisons. */
function matchOf(node: Node): PyStep {
  const subject = term(node.childForFieldName('subject'));
  const cases = children(node.childForFieldName('body') ?? node).filter((it) => it.type === 'case_clause');
  let rest: PyStep[] = [];
  for (const it of cases.toReversed()) {
    const body = stepsOf(it.childForFieldName('consequence'));
    const [pattern, ...more] = children(it).filter((one) => one.type === 'case_pattern');
    const [inner] = pattern ? children(pattern) : [];
    if (!pattern || more.length > 0 || it.childForFieldName('guard')) return { kind: 'other' };
    if (!inner && pattern.text === '_') {
      rest = body;
      continue;
    }
    const options = inner?.type === 'union_pattern' ? children(inner) : inner ? [inner] : [];
    if (options.length === 0 || options.some((one) => !/^(?:string|integer)$/.test(one.type))) return { kind: 'other' };
    const among: PyTerm = { kind: 'list', items: options.map(termOf) };
    const condition: PyTerm = { kind: 'compare', first: subject, rest: [{ operator: 'in', value: among }] };
    rest = [{ kind: 'if', condition, body, or: rest }];
  }
  return rest[0]?.kind === 'if' ? rest[0] : { kind: 'other' };
}

function importsOf(node: Node): PyStep[] {
  const from = node.childForFieldName('module_name');
  if (children(node).some((it) => it.type === 'wildcard_import')) return [{ kind: 'pass' }];
  return node.childrenForFieldName('name').flatMap((it): PyStep[] => {
    if (!it) return [];
    const named = (it.type === 'aliased_import' ? it.childForFieldName('name')?.text : it.text) ?? '';
    const alias = it.type === 'aliased_import' ? it.childForFieldName('alias')?.text : undefined;
    if (from) return [{ kind: 'bind', name: alias ?? named, module: `${from.text}.${named}` }];
    // `import a.b` binds a.
    const top = named.split('.')[0]!;
    return [{ kind: 'bind', name: alias ?? top, module: alias === undefined ? top : named }];
  });
}

function targetOf(node: Node | null): PyTarget {
  switch (node?.type) {
    case 'identifier':
      return { kind: 'name', name: node.text };
    case 'pattern_list':
    case 'tuple_pattern':
    case 'list_pattern':
      return { kind: 'several', targets: children(node).map(targetOf) };
    case 'subscript': {
      const keys = node.childrenForFieldName('subscript');
      const of = node.childForFieldName('value');
      return keys.length === 1 && of ? { kind: 'item', of: termOf(of), key: term(keys[0]) } : { kind: 'other' };
    }
    default:
      return { kind: 'other' };
  }
}

function procedureOf(node: Node): PyProcedure {
  const block = node.childForFieldName('body');
  const given = node.childForFieldName('parameters');
  const parameters = (given ? children(given) : []).map((it): PyParameter | undefined => {
    const name = it.type === 'identifier' ? it.text : (it.childForFieldName('name')?.text ?? children(it)[0]?.text);
    if (!/^(?:identifier|typed_parameter|default_parameter|typed_default_parameter)$/.test(it.type)) return undefined;
    const value = it.childForFieldName('value');
    return name === undefined || name.startsWith('*')
      ? undefined
      : { name, byDefault: value ? termOf(value) : undefined };
  });
  return {
    name: node.childForFieldName('name')?.text ?? '',
    isAsync: node.children[0]?.type === 'async',
    parameters: parameters.every((it) => it !== undefined) ? parameters : undefined,
    body: stepsOf(block),
    yields: block ? yieldsIn(block) : false,
  };
}

function yieldsIn(node: Node): boolean {
  return children(node).some(
    (it) => it.type === 'yield' || (!/^(?:function_definition|lambda|class_definition)$/.test(it.type) && yieldsIn(it)),
  );
}

/** The names that statements give a value. */
export function namesBoundIn(body: readonly PyStep[]): string[] {
  const names = (to: PyTarget): string[] =>
    to.kind === 'name' ? [to.name] : to.kind === 'several' ? to.targets.flatMap(names) : [];
  return body.flatMap((it): string[] => {
    if (it.kind === 'assign') return it.to.flatMap(names);
    if (it.kind === 'augment') return names(it.to);
    if (it.kind === 'if') return [...namesBoundIn(it.body), ...namesBoundIn(it.or)];
    if (it.kind === 'for') return [...names(it.to), ...namesBoundIn(it.body)];
    if (it.kind === 'with') return namesBoundIn(it.body);
    return it.kind === 'try'
      ? namesBoundIn([...it.body, ...it.or, ...it.last, ...it.handlers.flatMap((h) => h.body)])
      : [];
  });
}
