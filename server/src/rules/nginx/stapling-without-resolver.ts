import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/stapling-without-resolver',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['ssl_stapling'],
  messages: {
    none: 'nginx keeps to the addresses that the OCSP responder had when nginx started: no resolver is set. Set one, or a file with ssl_stapling_file.',
  },
  docs: {
    summary: 'OCSP stapling without a resolver.',
    why: 'nginx logs `no resolver defined to resolve ...` and asks the addresses of the start; when the responder moves, stapling ends silently.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        ssl_stapling on;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    resolver 127.0.0.53;
    server {
        ssl_stapling on;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_stapling',
      'ngx_ssl_ocsp_request() in src/event/ngx_event_openssl_stapling.c',
    ],
  },

  check({ server }, report) {
    const [on] = inForce(server, 'ssl_stapling').directives;
    let top: Block = server;
    while (top.parent) top = top.parent;
    if (on?.args[0] !== 'on' || on.within !== server || top.context !== 'main') return;
    const resolver = inForce(server, 'resolver');
    const file = inForce(server, 'ssl_stapling_file');
    if (!resolver.certain || resolver.directives.length > 0 || !file.certain || file.directives.length > 0) return;
    report({ at: placeOfHead(on.item), say: 'none' });
  },
});
