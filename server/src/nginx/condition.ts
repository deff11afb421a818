/** The condition of `if` as ngx_http_rewrite_if_condition() in src/http/modules/ngx_http_rewrite_module.c reads it. */

import { isBuiltInVariable } from '../catalog/nginxVariables.js';

export type Condition =
  | { readonly kind: 'variable'; readonly variable: string }
  | { readonly kind: 'compare'; readonly variable: string; readonly not: boolean; readonly value: string }
  | {
      readonly kind: 'match';
      readonly variable: string;
      readonly not: boolean;
      readonly caseless: boolean;
      readonly pattern: string;
    }
  | { readonly kind: 'file'; readonly test: string; readonly not: boolean; readonly path: string };

/** What nginx refuses about it, and at which argument, counted from 1. */
export interface ConditionFault {
  readonly arg: number;
  readonly fault: 'parentheses' | 'shape' | 'operator' | 'name';
}

/** Reads the arguments of `if`. */
export function readCondition(args: readonly string[]): Condition | ConditionFault {
  const words = args.map((it, i) => ({ text: it, arg: i + 1 }));
  const first = words[0];
  const last = words[words.length - 1];
  if (!first?.text.startsWith('(')) return { arg: 1, fault: 'parentheses' };
  if (!last!.text.endsWith(')')) return { arg: last!.arg, fault: 'parentheses' };
  if (first.text.length === 1) words.shift();
  else words[0] = { ...first, text: first.text.slice(1) };
  const end = words[words.length - 1];
  if (!end) return { arg: 1, fault: 'shape' };
  if (end.text.length === 1) words.pop();
  else words[words.length - 1] = { ...end, text: end.text.slice(0, -1) };
  const [subject, operator, value] = words;
  if (!subject) return { arg: 1, fault: 'shape' };
  const { text } = subject;
  if (text.length > 1 && text.startsWith('$')) {
    if (words.length !== 1 && words.length !== 3) return { arg: (words[3] ?? operator ?? subject).arg, fault: 'shape' };
    const variable = text.slice(1);
    // nginx takes all of the word for the name; what stands behind a family such as $arg_ may be anything.
    if (/\W/.test(variable) && !isBuiltInVariable(variable, 'http')) return { arg: subject.arg, fault: 'name' };
    if (!operator || !value) return { kind: 'variable', variable };
    if (operator.text === '=' || operator.text === '!=')
      return { kind: 'compare', variable, not: operator.text === '!=', value: value.text };
    const match = /^(!)?~(\*)?$/.exec(operator.text);
    if (!match) return { arg: operator.arg, fault: 'operator' };
    return {
      kind: 'match',
      variable,
      not: match[1] !== undefined,
      caseless: match[2] !== undefined,
      pattern: value.text,
    };
  }
  const file = /^(!)?-([fdex])$/.exec(text);
  if (!file || words.length !== 2) return { arg: subject.arg, fault: 'shape' };
  return { kind: 'file', test: file[2]!, not: file[1] !== undefined, path: operator!.text };
}

/** The number of the argument with what is compared, counted from 1; of a lone variable its own. */
export function comparedArg(args: readonly string[]): number {
  const operator = args.findIndex((it) => /^(?:!?=|!?~\*?)$/.test(it));
  return operator < 0 ? Math.max(1, args[0] === '(' ? 2 : 1) : operator + 2;
}
