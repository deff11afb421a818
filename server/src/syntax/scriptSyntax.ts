/**
 * A part of JavaScript: what a handler of requests does. What is not understood is kept as `opaque`, with the names that
 * stand in it, keywords included.
 */

export type Expression =
  | { readonly is: 'literal'; readonly value: string | number | boolean | null | undefined }
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'member'; readonly of: Expression; readonly name: Expression }
  | { readonly is: 'call'; readonly callee: Expression; readonly args: readonly Expression[]; readonly made: boolean }
  | { readonly is: 'operation'; readonly operator: string; readonly args: readonly Expression[] }
  | { readonly is: 'assignment'; readonly to: Expression; readonly operator: string; readonly value: Expression }
  | { readonly is: 'function'; readonly params: readonly Pattern[]; readonly body: readonly Statement[] }
  | { readonly is: 'object'; readonly entries: readonly (readonly [key: string, value: Expression])[] }
  | { readonly is: 'template'; readonly parts: readonly Expression[] }
  | { readonly is: 'opaque'; readonly names: ReadonlySet<string> };

/** A name, or the names of an object that is taken apart, by its keys. */
export type Pattern = string | ReadonlyMap<string, string>;

export type Statement =
  | { readonly is: 'expression'; readonly value: Expression }
  | {
      readonly is: 'declaration';
      readonly constant: boolean;
      readonly of: readonly (readonly [to: Pattern, value: Expression | undefined])[];
    }
  | {
      readonly is: 'if';
      readonly test: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly is: 'return'; readonly value: Expression | undefined }
  | { readonly is: 'block'; readonly body: readonly Statement[] }
  | {
      readonly is: 'switch';
      readonly of: Expression;
      readonly cases: readonly { readonly test: Expression | undefined; readonly body: readonly Statement[] }[];
    }
  | { readonly is: 'break' }
  | { readonly is: 'opaque'; readonly names: ReadonlySet<string> };

/** Every name that stands in an expression or a statement, those of properties left out. */
export function namesOf(it: Expression | Statement, into: Set<string> = new Set()): Set<string> {
  const all = (parts: readonly (Expression | Statement | undefined)[]) => {
    for (const part of parts) if (part) namesOf(part, into);
  };
  if (it.is === 'name') into.add(it.name);
  else if (it.is === 'opaque') for (const name of it.names) into.add(name);
  else if (it.is === 'member') all([it.of, it.name]);
  else if (it.is === 'call') all([it.callee, ...it.args]);
  else if (it.is === 'operation') all(it.args);
  else if (it.is === 'assignment') all([it.to, it.value]);
  else if (it.is === 'function' || it.is === 'block') all(it.body);
  else if (it.is === 'object') all(it.entries.map(([, value]) => value));
  else if (it.is === 'template') all(it.parts);
  else if (it.is === 'declaration') all(it.of.map(([, value]) => value));
  else if (it.is === 'if') all([it.test, ...it.then, ...it.otherwise]);
  else if (it.is === 'switch') all([it.of, ...it.cases.flatMap((one) => [one.test, ...one.body])]);
  else if (it.is === 'expression' || it.is === 'return') all([it.value]);
  return into;
}
