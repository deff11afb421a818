import { addressText, isThisMachine } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import type { Listener } from '../../deployment/deployment.js';
import { connectEdit } from '../../deployment/meeting.js';
import type { Connection } from '../../deployment/nginxSide.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { addressesOf } from '../../nginx/listenAddress.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/proxied-to-itself',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    loop: 'Requests go round in circles: nginx itself listens on {address}, and with this Host the same server answers, until the connections run out and clients get 500 or 502. Pass to the address of the app.',
  },
  docs: {
    summary: 'A proxy_pass that leads back into the server that it stands in.',
    why: 'The server listens on the address, and the Host header that is passed on names it, so that each request is proxied again. Nothing stops that before the connections of the workers are used up.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    server_name example.com;
    location / {
        proxy_pass http://127.0.0.1:80;
        proxy_set_header Host $host;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    server_name example.com;
    location / {
        proxy_pass http://127.0.0.1:8000;
        proxy_set_header Host $host;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/request_processing.html',
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
    ],
  },

  check({ server, around }, report) {
    const listens = server.all('listen');
    const plain = listens.filter((it) => !it.args.includes('ssl') && !it.args.includes('proxy_protocol'));
    if (listens.length > 0 && plain.length === 0) return;
    const addresses = new Set(addressesOf(plain));
    for (const pass of passesIn(server)) {
      const connections = around.connectionsOf(pass.item);
      const [only] = connections;
      if (pass.name !== 'proxy_pass' || connections.length !== 1 || only?.address.kind !== 'tcp') continue;
      const { host, port } = only.address;
      if (only.connector.target.scheme !== 'http://' || !isThisMachine(host)) continue;
      const own = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
      const listensThere = addresses.has(own) || addresses.has(host.includes(':') ? `[::]:${port}` : `*:${port}`);
      if (!listensThere || around.listenersFor(only.address).length > 0) continue;
      if (!isAll(pass.within) || only.connector.target.uri !== undefined || !comesBack(server, pass)) continue;
      const at = plain.find((it) => it.args[0]?.includes(String(port)));
      report({
        at: placeOfArg(pass.item, 1),
        say: 'loop',
        with: { address: own },
        related: at ? [{ at: placeOfHead(at.item), text: 'nginx listens here' }] : [],
        fixes: around.waitingApps().flatMap((it) => connectFix(only, it)),
      });
    }
  },
});

function connectFix(connection: Connection, { address, unit }: Listener): Fix[] {
  const edit = connectEdit(connection, address);
  const title = `Connect to ${addressText(address)} (${unit.name.full})`;
  return edit ? [{ title, applicability: 'suggested', edits: [edit] }] : [];
}

/** `location /`, or the server itself: where nothing else can take the request when it returns. */
function isAll({ name, args, context }: Block): boolean {
  return context === 'location' && name === 'location' && args.length === 1 && args[0] === '/';
}

/** Whether the Host that is passed on chooses the same server again. */
function comesBack(server: Block, pass: Directive): boolean {
  const { directives, certain } = inForce(pass.within, 'proxy_set_header');
  const host = directives.find((it) => it.args[0]?.toLowerCase() === 'host')?.args[1];
  if (certain && host !== undefined && /^\$(?:host|http_host)$/.test(host)) return true;
  const named = host === '$server_name' ? server.first('server_name')?.args[0] : host;
  return certain && named !== undefined && server.all('server_name').some((it) => it.args.includes(named));
}
