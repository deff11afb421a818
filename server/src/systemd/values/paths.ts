/** Paths: path_simplify_and_warn() in src/shared/parse-helpers.c. */
import { type Fault, withSpecifiers } from './words.js';

/**
 * path_simplify_full() in src/basic/path-util.c: the components that remain. From 253 on, ".." right below the root is dropped, as
 * the kernel would have it.
 */
function components(path: string, version: number): readonly string[] {
  const parts = path.split('/').filter((it) => it !== '' && it !== '.');
  if (!path.startsWith('/') || version < 253) return parts;
  const first = parts.findIndex((it) => it !== '..');
  return first < 0 ? [] : parts.slice(first);
}

/** An absolute path as systemd of the version keeps it. */
export function simplified(path: string, version: number): string {
  return `/${components(path, version).join('/')}`;
}

/** What is wrong with a path, or undefined. The specifiers of `text` are not resolved yet. */
export function pathFault(
  text: string,
  version: number,
  kind: 'absolute' | 'relative' | 'any' = 'absolute',
): Pick<Fault, 'expected'> | undefined {
  const path = withSpecifiers(text);
  if (kind === 'absolute' && !path.startsWith('/')) return { expected: 'an absolute path' };
  if (kind === 'relative' && path.startsWith('/')) return { expected: 'a path relative to its folder' };
  const parts = components(path, version);
  if (parts.join('/').length >= 4095 || parts.some((it) => it.length > 255)) return { expected: 'a path short enough' };
  if (parts.includes('..') || path === '') return { expected: 'a path without ".."' };
  // What remains of "./" is ".", which is no normalized path either.
  if (parts.length === 0 && !path.startsWith('/')) return { expected: 'a path other than "."' };
  return undefined;
}
