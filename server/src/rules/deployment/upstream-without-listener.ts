import { type Address, addressText, isThisMachine } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import { hostPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import type { Deployment, Listener } from '../../deployment/deployment.js';
import { missesLocalhost } from '../../deployment/localhost.js';
import { connectEdit, listenFix, moveFix } from '../../deployment/meeting.js';
import type { Connection } from '../../deployment/nginxSide.js';
import { probableListener } from '../../deployment/probableListeners.js';
import { Surroundings, unreachedListeners } from '../../deployment/surroundings.js';
import { siblingsOf } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/upstream-without-listener',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    localhost:
      'nginx will answer 502: /etc/hosts gives localhost no IPv6 address, and {unit} listens on {address}. Connect to that address.',
    noSecondTry:
      'nginx will answer 502 to some of the requests: nothing listens on {address}, and proxy_next_upstream off keeps it from asking {other} instead.',
    nobodyListensBut: 'nginx will answer 502: nothing listens on {address}. {unit} listens on {actual}.',
    nobodyListensButMany: 'nginx will answer 502: nothing listens on {address}. {units} listen elsewhere.',
    colon:
      'nginx will answer 502: nothing listens on {address}. {unit} listens on {actual}; between the path of a socket and a URI stands a colon: unix:{actual}:{uri}.',
  },
  docs: {
    summary:
      'nginx connects to an address on which no unit listens, while a unit listens on an address that nobody connects to.',
    why: 'nginx starts, and answers each request for this location with 502 Bad Gateway. nginx -t does not look.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://unix:/run/app.sock;
    }
}
-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
      'systemd.socket(5), ListenStream=',
      'ngx_http_upstream_connect() in src/http/ngx_http_upstream.c',
    ],
  },

  check(deployment, report) {
    const around = new Surroundings(deployment);
    const onV6 = deployment.listeners.filter(({ address }) => address.kind === 'tcp' && address.host === '::1');
    const toV6 = new Set(onV6.flatMap((it) => around.connectionsTo(it.address)));
    for (const { address, at } of toV6) {
      const there = around.listenersFor(address);
      const [first] = there;
      if (first && there.every((it) => missesLocalhost(it.address, address, deployment.host)))
        report({ at, say: 'localhost', with: { unit: first.unit.name.full, address: addressText(first.address) } });
    }
    for (const { at, address, other } of withoutSecondTry(deployment, around))
      report({ at, say: 'noSecondTry', with: { address, other } });
    const free = unreachedListeners(deployment, around).filter((it) => it.serves === 'app');
    // Without a listener that waits in vain, the address may well belong to a program outside of this tree.
    if (free.length === 0 || mayListenAnywhere(deployment)) return;
    for (const connection of deployment.connections) {
      if (!nobodyListens(connection, around)) continue;
      if (probableListener(deployment.others, connection.address, deployment.host)) continue;
      const address = addressText(connection.address);
      const colon = withColon(connection, around);
      if (colon) {
        report(colon);
        continue;
      }
      const related = free.map((it) => ({ at: it.at, text: `${it.unit.name.full} listens here` }));
      const fixes = free.flatMap((it) => fixFor(connection, it) ?? []);
      const [only, ...more] = free;
      if (more.length === 0) {
        const actual = addressText(only!.address);
        const other = listenFix(only!, connection.address);
        const both = other || connection.address.kind !== 'unix' ? [] : moveFix([connection], only!);
        report({
          at: connection.at,
          say: 'nobodyListensBut',
          with: { address, unit: only!.unit.name.full, actual },
          related,
          fixes: other ? [...fixes, other] : [...fixes, ...both],
        });
      } else {
        const units = [...new Set(free.map((it) => it.unit.name.full))].join(', ');
        report({ at: connection.at, say: 'nobodyListensButMany', with: { address, units }, related, fixes });
      }
    }
  },
});

/** Servers of an upstream on which nobody listens, beside one that answers, where nginx may not ask that. */
function* withoutSecondTry(
  deployment: Deployment,
  around: Surroundings,
): Generator<{ at: Place; address: string; other: string }> {
  if (!deployment.listeners.some((it) => it.serves === 'app') || mayListenAnywhere(deployment)) return;
  for (const it of deployment.connections) {
    const { connector, upstream, address, at } = it;
    if (!upstream || upstream.servers.length < 2) continue;
    const name = connector.directive.replace('_pass', '_next_upstream');
    const off = siblingsOf(connector.item).some((one) => one.name === name && one.args[0] === 'off');
    if (!off || !nobodyListens(it, around) || probableListener(deployment.others, address, deployment.host)) continue;
    const other = around
      .connectionsOf(connector.item)
      .find((one) => one !== it && around.listenersFor(one.address).some(({ serves }) => serves === 'app'));
    if (other) yield { at, address: addressText(address), other: addressText(other.address) };
  }
}

/** An app whose config file or environment cannot be read may be the one that listens. */
function mayListenAnywhere({ apps, sockets }: Deployment): boolean {
  const activated = new Set(sockets.map((it) => it.starts?.name.full));
  return [...apps].some(([name, app]) => app.open && !activated.has(name));
}

/** nginx takes all up to the next colon for the path of a socket: ngx_parse_unix_domain_url(). */
function withColon({ address, at, connector, upstream }: Connection, around: Surroundings) {
  if (address.kind !== 'unix' || upstream) return undefined;
  const { quote } = connector.item.words[1]!;
  for (let path = address.path; path.lastIndexOf('/') > 0; ) {
    path = hostPath(path.slice(0, path.lastIndexOf('/')));
    const [listener] = around.listenersFor({ ...address, path });
    if (!listener) continue;
    const uri = address.path.slice(path.length);
    const fix: Fix = {
      title: `Put a colon before ${uri}`,
      applicability: 'suggested',
      edits: [{ at, text: `${quote}${connector.target.scheme}unix:${path}:${uri}${quote}` }],
    };
    const unit = listener.unit.name.full;
    return {
      at,
      say: 'colon',
      with: { address: address.path, unit, actual: path, uri },
      related: [{ at: listener.at, text: `${unit} listens here` }],
      fixes: [fix],
    } as const;
  }
  return undefined;
}

/** Known to be on this machine, reached by no listener that we see, and no socket is there already. */
function nobodyListens({ address }: Connection, around: Surroundings): boolean {
  if (address.kind === 'tcp' && !isThisMachine(address.host)) return false;
  if (around.listenersFor(address).length > 0) return false;
  return address.kind !== 'unix' || !existsAlready(address, around);
}

function existsAlready(address: Address & { kind: 'unix' }, { host }: Surroundings): boolean {
  const there = host.stat(address.path);
  return there.known && there.value !== undefined;
}

/** nginx comes to the unit. */
function fixFor(connection: Connection, { address, unit }: Listener): Fix | undefined {
  const edit = connectEdit(connection, address);
  const title = `Connect to ${addressText(address)} (${unit.name.full})`;
  return edit && { title, applicability: 'suggested', edits: [edit] };
}
