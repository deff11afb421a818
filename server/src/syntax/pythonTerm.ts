/** Expressions of Python as plain data, whole enough to be worked out where the names in them are known. */
import type { Node } from 'web-tree-sitter';

export type PyTerm =
  | { readonly kind: 'string' | 'bytes'; readonly text: string }
  /** An f-string, or literals beside each other. */
  | { readonly kind: 'joined'; readonly parts: readonly PyTerm[] }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'name'; readonly name: string }
  /** A list, a tuple or a set. */
  | { readonly kind: 'list'; readonly items: readonly PyTerm[] }
  | { readonly kind: 'dict'; readonly entries: readonly { readonly key: PyTerm; readonly value: PyTerm }[] }
  | { readonly kind: 'attribute'; readonly of: PyTerm; readonly name: string }
  | { readonly kind: 'item'; readonly of: PyTerm; readonly key: PyTerm }
  | { readonly kind: 'slice'; readonly of: PyTerm; readonly from: PyTerm | undefined; readonly to: PyTerm | undefined }
  | {
      readonly kind: 'call';
      readonly callee: PyTerm;
      readonly args: readonly PyTerm[];
      readonly keywords: readonly { readonly name: string; readonly value: PyTerm }[];
      /** It unpacks some. */
      readonly open: boolean;
      readonly text: string;
    }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: PyTerm; readonly right: PyTerm }
  | {
      readonly kind: 'compare';
      readonly first: PyTerm;
      readonly rest: readonly { readonly operator: string; readonly value: PyTerm }[];
    }
  | { readonly kind: 'and' | 'or'; readonly left: PyTerm; readonly right: PyTerm }
  | { readonly kind: 'not'; readonly of: PyTerm }
  | { readonly kind: 'choice'; readonly condition: PyTerm; readonly yes: PyTerm; readonly no: PyTerm }
  | { readonly kind: 'walrus'; readonly name: string; readonly value: PyTerm }
  /** `has` names what is used in it. */
  | { readonly kind: 'other'; readonly has: readonly string[] };

const other = (node: Node): PyTerm => ({
  kind: 'other',
  has: [...new Set(node.text.match(/[A-Za-z_]\w*/g) ?? [])],
});

/** Never fails; what it does not know is `other`. */
export function termOf(node: Node): PyTerm {
  const children = node.namedChildren.filter((it): it is Node => it !== null && it.type !== 'comment');
  const field = (name: string): PyTerm => {
    const it = node.childForFieldName(name);
    return it ? termOf(it) : other(node);
  };
  switch (node.type) {
    case 'string':
      return stringOf(node, children);
    case 'concatenated_string':
      return joined(children.map(termOf));
    case 'parenthesized_expression':
    case 'await':
      return children.length === 1 ? termOf(children[0]!) : other(node);
    case 'integer':
    case 'float': {
      const value = Number(node.text.replaceAll('_', ''));
      return Number.isNaN(value) ? other(node) : { kind: 'number', value };
    }
    case 'unary_operator': {
      const of = field('argument');
      const isNegative = node.childForFieldName('operator')?.text === '-';
      return of.kind === 'number' && isNegative ? { kind: 'number', value: -of.value } : other(node);
    }
    case 'true':
    case 'false':
      return { kind: 'boolean', value: node.type === 'true' };
    case 'none':
      return { kind: 'none' };
    case 'identifier':
      return { kind: 'name', name: node.text };
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list':
      return children.some((it) => it.type === 'list_splat')
        ? other(node)
        : { kind: 'list', items: children.map(termOf) };
    case 'dictionary':
      return dictOf(node, children);
    case 'attribute':
      return { kind: 'attribute', of: field('object'), name: node.childForFieldName('attribute')?.text ?? '' };
    case 'subscript':
      return itemOf(node);
    case 'binary_operator':
      return {
        kind: 'binary',
        operator: node.childForFieldName('operator')?.text ?? '',
        left: field('left'),
        right: field('right'),
      };
    case 'comparison_operator': {
      const operators = node.childrenForFieldName('operators').map((it) => it?.text.replace(/\s+/g, ' ') ?? '');
      const [first, ...rest] = children.map(termOf);
      if (!first || rest.length !== operators.length) return other(node);
      return { kind: 'compare', first, rest: rest.map((value, i) => ({ operator: operators[i]!, value })) };
    }
    case 'boolean_operator': {
      const kind = node.childForFieldName('operator')?.text === 'and' ? 'and' : 'or';
      return { kind, left: field('left'), right: field('right') };
    }
    case 'not_operator':
      return { kind: 'not', of: field('argument') };
    case 'conditional_expression': {
      const [yes, condition, no] = children.map(termOf);
      return yes && condition && no ? { kind: 'choice', condition, yes, no } : other(node);
    }
    case 'named_expression':
      return { kind: 'walrus', name: node.childForFieldName('name')?.text ?? '', value: field('value') };
    case 'call':
      return callOf(node);
    default:
      return other(node);
  }
}

