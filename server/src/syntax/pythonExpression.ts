/** Expressions of Python as plain data, as far as their value can follow from the text. */
import type { Node } from 'web-tree-sitter';

export type PyExpression =
  | { readonly kind: 'string' | 'path'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'parts'; readonly parts: readonly PyExpression[] }
  | { readonly kind: 'list'; readonly items: readonly PyExpression[]; readonly start: number; readonly end: number }
  | {
      readonly kind: 'dict';
      /** Without those that are unpacked or computed. */
      readonly entries: readonly { readonly key: PyExpression; readonly value: PyExpression }[];
    }
  | { readonly kind: 'attribute'; readonly of: PyExpression; readonly name: string }
  | {
      readonly kind: 'call';
      readonly callee: PyExpression;
      /** The positional ones, and an `other` for each that is given by name or unpacked. */
      readonly args: readonly PyExpression[];
      readonly named: boolean;
      /** What is given by name. */
      readonly keywords: Readonly<Record<string, PyExpression>>;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: PyExpression; readonly right: PyExpression }
  /** One comparison: `==`, `!=`, `in`, `not in`, `is`, `is not`. */
  | { readonly kind: 'compare'; readonly operator: string; readonly left: PyExpression; readonly right: PyExpression }
  | {
      readonly kind: 'logic';
      readonly operator: 'and' | 'or';
      readonly left: PyExpression;
      readonly right: PyExpression;
    }
  | { readonly kind: 'not'; readonly of: PyExpression }
  /** `a if b else c`. */
  | { readonly kind: 'either'; readonly test: PyExpression; readonly then: PyExpression; readonly else: PyExpression }
  | { readonly kind: 'lambda'; readonly body: PyExpression }
  | { readonly kind: 'other' };

const OTHER: PyExpression = { kind: 'other' };

/** An expression, as far as its value can follow from the text. */
export function expressionOf(node: Node): PyExpression {
  const { startIndex: start, endIndex: end } = node;
  const children = node.namedChildren.filter((it) => it !== null && it.type !== 'comment') as Node[];
  switch (node.type) {
    case 'string':
      return stringOf(node, children);
    case 'concatenated_string':
      return { kind: 'parts', parts: children.map(expressionOf) };
    case 'parenthesized_expression':
      return children.length === 1 ? expressionOf(children[0]!) : OTHER;
    case 'integer':
    case 'float': {
      const value = Number(node.text.replaceAll('_', ''));
      return Number.isNaN(value) ? OTHER : { kind: 'number', value };
    }
    case 'unary_operator': {
      const operand = children.length === 1 ? expressionOf(children[0]!) : OTHER;
      const isNegative = node.childForFieldName('operator')?.text === '-';
      return operand.kind === 'number' && isNegative ? { kind: 'number', value: -operand.value } : OTHER;
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
      return { kind: 'list', items: children.map(expressionOf), start, end };
    case 'dictionary':
      return {
        kind: 'dict',
        entries: children.flatMap((it) => {
          const [key, value] = [it.childForFieldName('key'), it.childForFieldName('value')];
          return it.type === 'pair' && key && value ? [{ key: expressionOf(key), value: expressionOf(value) }] : [];
        }),
      };
    case 'attribute':
      return { kind: 'attribute', of: expressionOf(children[0]!), name: children[1]?.text ?? '' };
    case 'binary_operator': {
      const [left, right] = children;
      const operator = node.childForFieldName('operator')?.text ?? '';
      return left && right ? { kind: 'binary', operator, left: expressionOf(left), right: expressionOf(right) } : OTHER;
    }
    case 'comparison_operator': {
      const [left, right] = children;
      const operators = node.children.filter((it) => it !== null && !it.isNamed).map((it) => it!.text);
      if (children.length !== 2 || !left || !right) return OTHER;
      const operator = operators.join(' ');
      return { kind: 'compare', operator, left: expressionOf(left), right: expressionOf(right) };
    }
    case 'boolean_operator': {
      const [left, right] = children;
      const operator = node.childForFieldName('operator')?.text === 'or' ? 'or' : 'and';
      return left && right ? { kind: 'logic', operator, left: expressionOf(left), right: expressionOf(right) } : OTHER;
    }
    case 'not_operator':
      return children[0] ? { kind: 'not', of: expressionOf(children[0]) } : OTHER;
    case 'conditional_expression': {
      const [then, test, other] = children.map(expressionOf);
      return then && test && other ? { kind: 'either', test, then, else: other } : OTHER;
    }
    case 'lambda': {
      const body = node.childForFieldName('body');
      return body ? { kind: 'lambda', body: expressionOf(body) } : OTHER;
    }
    case 'call': {
      const [callee, args] = children;
      if (!callee || args?.type !== 'argument_list') return OTHER;
      const given = args.namedChildren.filter((it) => it !== null && it.type !== 'comment') as Node[];
      const named = given.some((it) => it.type === 'keyword_argument' || it.type.endsWith('splat'));
      const keywords = Object.fromEntries(
        given.flatMap((it) => {
          const [name, value] = [it.childForFieldName('name'), it.childForFieldName('value')];
          return it.type === 'keyword_argument' && name && value ? [[name.text, expressionOf(value)]] : [];
        }),
      );
      return { kind: 'call', callee: expressionOf(callee), args: given.map(expressionOf), named, keywords, start, end };
    }
    default:
      return OTHER;
  }
}

function stringOf(node: Node, children: readonly Node[]): PyExpression {
  const opening = children[0]?.text ?? '';
  if (/b/i.test(opening)) return OTHER;
  const parts = children.flatMap((it): PyExpression[] => {
    if (it.type === 'string_start' || it.type === 'string_end') return [];
    if (it.type === 'interpolation') {
      const inner = it.childForFieldName('expression');
      return [inner && it.namedChildren.length === 1 ? expressionOf(inner) : OTHER];
    }
    // Python leaves a backslash where it knows no such escape: '\d'.
    if (/\\[\\'"abfnrtvxNuU0-7\n\r]/.test(it.text) && !/r/i.test(opening)) return [OTHER];
    return [{ kind: 'string', text: it.text, start: it.startIndex, end: it.endIndex }];
  });
  if (parts.some((it) => it.kind !== 'string')) return { kind: 'parts', parts };
  const text = parts.map((it) => (it.kind === 'string' ? it.text : '')).join('');
  return { kind: 'string', text, start: node.startIndex, end: node.endIndex };
}
