/** Networks of addresses, as ngx_ptocidr() in src/core/ngx_inet.c reads them. */

/** The network that an address with a prefix length lies in, if it is not written as that itself; else undefined. */
export function networkOf(address: string, length: string): string | undefined {
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : undefined;
  if (bits === undefined) return undefined;
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (four) {
    if (bits > 32 || four.some((it) => it > 255)) return undefined;
    const kept = masked(four, 8, bits);
    return kept.join('.') === four.join('.') ? undefined : `${kept.join('.')}/${bits}`;
  }
  const groups = groupsOf(address);
  if (!groups || bits > 128) return undefined;
  const kept = masked(groups, 16, bits);
  return kept.join(':') === groups.join(':') ? undefined : `${shortened(kept)}/${bits}`;
}

function masked(parts: readonly number[], width: number, bits: number): number[] {
  return parts.map((it, i) => {
    const left = Math.min(width, Math.max(0, bits - i * width));
    return it & ((2 ** width - 1) ^ (2 ** (width - left) - 1));
  });
}

function groupsOf(address: string): number[] | undefined {
  if (!/^[0-9a-fA-F:]+$/.test(address) || !address.includes(':') || /:::/.test(address)) return undefined;
  const [head, tail, more] = address.split('::');
  if (more !== undefined) return undefined;
  const part = (text: string | undefined) => (text ? text.split(':').map((it) => Number.parseInt(it, 16)) : []);
  const [first, last] = [part(head), part(tail)];
  const missing = 8 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...first, ...Array.from({ length: missing }, () => 0), ...last];
  return groups.every((it) => it >= 0 && it <= 0xffff) ? groups : undefined;
}

/** Trailing zeros as `::`, which is what networks have. */
function shortened(groups: readonly number[]): string {
  const used = groups.findLastIndex((it) => it !== 0) + 1;
  const text = groups
    .slice(0, used)
    .map((it) => it.toString(16))
    .join(':');
  return used === 8 ? text : used === 7 ? `${text}:0` : `${text}::`;
}
