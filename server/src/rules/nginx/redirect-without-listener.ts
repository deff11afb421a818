import { addressesOf } from '../../nginx/listenAddress.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/redirect-without-listener',
  severity: 'information',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'servers',
  comparison: { looksAt: ['sends', 'listens', 'names', 'complete'], concerns: (it) => it.sends.length > 0 },
  messages: {
    nobody:
      'Clients are sent to {to}, and no server of http listens on port 443: the connection is refused, unless a proxy in front, a server of stream or another program answers there.',
  },
  docs: {
    summary: 'A redirect to https while nginx listens for TLS nowhere.',
    why: 'The server for port 443 is missing, not included yet, or listens on another port; a client that follows the redirect is refused. It is information only, because a balancer or another program may take port 443. Silent where an include cannot be read, and where nginx is told of a proxy in front (proxy_protocol, or a redirect that depends on X-Forwarded-Proto).',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        server_name example.com;
        return 301 https://$host$request_uri;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        server_name example.com;
        return 301 https://$host$request_uri;
    }
    server {
        listen 443 ssl;
        server_name example.com;
        ssl_certificate data:$http_x;
        ssl_certificate_key data:$http_y;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#listen',
      'https://nginx.org/en/docs/http/configuring_https_servers.html',
    ],
  },

  check({ servers, complete }, report) {
    if (!complete || servers.some((it) => !it.complete)) return;
    const listens = servers.flatMap((it) => it.listens);
    if (listens.some((it) => it.args.includes('proxy_protocol'))) return;
    if (servers.some((it) => addressesOf(it.listens).some((one) => one.endsWith(':443')))) return;
    const own = new Set(servers.flatMap((it) => it.names).flatMap((it) => it.args.map((one) => one.toLowerCase())));
    const told = new Set<Item>();
    for (const { to, by } of servers.flatMap((it) => it.sends)) {
      // Who serves another name is nobody's guess.
      if (!to.startsWith('https://') || !own.has(to.slice('https://'.length)) || told.has(by)) continue;
      told.add(by);
      report({ at: placeOfHead(by), say: 'nobody', with: { to } });
    }
  },
});
