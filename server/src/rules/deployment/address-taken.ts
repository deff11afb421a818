import { type Address, addressText } from '../../base/address.js';
import type { Place } from '../../base/place.js';
import type { Deployment, Listener } from '../../deployment/deployment.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { isOn } from '../../systemd/booleans.js';
import { listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/address-taken',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    taken:
      '{unit} cannot listen on {address} while {other} does: the second to start fails with "Address already in use".',
    nginx: '{unit} and nginx both listen on {address}: whichever starts later fails with "Address already in use".',
    replaced:
      '{unit} and {other} both make {address}: whichever starts later takes the place of the other, which is never asked again.',
  },
  docs: {
    summary: 'Two units that listen on one address.',
    why: 'The kernel gives a port to one program only; with a unix socket, app servers and systemd remove the file that is there and put theirs in its place. Silent for units that name each other in Conflicts=.',
    bad: `-- etc/systemd/system/a.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8001 a.wsgi
-- etc/systemd/system/b.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind 0.0.0.0:8001 b.wsgi
`,
    good: `-- etc/systemd/system/a.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8001 a.wsgi
-- etc/systemd/system/b.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8002 b.wsgi
`,
    sources: [
      'bind(2), EADDRINUSE',
      'gunicorn.sock.UnixSocket.__init__()',
      'socket_address_listen() in src/shared/socket-label.c',
    ],
  },

  check({ listeners, listens }: Deployment, report) {
    const own = listeners.filter((it) => (it.serves === 'app' || isWrittenSocket(it.unit)) && !isTemplate(it.unit));
    const apps = own.filter((it) => it.serves === 'app');
    for (const { listener, at } of sharedWithNginx(apps, listens))
      report({
        at: listener.at,
        say: 'nginx',
        with: { unit: listener.unit.name.full, address: addressText(listener.address) },
        // A unit that nothing starts may be a leftover.
        severity: listOf(listener.unit, 'Install', 'WantedBy').length > 0 ? 'error' : 'warning',
        related: [{ at, text: 'nginx listens here' }],
      });
    const before = new Map<string, Listener[]>();
    for (const listener of own) {
      const { unit, address } = listener;
      const key = address.kind === 'tcp' ? String(address.port) : addressText(address);
      let rivals = before.get(key);
      if (!rivals) before.set(key, (rivals = []));
      const other = rivals.find((it) => it.unit !== unit && collide(it.address, address) && !exclude(it.unit, unit));
      rivals.push(listener);
      if (!other || reusesPort(listener)) continue;
      report({
        at: listener.at,
        say: address.kind === 'tcp' ? 'taken' : 'replaced',
        with: { unit: unit.name.full, other: other.unit.name.full, address: addressText(address) },
        related: [{ at: other.at, text: `${other.unit.name.full} listens here` }],
      });
    }
  },
});

/** Listeners on a port that nginx takes as well. */
function sharedWithNginx(
  listeners: readonly Listener[],
  listens: Deployment['listens'],
): { listener: Listener; at: Place }[] {
  const byPort = new Map<number, Listener[]>();
  for (const it of listeners) {
    if (it.address.kind !== 'tcp') continue;
    const before = byPort.get(it.address.port);
    if (before) before.push(it);
    else byPort.set(it.address.port, [it]);
  }
  const found = new Map<Listener, Place>();
  if (byPort.size === 0) return [];
  const seen = new Set<string>();
  for (const { text, at } of listens) {
    if (seen.has(text)) continue;
    seen.add(text);
    const address = portOfListen(text);
    if (!address || /\b(?:quic|udp)\b/.test((at.node as Item).args.slice(1).join(' '))) continue;
    for (const it of byPort.get(address.port) ?? [])
      if (!found.has(it) && collide(it.address, address)) found.set(it, at);
  }
  return [...found].map(([listener, at]) => ({ listener, at }));
}

/** The address of a `listen`, whose asterisk is IPv4 only; undefined for sockets, names, ranges and templates. */
function portOfListen(text: string): (Address & { kind: 'tcp' }) | undefined {
  const [, host, port] = /^(?:(\*|[\d.]+|\[[\da-f:.]+\]):)?(\d+)$/i.exec(text) ?? [];
  if (port === undefined) {
    const bare = /^(?:\d+(?:\.\d+){3}|\[[\da-f:.]+\])$/i.test(text);
    return bare ? { kind: 'tcp', host: text.replace(/[[\]]/g, ''), port: 80 } : undefined;
  }
  const name = host === undefined || host === '*' ? '0.0.0.0' : host.replace(/[[\]]/g, '');
  return { kind: 'tcp', host: name, port: Number(port) };
}

const isTemplate = ({ name }: Unit): boolean => name.instance === '';

/** Sockets of packages may be alternatives of which one is installed to be used. */
function isWrittenSocket({ name, fragment }: Unit): boolean {
  return name.type === 'socket' && fragment !== undefined && !/^\/(?:usr\/)?lib\//.test(fragment.path);
}

/** SO_REUSEPORT lets several share a port. */
function reusesPort({ app, unit }: Listener): boolean {
  if (unit.name.type === 'socket' && isOn(settingOf(unit, 'Socket', 'ReusePort')?.entry.value)) return true;
  return app?.command.given.options.some((it) => it.spec.setting.replace('-', '_') === 'reuse_port') ?? false;
}

/** One port, and addresses of which one is or covers the other. Linux refuses 127.0.0.1 beside 0.0.0.0. */
function collide(a: Address, b: Address): boolean {
  if (a.kind === 'unix' && b.kind === 'unix') return a.path === b.path;
  if (a.kind !== 'tcp' || b.kind !== 'tcp' || a.port !== b.port) return false;
  const covers = (x: string, y: string) =>
    x === y || x === '*' || (x === '::' && y.includes(':')) || (x === '0.0.0.0' && /^[\d.]+$/.test(y));
  return covers(a.host, b.host) || covers(b.host, a.host);
}

function exclude(a: Unit, b: Unit): boolean {
  const names = (unit: Unit, other: Unit) =>
    listOf(unit, 'Unit', 'Conflicts').some((it) => it.entry.value.split(/\s+/).includes(other.name.full));
  return names(a, b) || names(b, a);
}
