import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/missing-certificate-key',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['ssl_certificate'],
  messages: {
    missing: 'nginx will not start: no ssl_certificate_key stands beside this certificate or around it.',
  },
  docs: {
    summary: 'A certificate without its key.',
    why: 'nginx -t fails with `no "ssl_certificate_key" is defined for certificate`. Each ssl_certificate needs a key; a second certificate needs a second one.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 443 ssl;
        ssl_certificate data:$http_x;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 443 ssl;
        ssl_certificate data:$http_x;
        ssl_certificate_key data:$http_y;
    }
}
`,
    sources: ['ngx_http_ssl_merge_srv_conf() in src/http/modules/ngx_http_ssl_module.c'],
  },

  check({ server }, report) {
    const certificates = inForce(server, 'ssl_certificate');
    const keys = inForce(server, 'ssl_certificate_key');
    let top = server;
    while (top.parent) top = top.parent;
    if (!certificates.certain || !keys.certain || top.context !== 'main') return;
    const without = certificates.directives[keys.directives.length];
    if (without) report({ at: placeOfArg(without.item, 1), say: 'missing' });
  },
});
