import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/variable-never-set',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  comparison: { looksAt: ['variables', 'complete'] },
  messages: {
    elsewhere: '${name} is always empty here: only another server sets it, and a request stays in its own.',
  },
  docs: {
    summary: 'A variable that is set in another server only.',
    why: 'A name that is set anywhere is known everywhere, so that nginx -t passes. Its value belongs to the request, which never runs the other server: nginx warns `using uninitialized variable` in its log, and goes on with an empty text.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 8080;
        set $backend 127.0.0.1:9000;
    }
    server {
        listen 8081;
        location / {
            proxy_pass http://$backend;
        }
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 8080;
        set $backend 127.0.0.1:9000;
        location / {
            proxy_pass http://$backend;
        }
    }
}
`,
    sources: ['ngx_http_rewrite_set() and ngx_http_rewrite_var() in src/http/modules/ngx_http_rewrite_module.c'],
  },

  check({ servers, made, complete }, report) {
    if (!complete) return;
    for (const { variables, complete: isWhole } of servers) {
      if (!isWhole || variables.open) continue;
      const told = new Set<string>();
      for (const { name, item, arg } of variables.uses) {
        if (variables.made.has(name) || made.has(name) || told.has(name)) continue;
        const other = servers.find((it) => it.variables.sets.has(name));
        if (!other || servers.some((it) => it.variables.open)) continue;
        told.add(name);
        report({
          at: placeOfArg(item, arg),
          say: 'elsewhere',
          with: { name },
          related: [{ at: placeOfArg(other.variables.sets.get(name)!, 1), text: 'set here' }],
        });
      }
    }
  },
});
