import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/exposed-status',
  severity: 'information',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    open: 'Everybody who can reach this server sees its {what}. Let in those who measure it, as in "allow 127.0.0.1; deny all;".',
  },
  docs: {
    summary: 'A status page without an access rule.',
    why: 'It tells strangers how busy the server is and when a scan bothers it.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        location /nginx_status {
            stub_status;
        }
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        location /nginx_status {
            stub_status;
            allow 127.0.0.1;
            deny all;
        }
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_stub_status_module.html'],
  },

  check({ server }, report) {
    const listens = server.all('listen');
    if (listens.length > 0 && listens.every((it) => /^(?:127\.|localhost|\[::1\]|unix:)/.test(it.args[0] ?? '')))
      return;
    let top: Block = server;
    while (top.parent) top = top.parent;
    if (top.context !== 'main') return;
    for (const { it, block } of pagesIn(server)) {
      const guards = GUARDS.map((name) => inForce(block, name));
      if (guards.some((guard) => !guard.certain || guard.directives.length > 0)) continue;
      report({ at: placeOfArg(it.item, 0), say: 'open', with: { what: WHAT[it.name]! } });
    }
  },
});

const WHAT: Readonly<Record<string, string>> = {
  stub_status: 'connections and requests',
  status: 'status',
  api: 'status',
};
const GUARDS = ['deny', 'auth_basic', 'auth_request', 'auth_jwt', 'ssl_verify_client', 'internal'];

function* pagesIn(block: Block): Generator<{ it: Block['directives'][number]; block: Block }> {
  for (const it of block.directives) {
    if (it.name === 'stub_status' && it.args[0] !== 'off') yield { it, block };
    if (it.body && it.body.context !== 'data') yield* pagesIn(it.body);
  }
}
