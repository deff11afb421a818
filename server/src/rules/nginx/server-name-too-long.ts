import { bucketFor, bucketOf, bytesFor, isLong, LEAST_BUCKET, longestKey } from '../../nginx/hashSizes.js';
import { addressesOf } from '../../nginx/listenAddress.js';
import { isTemplated, parseNumber } from '../../nginx/values.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/server-name-too-long',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  // What is said of one server rests on no name of another.
  comparison: {
    looksAt: ['names', 'listens', 'tls', 'complete'],
    meetsBy: (it) => it.names.flatMap(({ args }) => args.filter(isLong)),
  },
  messages: {
    long: '"{name}" does not fit into the table of names for {address}, whose buckets have {size} bytes. nginx will not start: set "server_names_hash_bucket_size {needed};" in http.',
  },
  docs: {
    summary: "A server name that is longer than the buckets of nginx's table.",
    why: 'nginx -t fails with `could not build server_names_hash, you should increase server_names_hash_bucket_size: 64`, and names neither the server nor a line. A bucket of 64 bytes, which is the least and the default, holds names of up to 46 bytes, or wildcards with labels of that length. nginx builds the table where several servers share an address, so the second server on it is what breaks the first.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        server_name a-name-that-is-longer-than-a-bucket.apps.example.com;
    }
    server {
        listen 80;
        server_name example.com;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server_names_hash_bucket_size 128;
    server {
        listen 80;
        server_name a-name-that-is-longer-than-a-bucket.apps.example.com;
    }
    server {
        listen 80;
        server_name example.com;
    }
}
`,
    sources: [
      'ngx_http_server_names() in src/http/ngx_http.c',
      'ngx_hash_init() in src/core/ngx_hash.c',
      'https://nginx.org/en/docs/http/server_names.html#optimization',
    ],
  },

  check({ servers, addresses }, report) {
    for (const server of servers) {
      const { names, complete } = server;
      if (!complete) continue;
      for (const item of names) {
        for (const [i, name] of item.args.entries()) {
          if (name.startsWith('~') || name.includes('$') || isTemplated(name)) continue;
          const key = longestKey(name);
          if (!isLong(key)) continue;
          const size = sizeFor(server);
          const address =
            bytesFor(key) > size ? addressesOf(server.listens).find((it) => (addresses.get(it) ?? 0) > 1) : undefined;
          if (address === undefined) continue;
          report({ at: placeOfArg(item, i + 1), say: 'long', with: { name, address, size, needed: bucketFor(key) } });
        }
      }
    }
  },
});

/** Bytes of the table's buckets. */
function sizeFor({ tls }: ServerNames): number {
  const set = tls.find((it: Item) => it.name === 'server_names_hash_bucket_size');
  return set ? bucketOf(parseNumber(set.args[0] ?? '') ?? Number.POSITIVE_INFINITY) : LEAST_BUCKET;
}