function dictOf(node: Node, children: readonly Node[]): PyTerm {
  const entries = children.map((it) => {
    const [key, value] = [it.childForFieldName('key'), it.childForFieldName('value')];
    return it.type === 'pair' && key && value ? { key: termOf(key), value: termOf(value) } : undefined;
  });
  return entries.every((it) => it !== undefined) ? { kind: 'dict', entries } : other(node);
}

function itemOf(node: Node): PyTerm {
  const of = node.childForFieldName('value');
  const [key, ...more] = node.childrenForFieldName('subscript');
  if (!of || !key || more.length > 0) return other(node);
  if (key.type !== 'slice') return { kind: 'item', of: termOf(of), key: termOf(key) };
  const colons = key.children.flatMap((it, i) => (it?.type === ':' ? [i] : []));
  if (colons.length !== 1) return other(node);
  const part = (it: Node | null | undefined) => (it && it.type !== ':' ? termOf(it) : undefined);
  return {
    kind: 'slice',
    of: termOf(of),
    from: part(key.children[colons[0]! - 1]),
    to: part(key.children[colons[0]! + 1]),
  };
}

function callOf(node: Node): PyTerm {
  const callee = node.childForFieldName('function');
  const list = node.childForFieldName('arguments');
  if (!callee || list?.type !== 'argument_list') return other(node);
  const given = list.namedChildren.filter((it): it is Node => it !== null && it.type !== 'comment');
  const keywords = given.flatMap((it) => {
    const [name, value] = [it.childForFieldName('name'), it.childForFieldName('value')];
    return it.type === 'keyword_argument' && name && value ? [{ name: name.text, value: termOf(value) }] : [];
  });
  const args = given.filter((it) => it.type !== 'keyword_argument').map(termOf);
  const open = given.some((it) => it.type.endsWith('splat'));
  return { kind: 'call', callee: termOf(callee), args, keywords, open, text: callee.text.replace(/\s+/g, '') };
}

const ESCAPED: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  "'": "'",
  '\n': '',
};

function stringOf(node: Node, children: readonly Node[]): PyTerm {
  const opening = children[0]?.text ?? '';
  const kind = /b/i.test(opening) ? 'bytes' : 'string';
  const parts = children.flatMap((it): PyTerm[] => {
    if (it.type === 'string_start' || it.type === 'string_end') return [];
    if (it.type === 'interpolation') {
      const inner = it.childForFieldName('expression');
      return [inner && it.namedChildren.length === 1 ? termOf(inner) : other(it)];
    }
    let open = false;
    const text = /r/i.test(opening)
      ? it.text
      : it.text.replace(/\\([\s\S])/g, (as, what: string) => {
          if (ESCAPED[what] === undefined) open = true;
          return ESCAPED[what] ?? as;
        });
    return [open ? other(node) : { kind, text: /f/i.test(opening) ? text.replace(/\{\{|\}\}/g, (x) => x[0]!) : text }];
  });
  return parts.length === 0 ? { kind, text: '' } : joined(parts);
}

function joined(parts: readonly PyTerm[]): PyTerm {
  const [first] = parts;
  return parts.length === 1 && (first!.kind === 'string' || first!.kind === 'bytes')
    ? first!
    : { kind: 'joined', parts };
}
