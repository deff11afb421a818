import { cachesIn } from '../../nginx/effective/caches.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/cached-cookies',
  severity: 'information',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['proxy_cache', 'fastcgi_cache', 'uwsgi_cache', 'scgi_cache'],
  messages: {
    cookies:
      'Answers that set cookies are cached with the cookie, and who asks next gets it, with the session of the first one. Add {kind}_hide_header Set-Cookie, or {kind}_no_cache for those who have a session.',
    personal:
      'Pages that the app marks as private or not to be stored are cached and shown to others: Cache-Control is ignored. Add {kind}_no_cache for those who have a session, or leave Cache-Control to the app.',
  },
  docs: {
    summary: 'A cache that is told to keep what the app gave to one client alone.',
    why: 'nginx does not cache answers with Set-Cookie, nor those with Cache-Control: private, no-cache or no-store. *_ignore_headers takes that protection away. Said where nothing hides the cookie and no *_no_cache decides.',
    bad: `-- etc/nginx/conf.d/app.conf --
proxy_cache_path /var/cache/nginx keys_zone=pages:10m;
server {
    location / {
        proxy_cache pages;
        proxy_cache_valid 10m;
        proxy_ignore_headers Set-Cookie;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
proxy_cache_path /var/cache/nginx keys_zone=pages:10m;
server {
    location / {
        proxy_cache pages;
        proxy_cache_valid 10m;
        proxy_ignore_headers Set-Cookie;
        proxy_hide_header Set-Cookie;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_valid',
      'ngx_http_upstream_process_set_cookie() in src/http/ngx_http_upstream.c',
    ],
  },

  check({ server }, report) {
    const seen = new Set<unknown>();
    for (const { kind, of } of cachesIn(server)) {
      const ignored = of('ignore_headers')?.[0];
      if (!ignored || seen.has(ignored.item) || of('no_cache')?.length !== 0) continue;
      seen.add(ignored.item);
      const index = (name: string): number => ignored.args.findIndex((it) => it.toLowerCase() === name) + 1;
      const hidden = of('hide_header')?.some((it) => it.args[0]?.toLowerCase() === 'set-cookie') ?? true;
      const [cookie, control] = [index('set-cookie'), index('cache-control')];
      if (cookie > 0 && !hidden) report({ at: placeOfArg(ignored.item, cookie), say: 'cookies', with: { kind } });
      if (control > 0 && (of('cache_valid')?.length ?? 0) > 0)
        report({ at: placeOfArg(ignored.item, control), say: 'personal', with: { kind }, severity: 'hint' });
    }
  },
});
