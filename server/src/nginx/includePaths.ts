/** Which files an `include` loads. */
import picomatch from 'picomatch';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { type Answer, type HostView, known } from '../host/host.js';

/** The directory that relative includes start from: that of the main file, ngx_conf_full_name with conf_prefix. */
export function includePath(pattern: string, prefix: HostPath): HostPath {
  return joinPath(prefix, pattern);
}

export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/**
 * The paths that a pattern matches, in the order that nginx reads them (glob(3) sorts). A pattern without wildcards is
 * its own path, whether it exists or not. Unknown when a folder on the way cannot be listed.
 */
export function includedPaths(pattern: string, prefix: HostPath, host: HostView): Answer<readonly HostPath[]> {
  const full = includePath(pattern, prefix);
  if (!isGlob(full)) return known([full]);
  let found: HostPath[] = [hostPath('/')];
  for (const part of full.split('/').filter(Boolean)) {
    if (!isGlob(part)) {
      found = found.map((it) => joinPath(it, part));
      continue;
    }
    const matches = componentMatcher(part);
    const next: HostPath[] = [];
    for (const directory of found) {
      const names = host.list(directory);
      if (!names.known) return names;
      for (const name of names.value ?? []) if (matches(name)) next.push(joinPath(directory, name));
    }
    found = next;
  }
  return known(found);
}

/** glob(3) on one path component: `*`, `?` and `[...]`; a leading dot must be written out. */
function componentMatcher(part: string): (name: string) => boolean {
  const matches = picomatch(part, {
    nobrace: true,
    noextglob: true,
    noglobstar: true,
    nonegate: true,
    dot: part.startsWith('.'),
  });
  return (name) => matches(name);
}
