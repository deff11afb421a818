import { type Item, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** Methods whose NGX_HTTP_UPSTREAM_BACKUP flag is not set. */
const WITHOUT_BACKUP = new Set(['hash', 'ip_hash', 'random']);

export default defineRule({
  id: 'nginx/upstream-servers',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    empty: 'There is no server inside this upstream. nginx will not start.',
    backup: '"{method}" knows no backup servers. nginx will not start.',
  },
  docs: {
    summary: 'An upstream without servers, or with a backup that its method does not know.',
    why: 'nginx -t fails with `no servers are inside upstream` or `balancing method does not support parameter "backup"`.',
    bad: `-- etc/nginx/conf.d/app.conf --
upstream app {
    ip_hash;
    server 192.0.2.1;
    server 192.0.2.2 backup;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
upstream app {
    least_conn;
    server 192.0.2.1;
    server 192.0.2.2 backup;
}
`,
    sources: [
      'ngx_http_upstream_server() and ngx_http_upstream() in src/http/ngx_http_upstream.c',
      'https://nginx.org/en/docs/http/ngx_http_upstream_module.html',
    ],
  },

  check({ items, context, owner }, report) {
    if (!owner || (context !== 'upstream' && context !== 'stream-upstream')) return;
    let method: Item | undefined;
    let servers = 0;
    let unknown = false;
    for (const item of items) {
      if (item.name === 'server') {
        servers++;
        const at = item.args.indexOf('backup');
        // A method counts for the servers below it.
        if (method && at >= 0)
          report({
            at: placeOfArg(item, at + 1),
            say: 'backup',
            with: { method: method.name },
            related: [{ at: placeOfHead(method), text: 'the method' }],
          });
      } else if (WITHOUT_BACKUP.has(item.name)) method = item;
      else if (
        item.isDirective &&
        ![
          'zone',
          'keepalive',
          'keepalive_timeout',
          'keepalive_requests',
          'keepalive_time',
          'least_conn',
          'fair',
        ].includes(item.name)
      )
        unknown = true;
    }
    // An include, a state file or a module may bring servers.
    if (servers === 0 && !unknown && owner.close !== undefined) report({ at: placeOfHead(owner), say: 'empty' });
  },
});
