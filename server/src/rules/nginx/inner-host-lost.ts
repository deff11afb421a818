import { ownTarget } from '../../nginx/effective/ownHost.js';
import { addressesOf, isDefaultServer } from '../../nginx/listenAddress.js';
import { indentOf, placeOfArg, placeOfHead, placeOfItem } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/inner-host-lost',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  comparison: { looksAt: ['asks', 'names', 'listens'], concerns: (it) => it.asks.length > 0 },
  messages: {
    other:
      'The server for {name} on port {port} is never asked: nginx sends Host: {host} along, and the default server of that port answers. Add proxy_set_header Host $host.',
  },
  docs: {
    summary: 'A proxy in front of other servers of the same nginx does not tell them which host was asked for.',
    why: 'Unless proxy_set_header says otherwise, the Host of a proxied request is the address in proxy_pass. Where several servers listen on that address, none of them has such a name, and the default one answers for all.',
    bad: `-- etc/nginx/nginx.conf --
events {
}
http {
    server {
        listen 80;
        server_name wine.example.com;
        location / {
            proxy_pass http://127.0.0.1:8080;
        }
    }
    server {
        listen 8080 default_server;
        return 404;
    }
    server {
        listen 8080;
        server_name wine.example.com;
        root /srv/wine;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {
}
http {
    server {
        listen 80;
        server_name wine.example.com;
        location / {
            proxy_pass http://127.0.0.1:8080;
            proxy_set_header Host $host;
        }
    }
    server {
        listen 8080 default_server;
        return 404;
    }
    server {
        listen 8080;
        server_name wine.example.com;
        root /srv/wine;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header',
      'ngx_http_find_virtual_server() in src/http/ngx_http_request.c',
    ],
  },

  check({ servers, complete }, report) {
    if (!complete) return;
    const asking = servers.filter((it) => it.asks.length > 0);
    const wanted = new Set(asking.flatMap((it) => it.asks.flatMap((one) => keysOf(ownTarget(one)))));
    const at = new Map<string, ServerNames[]>();
    for (const it of servers)
      for (const address of addressesOf(it.listens))
        if (wanted.has(address)) at.set(address, [...(at.get(address) ?? []), it]);
    for (const { asks, names } of asking)
      for (const pass of asks) {
        const target = ownTarget(pass)!;
        const address = keysOf(target).find((it) => at.has(it));
        const there = (address && at.get(address)) || [];
        if (there.length < 2 || there.some((it) => !it.complete || takes(it, target.host))) continue;
        const first = there.find((it) => it.listens.some((one) => isDefaultServer(one.args))) ?? there[0]!;
        const own = namesIn(names);
        if (own.some((it) => takes(first, it))) continue;
        const name = own.find((it) => there.some((one) => takes(one, it)));
        const meant = name !== undefined && there.find((it) => takes(it, name));
        if (name === undefined || !meant) continue;
        const end = placeOfItem(pass);
        report({
          at: placeOfArg(pass, 1),
          say: 'other',
          with: { name, ...target },
          related: [
            { at: placeOfHead(first.server), text: 'the server that answers' },
            { at: placeOfHead(meant.server), text: 'the one that is meant' },
          ],
          fixes: [
            {
              title: 'Add proxy_set_header Host $host',
              applicability: 'suggested',
              edits: [{ at: { ...end, start: end.end }, text: `\n${indentOf(pass)}proxy_set_header Host $host;` }],
            },
          ],
        });
      }
  },
});

/** Where a connection to it arrives: on the address itself where somebody listens there, else on all of the port. */
function keysOf(target: ReturnType<typeof ownTarget>): readonly string[] {
  return target ? [`${target.host}:${target.port}`, `127.0.0.1:${target.port}`, `*:${target.port}`] : [];
}

const namesIn = (items: ServerNames['names']) =>
  items.flatMap((it) => it.args.map((one) => one.toLowerCase())).filter((it) => /^[\w-]+(?:\.[\w-]+)+$/.test(it));

/** Whether the name is one of the server's, or may be: patterns are not looked into. */
function takes({ names }: ServerNames, name: string): boolean {
  return names.some((it) =>
    it.args.some((one) => {
      const own = one.toLowerCase();
      return own === name || /[*~${]/.test(own) || (own.startsWith('.') && `.${name}`.endsWith(own));
    }),
  );
}
