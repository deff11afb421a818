/** The context of a file that nothing includes and whose place says nothing: the one in which all of its text can stand. */
import { directiveEntries, directiveIn, type NginxContext } from '../catalog/nginx.js';
import type { NginxFile } from '../syntax/nginxSyntax.js';
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
export function guessedContext(file: NginxFile): BodyContext {
  const names = new Set(file.children.filter((it) => it.isDirective).map((it) => it.name));
  // include stands anywhere and says nothing.
  const telling = [...names].filter((it) => it !== 'include' && directiveEntries(it).length > 0);
  if (telling.length === 0) return 'unknown';
  return CANDIDATES.find((context) => telling.every((name) => directiveIn(name, context))) ?? 'unknown';
}
