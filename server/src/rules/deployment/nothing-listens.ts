import { type Address, addressText, isThisMachine } from '../../base/address.js';
import { hostPath } from '../../base/hostPath.js';
import { composePorts, isPublished } from '../../deployment/composePorts.js';
import type { Deployment } from '../../deployment/deployment.js';
import { probableListener } from '../../deployment/probableListeners.js';
import { Surroundings, unreachedListeners } from '../../deployment/surroundings.js';
import type { HostView } from '../../host/host.js';
import { addressesOf } from '../../nginx/listenAddress.js';
import { listOf, type Unit } from '../../systemd/unit.js';
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
    why: 'The tree shows units of app servers, and nginx reaches each of them; for one more address there is none. The program may be started in another way, so it is a hint; information where the units of the machine are there and none of them starts anything. Where an app waits for nginx on another address, `deployment/upstream-without-listener` speaks.',
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
    if ([...apps.values()].some((it) => it.open)) return;
    const bare = apps.size === 0;
    if (bare && !startsNothing(deployment)) return;
    const around = new Surroundings(deployment);
    const lonely = connections.filter(({ address }) => {
      if (around.listenersFor(address).length > 0) return false;
      return address.kind === 'tcp' ? isThisMachine(address.host) : bare && isMissing(address, host);
    });
    if (lonely.length === 0 || unreachedListeners(deployment, around).some((it) => it.serves === 'app')) return;
    const own = new Set(addressesOf(listens.map(({ text }) => ({ args: [text] }))).map(portOf));
    const ports = composePorts(host);
    for (const { address, at } of lonely) {
      if (address.kind !== 'tcp') {
        const heard = listens.some(({ text }) => text === addressText(address));
        if (!heard) report({ at, say: 'nobody', with: { address: addressText(address) }, severity: 'information' });
        continue;
      }
      if (own.has(String(address.port)) || isPublished(ports, address)) continue;
      // Of a port within a container another rule speaks.
      if (ports.some((it) => it.target === address.port) || probableListener(others, address, host)) continue;
      report({
        at,
        say: 'nobody',
        with: { address: addressText(address) },
        severity: bare ? 'information' : 'hint',
      });
    }
  },
});

/** The units of the machine are known, and none of them, nor another supervisor, starts any program but nginx. */
function startsNothing({ listeners, others, units: own, host }: Deployment): boolean {
  const units = host.list(hostPath('/etc/systemd/system'));
  if (!units.known || !units.value || listeners.length > 0) return false;
  const runs = (it: Unit) => it.name.full !== 'nginx.service' && listOf(it, 'Service', 'ExecStart').length > 0;
  if (others.some(runs)) return false;
  // What a package brings is enabled by a link here, while its unit lies in /usr/lib, of which copies have nothing.
  const wanted = units.value
    .filter((it) => it.endsWith('.wants'))
    .flatMap((it) => {
      const names = host.list(hostPath(`/etc/systemd/system/${it}`));
      return names.known ? (names.value ?? []) : ['unknown'];
    });
  const isHere = (it: string) => own.get(it)?.fragment?.path === `/etc/systemd/system/${it}`;
  if (wanted.some((it) => it !== 'nginx.service' && !isHere(it))) return false;
  return !SUPERVISORS.some((it) => {
    const there = host.stat(hostPath(it));
    return there.known && there.value !== undefined;
  });
}

/** Where others than systemd keep what they start. */
const SUPERVISORS = [
  '/etc/supervisor',
  '/etc/supervisord.conf',
  '/etc/supervisord.d',
  '/etc/containers/systemd',
  '/etc/sv',
  '/etc/services.d',
  '/etc/s6-overlay',
  '/etc/uwsgi',
  '/etc/php',
  '/etc/php-fpm.d',
  '/etc/docker',
];

/** A socket that is not there; whether it is known or not, nobody in these files makes it. */
function isMissing(address: Address, host: HostView): boolean {
  if (address.kind !== 'unix') return false;
  const there = host.stat(address.path);
  return !there.known || there.value === undefined;
}

const portOf = (address: string) => address.slice(address.lastIndexOf(':') + 1);
