import { cachesIn } from '../../nginx/effective/caches.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/cache-without-key',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['proxy_cache', 'fastcgi_cache', 'uwsgi_cache', 'scgi_cache'],
  messages: {
    none: 'All pages are one entry of this cache, so everybody gets the first one: there is no {name}, and it has no default. Set {name} "$scheme$request_method$host$request_uri".',
  },
  docs: {
    summary: 'A cache of FastCGI, uwsgi or SCGI answers without a key.',
    why: 'nginx warns (no "fastcgi_cache_key" for "fastcgi_cache") and starts. The key is empty then: whatever was cached first is the answer to every request. Only proxy_cache_key has a default.',
    bad: `-- etc/nginx/conf.d/app.conf --
fastcgi_cache_path /var/cache/nginx keys_zone=pages:10m;
server {
    location / {
        fastcgi_cache pages;
        fastcgi_pass unix:/run/php-fpm.sock;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
fastcgi_cache_path /var/cache/nginx keys_zone=pages:10m;
fastcgi_cache_key "$scheme$request_method$host$request_uri";
server {
    location / {
        fastcgi_cache pages;
        fastcgi_pass unix:/run/php-fpm.sock;
    }
}
`,
    sources: [
      'ngx_http_fastcgi_merge_loc_conf() in src/http/modules/ngx_http_fastcgi_module.c',
      'https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_cache_key',
    ],
  },

  check({ server }, report) {
    for (const { kind, cache, pass, of } of cachesIn(server)) {
      if (kind === 'proxy' || of('cache_key')?.length !== 0) continue;
      const name = `${kind}_cache_key`;
      // A cache that is named further out is one fault of each location.
      const at = cache.within === pass.within ? placeOfArg(cache.item, 1) : placeOfArg(pass.item, 1);
      report({ at, say: 'none', with: { name } });
    }
  },
});
