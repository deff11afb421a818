/** What nginx's hash tables refuse: ngx_hash_init() in src/core/ngx_hash.c. */

/** ngx_cacheline_size of the processors that nginx runs on today, in bytes: the least that a bucket has. */
export const LEAST_BUCKET = 64;

const aligned = (size: number, to: number) => Math.ceil(size / to) * to;

/** NGX_HASH_ELT_SIZE and the pointer that ends a bucket: how many bytes a bucket must have to hold the key. */
export function bytesFor(key: string): number {
  return 8 + aligned(lengthOf(key) + 2, 8) + 8;
}

/** The size of bucket, in bytes, that the directive with this value brings: a multiple of the line of a cache. */
export function bucketOf(value: number): number {
  return Math.max(LEAST_BUCKET, aligned(value, LEAST_BUCKET));
}

/** Whether a bucket of the least size may be too small for a key: the quick question for what is nearly always short. */
export function isLong(key: string): boolean {
  return key.length > 46 || (key.length > 15 && /[^ -~]/.test(key) && bytesFor(key) > LEAST_BUCKET);
}

/** The least value for the directive with which the key fits. */
export function bucketFor(key: string): number {
  return 2 ** Math.ceil(Math.log2(Math.max(LEAST_BUCKET, bytesFor(key))));
}

// A key is counted in bytes; few are anything but ASCII.
function lengthOf(key: string): number {
  let bytes = 0;
  for (const sign of key) {
    const code = sign.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/**
 * The part of a server's name, or of a key of a map with `hostnames`, that makes the longest key: the whole of it, or of
 * a wildcard the longest label. ngx_hash_add_key(), ngx_hash_wildcard_init().
 */
export function longestKey(name: string): string {
  const rest = /^\*?\.(?=.)/.test(name)
    ? name.replace(/^\*?\./, '')
    : name.endsWith('.*')
      ? name.slice(0, -2)
      : undefined;
  if (rest === undefined) return name;
  return rest.split('.').reduce((longest, it) => (it.length > longest.length ? it : longest), '');
}
