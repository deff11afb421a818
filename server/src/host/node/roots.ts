/** Which folder of our machine is a host's `/`. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { Coverage } from '../remembered.js';

export interface Root {
  /** Absolute path of a folder of our machine. */
  readonly folder: string;
  readonly coverage: Coverage;
}

const MARKS = ['etc/nginx', 'etc/systemd', 'usr/lib/systemd', 'lib/systemd', 'usr/local/nginx'];

/**
 * The host that a path of our machine belongs to: the machine itself for what lies in its own /etc and the like, else
 * the nearest folder above that holds a host's configuration, else `fallback` as a loose folder.
 */
export function rootOf(path: string, fallback: string): Root {
  const absolute = resolve(path);
  for (let folder = startOf(absolute); ; folder = dirname(folder)) {
    if (folder === dirname(folder)) break;
    if (MARKS.some((it) => existsSync(join(folder, it)))) return { folder, coverage: 'copy' };
  }
  if (/^\/(?:etc|usr|lib|run|var\/lib)\//.test(absolute)) return { folder: '/', coverage: 'whole' };
  return { folder: resolve(fallback), coverage: 'loose' };
}

/** A root that the user names: the machine itself, a tree that holds a host's folders, or a folder of files that lie together. */
export function namedRoot(folder: string): Root {
  const absolute = resolve(folder);
  if (absolute === '/') return { folder: absolute, coverage: 'whole' };
  return { folder: absolute, coverage: 'copy' };
}

function startOf(path: string): string {
  try {
    return statSync(path).isDirectory() ? path : dirname(path);
  } catch {
    return dirname(path);
  }
}

/** The path on the host of a path of our machine; undefined when it lies outside of the root. */
export function withinRoot(folder: string, path: string): string | undefined {
  const absolute = resolve(path);
  if (folder === '/') return absolute;
  if (absolute === folder) return '/';
  return absolute.startsWith(folder + sep) ? absolute.slice(folder.length) : undefined;
}
