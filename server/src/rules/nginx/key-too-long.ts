import { bucketFor, bucketOf, bytesFor, LEAST_BUCKET } from '../../nginx/hashSizes.js';
import { nameKey } from '../../nginx/names.js';
import { parseNumber } from '../../nginx/values.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/key-too-long',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'names',
  messages: {
    key: '"{key}" does not fit into the table of maps, whose buckets have {size} bytes. nginx will not start: set "map_hash_bucket_size {needed};" in {family}, before its first map.',
    variable:
      'The name "${key}" does not fit into the table of variables, whose buckets have {size} bytes. nginx will not start: shorten it, or set "variables_hash_bucket_size {needed};" in {family}.',
  },
  docs: {
    summary: "A key of map or a name of a variable that is longer than the buckets of nginx's table.",
    why: 'nginx -t fails with `could not build map_hash, you should increase map_hash_bucket_size: 64`, and names neither the key nor a line. A bucket of 64 bytes, which is the least and the default, holds keys of up to 46 bytes.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    map $uri $moved {
        default "";
        /products/a-name-that-is-longer-than-a-bucket-of-the-table /p/1;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    map_hash_bucket_size 128;
    map $uri $moved {
        default "";
        /products/a-name-that-is-longer-than-a-bucket-of-the-table /p/1;
    }
}
`,
    sources: [
      'ngx_hash_init() in src/core/ngx_hash.c',
      'https://nginx.org/en/docs/hash.html',
      'https://nginx.org/en/docs/http/ngx_http_map_module.html#map_hash_bucket_size',
    ],
  },

  check({ uses, defined, complete }, report) {
    if (!complete) return;
    for (const { kind, family, name, at } of uses) {
      if (kind !== 'bucket') continue;
      const blank = name.indexOf(' ');
      const [table, key] = [name.slice(0, blank), name.slice(blank + 1)];
      const size = sizeOf(table, family, defined);
      if (bytesFor(key) <= size) continue;
      const say = table.startsWith('map') ? ('key' as const) : ('variable' as const);
      report({ at, say, with: { key, size, needed: bucketFor(key), family } });
    }
  },
});

/** Bytes of the table's buckets; more than any key wants where the directive cannot be read. */
function sizeOf(table: string, family: 'http' | 'stream', defined: ReadonlySet<string>): number {
  const start = nameKey('bucket', family, `${table} `);
  for (const it of defined)
    if (it.startsWith(start)) return bucketOf(parseNumber(it.slice(start.length)) ?? Number.POSITIVE_INFINITY);
  return LEAST_BUCKET;
}
