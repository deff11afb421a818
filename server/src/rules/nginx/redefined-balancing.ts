import { type Item, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/redefined-balancing',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    method: 'nginx warns: "{name}" replaces "{before}". An upstream is balanced in one way.',
    order:
      'nginx warns: "{name}" replaces "keepalive" above it, so that no connections are kept. It has to stand before keepalive.',
  },
  docs: {
    summary: 'An upstream with two ways of balancing, or with one behind keepalive.',
    why: 'nginx starts and warns `load balancing method redefined`: the last one counts, and keepalive, which wraps what stands above it, is lost.',
    bad: `-- etc/nginx/conf.d/app.conf --
upstream app {
    server 192.0.2.1:8000;
    keepalive 16;
    least_conn;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
upstream app {
    least_conn;
    server 192.0.2.1:8000;
    keepalive 16;
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive',
      'ngx_http_upstream_least_conn() and its kin',
    ],
  },

  check({ items, context }, report) {
    if (context !== 'upstream' && context !== 'stream-upstream') return;
    let before: Item | undefined;
    for (const it of items) {
      if (it.kind !== 'simple') continue;
      const isMethod = METHODS.test(it.name);
      if (isMethod && before) {
        const related = [{ at: placeOfHead(before), text: 'is replaced' }];
        const at = placeOfArg(it, 0);
        if (before.name === 'keepalive') report({ at, say: 'order', with: { name: it.name }, related });
        else report({ at, say: 'method', with: { name: it.name, before: before.name }, related });
      }
      if (isMethod || it.name === 'keepalive') before = it;
    }
  },
});

const METHODS = /^(?:ip_hash|least_conn|hash|random|least_time)$/;
