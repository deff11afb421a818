import { type Item, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/dead-access-rule',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    denied: 'This lets nobody in: "deny all" stands before it, and the first line that fits counts.',
    allowed: 'This keeps nobody out: "allow all" stands before it, and the first line that fits counts.',
  },
  docs: {
    summary: 'allow or deny after a line that fits everybody.',
    why: 'nginx goes through allow and deny in their order and stops at the first that fits the address of the client. What follows "all" is never reached.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /admin/ {
        deny all;
        allow 192.0.2.0/24;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /admin/ {
        allow 192.0.2.0/24;
        deny all;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_access_module.html',
      'ngx_http_access_inet() in src/http/modules/ngx_http_access_module.c',
    ],
  },

  check({ items }, report) {
    let all: Item | undefined;
    for (const item of items) {
      if (item.kind !== 'simple' || (item.name !== 'allow' && item.name !== 'deny') || item.args.length !== 1) continue;
      if (all && item.name !== all.name) {
        const related = [{ at: placeOfHead(all), text: 'this fits everybody' }];
        report({ at: placeOfHead(item), say: all.name === 'deny' ? 'denied' : 'allowed', related });
      } else if (!all && item.args[0] === 'all') all = item;
    }
  },
});
