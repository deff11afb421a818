/** The context of a file that nothing includes and whose place says nothing: the one in which all of its text can stand. */
import { directiveEntries, directiveIn, type NginxContext } from '../catalog/nginx.js';
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';
import type { BodyContext } from './contexts.js';

// Likeliest first: of several that fit, the outermost.
const CANDIDATES: readonly NginxContext[] = [
  'main',
  'http',
  'server',
  'location',
  'upstream',
  'stream',
  'stream-server',
  'mail',
  'events',
];

/** `unknown` when the top level fits no single context, or has nothing that is known. */
export function guessedContext(file: Pick<NginxFile, 'children'>): BodyContext {
  const forms = new Map<string, { name: string; block: boolean }>();
  for (const { isDirective, name, kind } of file.children) {
    // include stands anywhere and says nothing.
    if (!isDirective || name === 'include' || directiveEntries(name).length === 0) continue;
    const block = kind === 'block';
    forms.set(`${name} ${block}`, { name, block });
  }
  const telling = [...forms.values()];
  if (telling.length === 0) return 'unknown';
  const fits = (context: NginxContext) => telling.every(({ name }) => directiveIn(name, context));
  // `server 127.0.0.1:8001;` is a line of an upstream, `server { }` a block of http.
  const formFits = (context: NginxContext) => telling.every((it) => directiveIn(it.name, context)?.block === it.block);
  return CANDIDATES.find(formFits) ?? CANDIDATES.find(fits) ?? 'unknown';
}

/** What stands at the top of a file in whose context nothing of it may stand. */
export interface Foreign {
  readonly name: string;
  /** Where all of it may. */
  readonly there: BodyContext;
}

/** Undefined where something at the top may stand in `context`; of most files the first directive tells. */
export function foreignIn(children: readonly Item[], context: BodyContext): Foreign | undefined {
  if (context === 'data' || context === 'unknown') return undefined;
  let first: Item | undefined;
  for (const it of children) {
    if (!it.isDirective || it.name === 'include' || directiveEntries(it.name).length === 0) continue;
    if (directiveIn(it.name, context)) return undefined;
    first ??= it;
  }
  return first && { name: first.name, there: guessedContext({ children }) };
}

export function sameForeign(a: Foreign | undefined, b: Foreign | undefined): boolean {
  return a?.name === b?.name && a?.there === b?.there;
}
