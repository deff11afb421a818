import { edgeOf } from '../../nginx/edges.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/edge-bypassed',
  severity: 'hint',
  confidence: 'likely',
  audience: 'pedantic',
  sees: 'server',
  directives: ['set_real_ip_from'],
  messages: {
    open: 'Who knows the address of this machine can ask it around {edge}, unless a firewall lets only {edge} in. In nginx ssl_verify_client with the certificate of {edge} does that; allow and deny see the address of the client already.',
  },
  docs: {
    summary: 'A server behind a network of proxies that also answers those who do not come through it.',
    why: 'Rate limits, rules and caches of the edge do not count for requests that go to the origin itself. realip replaces $remote_addr before allow and deny are asked, so that these cannot tell; $realip_remote_addr can. A firewall cannot be seen from here.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    set_real_ip_from 173.245.48.0/20;
    real_ip_header CF-Connecting-IP;
    location / { return 204; }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 127.0.0.1:8080;
    set_real_ip_from 173.245.48.0/20;
    real_ip_header CF-Connecting-IP;
    location / { return 204; }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_realip_module.html',
      'https://developers.cloudflare.com/ssl/origin-configuration/authenticated-origin-pull/',
    ],
  },

  check({ server }, report) {
    const { directives, certain } = inForce(server, 'set_real_ip_from');
    const found = directives.map((it) => ({ it, edge: edgeOf(it.args[0] ?? '') })).find(({ edge }) => edge);
    if (!found?.edge || !certain || !server.complete) return;
    const verifies = inForce(server, 'ssl_verify_client').directives[0]?.args[0];
    if (verifies === 'on' || verifies === 'optional') return;
    const listens = server.all('listen');
    if (listens.length > 0 && listens.every((it) => /^(?:unix:|127\.|\[::1\]|localhost\b)/.test(it.args[0] ?? '')))
      return;
    // Whoever asks for the address of the connection, in an `if` or through a geo, does it himself.
    if (server.directives.some((it) => it.name === 'if')) return;
    report({ at: placeOfArg(found.it.item, 1), say: 'open', with: { edge: found.edge.name } });
  },
});
