import { addressText, isThisMachine } from '../../base/address.js';
import { composePorts, isPublished } from '../../deployment/composePorts.js';
import { probableListener } from '../../deployment/probableListeners.js';
import { Surroundings, unreachedListeners } from '../../deployment/surroundings.js';
import { addressesOf } from '../../nginx/listenAddress.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/nothing-listens',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    nobody:
      'nginx will answer 502 unless something outside of these files listens on {address}: no unit here does, and no compose file publishes it.',
  },
  docs: {
    summary: 'nginx connects to an address of this machine that nothing in the tree listens on.',
    why: 'The tree shows units of app servers, and nginx reaches each of them; for one more address there is none. The program may be started in another way, so it is a hint. Where an app waits for nginx on another address, `deployment/upstream-without-listener` speaks.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        auth_request /auth;
        proxy_pass http://127.0.0.1:8000;
    }
    location = /auth {
        proxy_pass http://127.0.0.1:4180;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 app.wsgi
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        auth_request /auth;
        proxy_pass http://127.0.0.1:8000;
    }
    location = /auth {
        proxy_pass http://127.0.0.1:4180;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 app.wsgi
-- etc/systemd/system/oauth2-proxy.service --
[Service]
ExecStart=/usr/local/bin/oauth2-proxy --http-address=127.0.0.1:4180
`,
    sources: ['ngx_http_upstream_connect() in src/http/ngx_http_upstream.c'],
  },

  check(deployment, report) {
    const { apps, connections, listens, others, host } = deployment;
    if (apps.size === 0 || [...apps.values()].some((it) => it.open)) return;
    const around = new Surroundings(deployment);
    const lonely = connections.filter(
      ({ address }) =>
        address.kind === 'tcp' && isThisMachine(address.host) && around.listenersFor(address).length === 0,
    );
    if (lonely.length === 0 || unreachedListeners(deployment, around).some((it) => it.serves === 'app')) return;
    const own = new Set(addressesOf(listens.map(({ text }) => ({ args: [text] }))).map(portOf));
    const ports = composePorts(host);
    for (const { address, at } of lonely) {
      if (address.kind !== 'tcp' || own.has(String(address.port)) || isPublished(ports, address)) continue;
      // Of a port within a container another rule speaks.
      if (ports.some((it) => it.target === address.port) || probableListener(others, address, host)) continue;
      report({ at, say: 'nobody', with: { address: addressText(address) } });
    }
  },
});

const portOf = (address: string) => address.slice(address.lastIndexOf(':') + 1);
