/** How nginx keeps the names of the servers on one address, and which it finds to be there already. */

/** `busy`: nginx warns `conflicting server name ... ignored`; `refused`: `invalid server name or wildcard`. */
export type Added<T> =
  | { readonly is: 'new' }
  | { readonly is: 'refused' }
  | { readonly is: 'busy'; readonly before: T };

/**
 * The tables of ngx_hash_add_key() in src/core/ngx_hash.c with NGX_HASH_WILDCARD_KEY. Regular expressions do not go in:
 * nginx tries them one by one.
 */
export class NameTable<T> {
  private readonly exact = new Map<string, T>();
  private readonly heads = new Map<string, T>();
  private readonly tails = new Map<string, T>();

  /** @param written the name as it stands in the configuration; nginx compares without case. */
  add(written: string, owner: T): Added<T> {
    const name = written.toLowerCase();
    if (isRefused(name)) return { is: 'refused' };
    if (name.length > 1 && name.startsWith('.')) {
      const rest = name.slice(1);
      const before = this.exact.get(rest);
      if (before !== undefined) return { is: 'busy', before };
      // The name itself is taken, even if its subdomains turn out to be another's.
      this.exact.set(rest, owner);
      return put(this.heads, rest, owner);
    }
    if (name.length > 2 && name.startsWith('*.')) return put(this.heads, name.slice(2), owner);
    if (name.length > 2 && name.endsWith('.*')) return put(this.tails, name.slice(0, -2), owner);
    return put(this.exact, name, owner);
  }
}

function put<T>(table: Map<string, T>, key: string, owner: T): Added<T> {
  const before = table.get(key);
  if (before !== undefined) return { is: 'busy', before };
  table.set(key, owner);
  return { is: 'new' };
}

function isRefused(name: string): boolean {
  const star = name.indexOf('*');
  if (star !== name.lastIndexOf('*') || name.includes('..')) return true;
  if (name.length > 1 && name.startsWith('.')) return false;
  return star >= 0 && !(name.length > 2 && (name.startsWith('*.') || name.endsWith('.*')));
}
