import { addressesOf, isDefaultServer } from '../../nginx/listenAddress.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/name-on-other-port',
  severity: 'information',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'servers',
  comparison: {
    looksAt: ['names', 'listens', 'complete'],
    concerns: (it) => otherPortOf(it) !== undefined,
  },
  messages: {
    other:
      'Whoever types {name} gets another site: this server listens on port {port} alone, and browsers ask port {usual}, where a server of other names answers. Servers of several names share one port.',
  },
  docs: {
    summary: 'A site of its own name on a port of its own, beside others on the usual one.',
    why: 'nginx tells sites apart by name, so that all of them may listen on port 80 and 443. One with a port of its own is reached only by who types the port; for its name on the usual port the default server answers. Information only, since that may be wanted. Silent where a server on the usual port takes any name.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        server_name www.example.com;
    }
    server {
        listen 81;
        server_name blog.example.com;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80;
        server_name www.example.com;
    }
    server {
        listen 80;
        server_name blog.example.com;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/request_processing.html',
      'https://www.rfc-editor.org/rfc/rfc9110#section-4.2.1',
    ],
  },

  check({ servers, complete }, report) {
    if (!complete || servers.some((it) => !it.complete)) return;
    const usual = servers.filter((it) => addressesOf(it.listens).some((one) => /:(?:80|443)$/.test(one)));
    const names = usual.flatMap(namesOf);
    // A server for any name may pass on what this one is for.
    if (usual.length === 0 || names.some((it) => !PUBLIC.test(it)) || usual.some((it) => it.names.length === 0)) return;
    if (usual.some((it) => it.listens.some((one) => isDefaultServer(one.args)))) return;
    const port = usual.some((it) => addressesOf(it.listens).some((one) => one.endsWith(':80'))) ? '80' : '443';
    for (const it of servers) {
      const other = otherPortOf(it);
      if (!other || namesOf(it).some((one) => names.includes(one))) continue;
      const with_ = { name: other.name, port: other.port, usual: port };
      report({ at: placeOfArg(other.listen, 1), say: 'other', with: with_ });
    }
  },
});

/** A name that browsers of the world may ask for. */
const PUBLIC = /^(?:[a-z0-9-]+\.)+(?!local$|lan$|internal$|home$|localdomain$|localhost$|test$)[a-z]{2,}$/;

const namesOf = ({ names }: ServerNames): string[] => names.flatMap((it) => it.args).map((it) => it.toLowerCase());

/** Of a server that listens on one port of all addresses, which is none of the usual ones: that port, and a name. */
function otherPortOf(server: ServerNames) {
  const [listen] = server.listens;
  const addresses = addressesOf(server.listens);
  const port = /^\*:(\d+)$/.exec(addresses[0] ?? '')?.[1];
  if (!listen || port === undefined || /^(?:80|443)$/.test(port)) return undefined;
  if (addresses.some((it) => it !== `*:${port}` && it !== `[::]:${port}`)) return undefined;
  if (server.listens.some((it) => it.args.includes('proxy_protocol'))) return undefined;
  const name = namesOf(server).find((it) => PUBLIC.test(it));
  return name === undefined ? undefined : { listen, port, name };
}
