import { addressesOf } from '../../nginx/listenAddress.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { placeOfArg, valueStart } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/ipv4-not-heard',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'servers',
  comparison: { looksAt: ['listens'] },
  messages: {
    only: 'Clients with IPv4 are refused: no server listens on port {port} but by {address}, which is IPv6 alone unless ipv6only=off is set. Add "listen {port};".',
  },
  docs: {
    summary: 'Port 80 or 443 is open for IPv6 only.',
    why: 'Since nginx 1.3.4 a socket on [::] takes no IPv4 connections. Said of the ports of the web where no server at all listens for IPv4; add `listen 80;` beside it, or set `ipv6only=off`.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen [::]:80;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        listen [::]:80;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_core_module.html#listen', 'ngx_http_core_listen()'],
  },

  check({ servers, complete }, report) {
    if (!complete || servers.some((it) => !it.complete)) return;
    const listens = servers.flatMap((it) => it.listens);
    const heard = new Set(servers.flatMap((it) => addressesOf(it.listens)).filter((it) => !it.startsWith('[')));
    const ports = new Set([...heard].map((it) => it.slice(it.lastIndexOf(':') + 1)));
    for (const port of ['80', '443']) {
      const address = `[::]:${port}`;
      const here = listens.filter((it) => addressesOf([it]).includes(address));
      const [first] = here;
      if (!first || ports.has(port) || here.some((it) => it.args.includes('ipv6only=off'))) continue;
      report({ at: placeOfArg(first, 1), say: 'only', with: { port, address }, fixes: fixFor(first, port) });
    }
  },
});

function fixFor(listen: Item, port: string) {
  const word = listen.words[1]!;
  if (word.quote) return [];
  const start = valueStart(word);
  const more = listen.args
    .slice(1)
    .filter((it) => !it.startsWith('ipv6only='))
    .join(' ');
  const text = `${port}${more && ` ${more}`};\n    listen `;
  return [
    {
      title: `Listen on port ${port} for IPv4, too`,
      applicability: 'suggested' as const,
      edits: [{ at: { node: listen, start, end: start }, text }],
    },
  ];
}
