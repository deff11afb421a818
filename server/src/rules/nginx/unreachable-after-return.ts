import { type Item, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/unreachable-after-return',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    rewrite: '{name} is never reached: the return before it ends every request.',
    handler: '{name} is never reached: return ends every request of this block before nginx looks for what to serve.',
    location:
      'This location is never reached: the return of the server ends every request before nginx looks for a location. Put the return into a "location /" of its own.',
  },
  docs: {
    summary: 'A directive or a location that an unconditional return keeps from ever being used.',
    why: 'return is carried out in the rewrite phase, before a location is looked for (in a server) and before anything is served (in a location).',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    return 301 https://$host$request_uri;
    location /.well-known/acme-challenge/ {
        root /var/www/acme;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location / {
        return 301 https://$host$request_uri;
    }
    location /.well-known/acme-challenge/ {
        root /var/www/acme;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#return',
      'https://nginx.org/en/docs/dev/development_guide.html#http_phases',
    ],
  },

  check({ items, context }, report) {
    if (context !== 'server' && context !== 'location' && context !== 'lif' && context !== 'sif') return;
    const index = items.findIndex((it) => it.kind === 'simple' && it.name === 'return' && it.words.length > 1);
    if (index < 0) return;
    // A rewrite with break or last before it, or one in an `if`, may get around the return.
    const escapes = items.slice(0, index).some((it) => /^(?:rewrite|break|if|include)$|_by_lua/.test(it.name));
    const related = [{ at: placeOfHead(items[index]!), text: 'ends every request' }];
    for (const it of items.slice(index + 1)) {
      if (
        it.kind === 'simple' ? /^(?:return|rewrite|set|break)$/.test(it.name) : it.kind === 'block' && it.name === 'if'
      )
        report({ at: placeOfArg(it, 0), say: 'rewrite', with: { name: it.name }, related });
    }
    if (escapes) return;
    for (const it of items) {
      if (context === 'location' && it.kind === 'simple' && HANDLERS.test(it.name))
        report({ at: placeOfArg(it, 0), say: 'handler', with: { name: it.name }, related });
      if (context === 'server' && isReachedByUri(it)) report({ at: placeOfHead(it), say: 'location', related });
    }
  },
});

const HANDLERS = /^(?:try_files|(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass)$/;

/** Named locations are reached by error_page, which return leaves in force. */
function isReachedByUri(item: Item): boolean {
  return item.kind === 'block' && item.name === 'location' && !item.args[0]?.startsWith('@');
}
