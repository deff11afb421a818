import { addressesOf, isDefaultServer } from '../../nginx/listenAddress.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';
import type { ServerNames } from '../views.js';

export default defineRule({
  id: 'nginx/missing-certificate',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'servers',
  comparison: { looksAt: ['listens', 'tls', 'complete'] },
  messages: {
    none: 'nginx will not start: {address} takes TLS, and this server, which answers there by default, has no ssl_certificate.',
    rejecting:
      'nginx will not start: {address} takes TLS and its default server refuses handshakes, so this server needs an ssl_certificate of its own.',
    quic: 'nginx will not start: QUIC on {address} needs TLSv1.3, and ssl_protocols leaves it out.',
  },
  docs: {
    summary: 'An address takes TLS, and its default server has no certificate.',
    why: 'nginx -t fails with `no "ssl_certificate" is defined for the "listen ... ssl" directive`. One `listen ... ssl` makes the whole address take TLS, for each server that listens there; what counts is the certificate of the default server, which may be the first in the file.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        listen 443 ssl;
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
    sources: ['ngx_http_ssl_init() in src/http/modules/ngx_http_ssl_module.c'],
  },

  check({ servers, complete }, report) {
    if (!complete) return;
    const told = new Set<ServerNames>();
    for (const [address, { here, secured, quic }] of byAddress(servers)) {
      if (!secured || here.some((it) => !it.complete)) continue;
      const chosen = here.find((it) => isDefaultAt(it, address)) ?? here[0]!;
      const tell = (it: ServerNames, say: 'none' | 'rejecting' | 'quic'): void => {
        if (told.has(it)) return;
        told.add(it);
        const related = [{ at: placeOfHead(secured), text: 'makes the address take TLS' }];
        report({ at: placeOfArg(it.server, 0), say, with: { address }, related });
      };
      const protocols = chosen.tls.find((it) => it.name === 'ssl_protocols');
      if (has(chosen, 'ssl_certificate')) {
        if (quic && protocols && !protocols.args.includes('TLSv1.3')) tell(chosen, 'quic');
      } else if (!rejects(chosen)) tell(chosen, 'none');
      else for (const it of here) if (!has(it, 'ssl_certificate') && !rejects(it)) tell(it, 'rejecting');
    }
  },
});

interface Here {
  readonly here: ServerNames[];
  /** The `listen` that makes the address take TLS. */
  secured: ServerNames['listens'][number] | undefined;
  quic: boolean;
}

function byAddress(servers: readonly ServerNames[]): ReadonlyMap<string, Here> {
  const all = new Map<string, Here>();
  for (const it of servers) {
    for (const address of addressesOf(it.listens)) {
      let at = all.get(address);
      if (!at) all.set(address, (at = { here: [], secured: undefined, quic: false }));
      at.here.push(it);
    }
    for (const listen of it.listens) {
      const quic = listen.args.includes('quic', 1);
      if (!quic && !listen.args.includes('ssl', 1)) continue;
      for (const address of addressesOf([listen])) {
        const at = all.get(address)!;
        at.secured ??= listen;
        at.quic ||= quic;
      }
    }
  }
  return all;
}

function isDefaultAt(it: ServerNames, address: string): boolean {
  return it.listens.some((one) => isDefaultServer(one.args) && addressesOf([one]).includes(address));
}

const has = (it: ServerNames, name: string) => it.tls.some((one) => one.name === name);
const rejects = (it: ServerNames) => it.tls.some((one) => one.name === 'ssl_reject_handshake' && one.args[0] === 'on');
