import type { Fix } from '../../base/fix.js';
import { listenAddress } from '../../nginx/listenAddress.js';
import { isTemplated } from '../../nginx/values.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/plain-listen-beside-tls',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  comparison: {
    looksAt: ['listens', 'tls', 'complete'],
    concerns: (it) => it.listens.some((one) => /443$/.test(one.args[0] ?? '') && !one.args.includes('ssl', 1)),
  },
  messages: {
    family:
      'nginx speaks plain HTTP on {address}: "ssl" is said of {other} alone, and counts for that address only. Browsers that ask for https there get an error. Add ssl here, too.',
    certificate:
      'nginx speaks plain HTTP on {address}: no listen says "ssl" of it, and a certificate alone changes nothing. Browsers that ask for https get an error. Add ssl.',
  },
  docs: {
    summary: 'Port 443 of a server that has a certificate, without ssl on this address.',
    why: 'ssl belongs to each address that nginx listens on: what one `listen` says of [::]:443 does not hold for 0.0.0.0:443. nginx answers a handshake on an address without it with 400 in plain HTTP, which browsers show as ERR_SSL_PROTOCOL_ERROR. Silent where another server says it of the same address, or the former `ssl on` is there.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 443;
        listen [::]:443 ssl;
        ssl_certificate data:$http_x;
        ssl_certificate_key data:$http_y;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 443 ssl;
        listen [::]:443 ssl;
        ssl_certificate data:$http_x;
        ssl_certificate_key data:$http_y;
    }
}
`,
    sources: [
      'ngx_http_add_addresses() and ngx_http_ssl_init() in src/http',
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#listen',
    ],
  },

  check({ servers, complete }, report) {
    const isOpen = ({ args }: Item) => args[0] === undefined || args.some(isTemplated);
    if (!complete || servers.some((it) => !it.complete || it.listens.some(isOpen))) return;
    const secured = new Set(servers.flatMap((it) => it.listens.filter(takesTls).map((one) => listenAddress(one.args))));
    for (const it of servers) {
      if (!it.tls.some((one) => one.name === 'ssl_certificate') || formerly(it)) continue;
      for (const listen of it.listens) {
        const [text = ''] = listen.args;
        if (text === '') continue;
        const address = listenAddress(listen.args);
        if (!/(?:^|:)\d*443$/.test(text) || !isPlain(listen) || secured.has(address)) continue;
        const other = it.listens.find((one) => takesTls(one) && portOf(one) === portOf(listen));
        const at = placeOfArg(listen, 1);
        const fixes: Fix[] = [
          { title: 'Add ssl', applicability: 'suggested', edits: [{ at: { ...at, start: at.end }, text: ' ssl' }] },
        ];
        if (other) report({ at, say: 'family', with: { address, other: other.args[0]! }, fixes });
        else if (portOf(listen) === '443') report({ at, say: 'certificate', with: { address }, fixes });
      }
    }
  },
});

const takesTls = (it: Item): boolean => it.args.includes('ssl', 1);
const isPlain = (it: Item): boolean =>
  !it.args.some((one, i) => i > 0 && /^(?:ssl|quic|udp|proxy_protocol)$/.test(one));
const portOf = (it: Item): string => /(\d+)$/.exec(it.args[0] ?? '')?.[1] ?? '';

/** nginx before 1.25 knew `ssl on`, which makes each address of a server take TLS. */
const formerly = ({ tls }: ServerNames): boolean => tls.some((it) => it.name === 'ssl' && it.args[0] === 'on');
