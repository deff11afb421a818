import { type Address, addressText } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import { directoryOf, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import type { Deployment, Listener } from '../../deployment/deployment.js';
import { isInVain, portOfListen } from '../../deployment/inVain.js';
import { connectEdit, listenFix } from '../../deployment/meeting.js';
import { Surroundings } from '../../deployment/surroundings.js';
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

  check(deployment: Deployment, report) {
    const { listeners, listens } = deployment;
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
        fixes: [...movedWithNginx(deployment, listener), ...elsewhere(deployment, at)],
      });
    const around = new Surroundings(deployment);
    const said = new Set<Listener>();
    for (const [one, two] of rivalsAmong(own)) {
      const fixes = [two, one].flatMap((it) => awayFrom(it, deployment, around));
      // Which of the two is at fault nobody can tell: each has it on its own line.
      for (const [it, other] of [
        [two, one],
        [one, two],
      ] as const) {
        if (said.has(it)) continue;
        said.add(it);
        report({
          at: it.at,
          say: it.address.kind === 'tcp' ? 'taken' : 'replaced',
          with: { unit: it.unit.name.full, other: other.unit.name.full, address: addressText(it.address) },
          related: [{ at: other.at, text: `${other.unit.name.full} listens here` }],
          fixes,
        });
      }
    }
  },
});

/** Listeners of two units that cannot both have their address, the later one second. */
function* rivalsAmong(listeners: readonly Listener[]): Generator<readonly [Listener, Listener]> {
  const before = new Map<string, Listener[]>();
  for (const listener of listeners) {
    const { unit, address } = listener;
    const key = address.kind === 'tcp' ? String(address.port) : addressText(address);
    let rivals = before.get(key);
    if (!rivals) before.set(key, (rivals = []));
    const other = rivals.find((it) => it.unit !== unit && collide(it.address, address) && !exclude(it.unit, unit));
    rivals.push(listener);
    if (other && !reusesPort(listener)) yield [other, listener];
  }
}

/** The listener goes where nginx looks for one in vain, or else to an address that is free. */
function awayFrom(listener: Listener, deployment: Deployment, around: Surroundings): Fix[] {
  const missed = deployment.connections.find((it) => isInVain(it, deployment, around))?.address;
  const to = missed ?? freeAddress(deployment, listener);
  const fix = collide(to, listener.address) ? undefined : listenFix(listener, to);
  return fix ? [missed ? { ...fix, title: `${fix.title}, where nginx connects` } : fix] : [];
}

/** An address near the listener's own that nobody here listens on or connects to. */
function freeAddress({ listeners, connections, listens }: Deployment, { address, unit }: Listener): Address {
  if (address.kind === 'unix')
    return { kind: 'unix', path: joinPath(directoryOf(address.path), `${unit.name.prefix}.sock`) };
  if (address.kind === 'abstract') return { kind: 'abstract', name: `${address.name}-${unit.name.prefix}` };
  const taken = new Set<number | undefined>(listens.map((it) => portOfListen(it.text)?.port));
  for (const it of [...listeners, ...connections]) if (it.address.kind === 'tcp') taken.add(it.address.port);
  let port = address.port < 1024 ? 8000 : address.port + 1;
  while (taken.has(port)) port++;
  return { ...address, port };
}

/** The app goes where nginx already looks for one in vain; else to a port of its own, and what nginx passes to it follows. */
function movedWithNginx(deployment: Deployment, listener: Listener): Fix[] {
  const around = new Surroundings(deployment);
  const theirs = around.connectionsTo(listener.address);
  const missed = theirs.length > 0 ? undefined : deployment.connections.find((it) => isInVain(it, deployment, around));
  const to = missed?.address ?? freeAddress(deployment, listener);
  const fix = listenFix(listener, to);
  const follows = [...new Map(theirs.map((it) => [it.at.node, it])).values()].map((it) => connectEdit(it, to));
  if (!fix || !follows.every((it) => it !== undefined)) return [];
  const more = missed ? ', where nginx connects' : follows.length > 0 ? ', and nginx connect there' : '';
  return [{ ...fix, title: fix.title + more, edits: [...fix.edits, ...follows] }];
}

/** nginx leaves the app its port for the one that browsers ask, where nothing of it listens yet. */
function elsewhere({ listens }: Deployment, at: Place): Fix[] {
  const port = (text: string) => portOfListen(text)?.port;
  const own = listens.find((it) => it.at === at);
  const mine = own && port(own.text);
  if (!own || mine === undefined || listens.some((it) => port(it.text) === 80)) return [];
  if (listens.filter((it) => port(it.text) === mine).length !== 1 || /\bssl\b/.test((at.node as Item).args.join(' ')))
    return [];
  const text = own.text.replace(/\d+$/, '80');
  return [{ title: `Make nginx listen on ${text}`, applicability: 'suggested', edits: [{ at, text }] }];
}

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
