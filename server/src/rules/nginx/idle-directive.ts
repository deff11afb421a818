import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/idle-directive',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    pass: 'Nothing uses this: "{name}" is for {family}_pass, and this location has none.',
    files: 'Nothing uses this: "{name}" is for files, and in this location {pass} answers.',
  },
  docs: {
    summary: 'A directive in a location where nothing uses it.',
    why: 'nginx reads it and does what it would do without it. Often the directive that it belongs to has been forgotten, or stands in another location.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /app/ {
        proxy_set_header Host $host;
        root /srv;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /app/ {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html',
      'https://nginx.org/en/docs/http/ngx_http_index_module.html',
    ],
  },

  check({ items, owner, context }, report) {
    if (context !== 'location' || owner?.name !== 'location') return;
    // Blocks inside inherit it, an include may bring what uses it, and other modules do as they please.
    if (items.some((it) => it.isDirective && (it.kind !== 'simple' || it.name === 'include' || OPEN.test(it.name))))
      return;
    const told = new Set<string>();
    const pass = items.find((it): it is Item => it.kind === 'simple' && PASS.test(it.name));
    for (const it of items) {
      if (it.kind !== 'simple') continue;
      const family = /^(proxy|fastcgi|uwsgi|scgi|grpc|memcached)_(?!pass$|cache_purge$|store)/.exec(it.name)?.[1];
      if (family && !told.has(family) && pass?.name !== `${family}_pass`) {
        told.add(family);
        report({ at: placeOfArg(it, 0), say: 'pass', with: { name: it.name, family } });
      } else if (pass && FILES.test(it.name) && it.args[0] !== 'off')
        report({ at: placeOfArg(it, 0), say: 'files', with: { name: it.name, pass: pass.name } });
    }
  },
});

const PASS = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass$/;
const OPEN = /_by_lua|^(?:js|perl|echo|njs)|_purge$|^postgres|^redis|^drizzle|^upload_|^push_|^tunnel_/;
const FILES =
  /^(?:index|autoindex|autoindex_exact_size|autoindex_format|autoindex_localtime|random_index|gzip_static)$/;
