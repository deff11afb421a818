/** Paths: path_simplify_and_warn() in src/shared/parse-helpers.c. */
import { type Fault, withSpecifiers } from './words.js';

/** What is wrong with a path, or undefined. The specifiers of `text` are not resolved yet. */
export function pathFault(
  text: string,
  kind: 'absolute' | 'relative' | 'any' = 'absolute',
): Pick<Fault, 'expected'> | undefined {
  const path = withSpecifiers(text);
  if (kind === 'absolute' && !path.startsWith('/')) return { expected: 'an absolute path' };
  if (kind === 'relative' && path.startsWith('/')) return { expected: 'a path relative to its folder' };
  if (path.length >= 4096 || path.split('/').some((it) => it.length > 255)) return { expected: 'a path short enough' };
  if (path === '' || path.split('/').includes('..')) return { expected: 'a path without ".."' };
  return undefined;
}
