import { addressesOf } from '../../nginx/listenAddress.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/name-not-everywhere',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'servers',
  comparison: {
    looksAt: ['listens', 'names', 'tls', 'complete'],
    concerns: (it) => it.listens.some(({ args: [address = ''] }) => /^\[::\]:|443$/.test(address)),
  },
  messages: {
    ipv6: 'Over IPv4 another server answers for {name}: this one listens on {address} alone, which is IPv6. Add "listen {port};".',
    tls: 'https://{name} is answered by another server: it listens on port 443, and no server of this name does.',
  },
  docs: {
    summary: 'A name that a server has for one address or port only, while another server hears the other.',
    why: 'nginx first looks at the address and port that a connection came to, and compares names among the servers there alone. A site that listens on [::]:80 only, beside one that listens on 80, is never found over IPv4; a site without TLS beside one with it shows the other one, and its certificate, to whoever types https.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80 default_server;
        listen [::]:80 default_server;
        return 444;
    }
    server {
        listen [::]:80;
        server_name example.com;
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 80 default_server;
        listen [::]:80 default_server;
        return 444;
    }
    server {
        listen 80;
        listen [::]:80;
        server_name example.com;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/request_processing.html', 'ngx_http_set_virtual_server()'],
  },

  check({ servers, complete }, report) {
    if (!complete || servers.some((it) => !it.complete)) return;
    const all = servers.map((it) => ({ of: it, ...heardBy(it) }));
    // An expression or a star may stand for any name.
    const open = (port: string) =>
      all.some((it) => it.ports.has(port) && it.names.some((name) => !PLAIN.test(name) && name !== '_'));
    const has = (port: string) => new Set(all.filter((it) => it.ports.has(port)).flatMap((it) => it.names));
    const refused = refusesOthers(servers);
    for (const port of ['80', '443']) {
      const heard = all.some((it) => it.ports.has(port));
      if (!heard || open(port)) continue;
      const names = has(port);
      for (const { of, ports, names: own } of all) {
        const name = own.find((it) => PLAIN.test(it) && it.includes('.'));
        if (name === undefined || own.some((it) => names.has(it))) continue;
        const address = `[::]:${port}`;
        const listen = of.listens.find((it) => it.args[0] === address && !it.args.includes('ipv6only=off'));
        if (listen) report({ at: placeOfArg(listen, 1), say: 'ipv6', with: { name, address, port } });
        else if (port === '443' && ports.has('80') && !refused) {
          const at = of.names.find((it) => it.args.includes(name));
          if (at) report({ at: placeOfArg(at, 1), say: 'tls', severity: 'information', with: { name } });
        }
      }
    }
  },
});

const PLAIN = /^[\w-]+(?:\.[\w-]+)*$/;

/** Ports on which a server hears IPv4. */
interface Heard {
  readonly ports: ReadonlySet<string>;
  readonly names: readonly string[];
}

/** While somebody types in one server the others stay the same objects. */
const remembered = new WeakMap<ServerNames, Heard>();

function heardBy(server: ServerNames): Heard {
  let found = remembered.get(server);
  if (!found) remembered.set(server, (found = { ports: portsOf(server), names: namesOf(server) }));
  return found;
}

function portsOf({ listens }: ServerNames): ReadonlySet<string> {
  const addresses = listens.length === 0 ? ['*:80'] : addressesOf(listens);
  return new Set(addresses.filter((it) => !it.startsWith('[')).map((it) => it.slice(it.lastIndexOf(':') + 1)));
}

const namesOf = ({ names }: ServerNames): string[] =>
  names.flatMap((it) => it.args).map((it) => (isTemplated(it) ? '*' : it.toLowerCase()));

/** Somebody has thought of names that are not there. */
const refusesOthers = (all: readonly ServerNames[]): boolean =>
  all.some(
    (it) =>
      it.tls.some((one) => one.name === 'ssl_reject_handshake' && one.args[0] === 'on') ||
      it.listens.some((one) => one.args[0]?.endsWith('443') && one.args.includes('default_server')),
  );
