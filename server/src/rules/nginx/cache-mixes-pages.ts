import type { Block } from '../../nginx/effective/blocks.js';
import { cachesIn } from '../../nginx/effective/caches.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/cache-mixes-pages',
  severity: 'information',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['proxy_cache', 'fastcgi_cache', 'uwsgi_cache', 'scgi_cache'],
  messages: {
    query:
      'Pages that differ by their query only are one entry of this cache: {key} leaves out what stands behind the question mark. Use $request_uri, or add $is_args$args.',
    host: 'Hosts share one entry of this cache: {key} does not hold $host, and this server answers for all of {name}. Add $host to {kind}_cache_key.',
  },
  docs: {
    summary: 'A cache key that leaves out what tells pages apart.',
    why: 'What is equal in its key gets the same stored answer. $uri has no query, and the default key of proxy_cache has the name in proxy_pass ($proxy_host) and not the host that the client asked for.',
    bad: `-- etc/nginx/conf.d/app.conf --
proxy_cache_path /var/cache/nginx keys_zone=pages:10m;
server {
    location / {
        proxy_cache pages;
        proxy_cache_key $host$uri;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
proxy_cache_path /var/cache/nginx keys_zone=pages:10m;
server {
    location / {
        proxy_cache pages;
        proxy_cache_key $host$request_uri;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_key',
      'ngx_http_proxy_create_key() in src/http/modules/ngx_http_proxy_module.c',
    ],
  },

  check({ server }, report) {
    const seen = new Set<unknown>();
    const name = manyHosts(server);
    for (const { kind, cache, of } of cachesIn(server)) {
      const keys = of('cache_key');
      const set = keys?.[0];
      if (!keys || (!set && kind !== 'proxy')) continue;
      const key = set ? (set.args[0] ?? '') : '$scheme$proxy_host$request_uri';
      const item = (set ?? cache).item;
      const names = [...key.matchAll(/\$\{?(\w+)/g)].map((it) => it[1]!);
      // A variable of somebody's own may hold anything.
      if (seen.has(item) || names.some((it) => !KNOWN.has(it) && !/^(?:arg|http|cookie)_/.test(it))) continue;
      seen.add(item);
      const at = placeOfArg(item, 1);
      if (set && names.includes('uri') && !names.some((it) => QUERY.test(it)))
        report({ at, say: 'query', with: { key } });
      if (name !== undefined && !names.some((it) => HOST.test(it)))
        report({ at, say: 'host', with: { key, name, kind }, severity: 'hint' });
    }
  },
});

const QUERY = /^(?:request_uri|args|query_string|arg_\w+)$/;
const HOST = /^(?:host|http_host|ssl_server_name)$/;
const KNOWN: ReadonlySet<string> = new Set(
  'scheme request_method host http_host server_name ssl_server_name proxy_host uri document_uri request_uri args query_string is_args server_port'.split(
    ' ',
  ),
);

/** A name that stands for many hosts, whose pages are likely to differ. */
function manyHosts(server: Block): string | undefined {
  return server
    .all('server_name')
    .flatMap((it) => it.args)
    .find((it) => /^(?:\*\.|~)/.test(it) || it.endsWith('.*'));
}
