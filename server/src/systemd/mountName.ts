/** The unit names of mount points and devices: unit_name_from_path() and unit_name_escape() in systemd's src/basic/unit-name.c. */

/** The name without suffix that a path must have: `/srv/a-b/` -> `srv-a\x2db`. Undefined for a path that is not absolute. */
export function escapedPath(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts = path.split('/').filter((it) => it !== '' && it !== '.');
  if (parts.includes('..')) return undefined;
  if (parts.length === 0) return '-';
  return parts.map((it, index) => escapedPart(it, index === 0)).join('-');
}

function escapedPart(part: string, isFirst: boolean): string {
  const bytes = new TextEncoder().encode(part);
  return Array.from(bytes, (byte, index) => {
    const char = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9:_.]/.test(char) && !(isFirst && index === 0 && char === '.');
    return isPlain ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
