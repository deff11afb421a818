import type { Declaration } from '../../nginx/declarations.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/conflicting-declaration',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'names',
  messages: {
    upstream: 'There is an upstream "{name}" already. nginx will not start.',
    logFormat: 'There is a log_format "{name}" already. nginx will not start.',
    zone: 'A memory zone "{name}" is made already, by "{other}". nginx will not start.',
    pool: 'There is a thread_pool "{name}" already. nginx will not start.',
    folder: 'The folder "{name}" is used already. nginx will not start.',
    defaultServer: 'Another server is the default for {name} already. nginx will not start.',
    listenOptions:
      'Options of the socket {name} are set in another server already. nginx takes them once and will not start.',
    address: 'Another server of mail listens on {name} already. nginx will not start.',
    once: 'nginx takes "{name}" once, and there is one already. nginx will not start.',
  },
  docs: {
    summary: 'Something that nginx takes once in the whole configuration, for the second time.',
    why: 'nginx -t fails with `duplicate upstream`, `a duplicate default server`, `duplicate listen options` and the like. The two often stand in different files, of which each is right by itself.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    include conf.d/*.conf;
}
-- etc/nginx/conf.d/a.conf --
upstream app {
    server 127.0.0.1:8001;
}
-- etc/nginx/conf.d/b.conf --
upstream app {
    server 127.0.0.1:8002;
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    include conf.d/*.conf;
}
-- etc/nginx/conf.d/a.conf --
upstream a {
    server 127.0.0.1:8001;
}
-- etc/nginx/conf.d/b.conf --
upstream b {
    server 127.0.0.1:8002;
}
`,
    sources: [
      'ngx_http_upstream_add() in src/http/ngx_http_upstream.c',
      'ngx_http_add_addresses() in src/http/ngx_http.c',
      'ngx_shared_memory_add() in src/core/ngx_cycle.c',
    ],
  },

  check({ conflicts }, report) {
    const said = new Set<Declaration['at']>();
    for (const { later, first } of conflicts) {
      const { kind, name, at } = later;
      const related = [{ at: first.at, text: 'the first one' }];
      // One name on several addresses is one mistake.
      if (said.has(at)) continue;
      // What stands side by side in one block is duplicate-directive's.
      if (kind === 'once' && at.node.parent === first.at.node.parent) continue;
      said.add(at);
      if (kind === 'zone') report({ at, related, say: 'zone', with: { name, other: first.directive } });
      else report({ at, related, say: kind, with: { name } });
    }
  },
});
