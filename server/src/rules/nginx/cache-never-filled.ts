import { cachesIn } from '../../nginx/effective/caches.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/cache-never-filled',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['proxy_cache', 'fastcgi_cache', 'uwsgi_cache', 'scgi_cache'],
  messages: {
    unbuffered: 'Nothing is cached here: {kind}_buffering is off, and nginx stores only answers that it buffers.',
    unasked:
      'Cached is what the app allows with Cache-Control, Expires or X-Accel-Expires, and nothing else: there is no {kind}_cache_valid.',
  },
  docs: {
    summary: 'A cache that stays empty, or that only the app fills.',
    why: 'nginx writes an answer into the cache as it buffers it, so that without buffering nothing is stored. How long an answer is good is said by the app, or by *_cache_valid for answers that say nothing.',
    bad: `-- etc/nginx/conf.d/app.conf --
proxy_cache_path /var/cache/nginx keys_zone=pages:10m;
server {
    location / {
        proxy_cache pages;
        proxy_cache_valid 200 5m;
        proxy_buffering off;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
proxy_cache_path /var/cache/nginx keys_zone=pages:10m;
server {
    location / {
        proxy_cache pages;
        proxy_cache_valid 200 5m;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_valid',
      'ngx_http_upstream_send_response() in src/http/ngx_http_upstream.c',
    ],
  },

  check({ server }, report) {
    const seen = new Set<unknown>();
    for (const { kind, cache, of } of cachesIn(server)) {
      const buffering = of('buffering')?.[0];
      if (buffering?.args[0] === 'off') {
        if (!seen.has(buffering.item)) report({ at: placeOfArg(buffering.item, 1), say: 'unbuffered', with: { kind } });
        seen.add(buffering.item);
      } else if (of('cache_valid')?.length === 0 && !seen.has(cache.item)) {
        seen.add(cache.item);
        report({ at: placeOfArg(cache.item, 1), say: 'unasked', with: { kind }, severity: 'hint' });
      }
    }
  },
});
