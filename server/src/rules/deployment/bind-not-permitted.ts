import { addressText } from '../../base/address.js';
import { directoryOf, type HostPath, hostPath } from '../../base/hostPath.js';
import type { Listener } from '../../deployment/deployment.js';
import { type Identity, serviceIdentity } from '../../deployment/identity.js';
import { ENTER, homesAreOwn, may, ownershipInFiles, ownershipText, WRITE } from '../../deployment/rights.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { placeOfEntry } from '../../syntax/unitSyntax.js';
import { assignmentsOf, listOf, type Setting, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

const RUN = hostPath('/run');

export default defineRule({
  id: 'deployment/bind-not-permitted',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    run: '{unit} fails to start: {user} may not create {path}, because /run is writable for root only. Set RuntimeDirectory={name} and bind below /run/{name}.',
    directory: '{unit} fails to start: {user} may not create {path} in {directory} ({ownership}).',
    port: '{unit} fails to start: {user} may not bind port {port}, because ports below 1024 need CAP_NET_BIND_SERVICE. Set AmbientCapabilities=CAP_NET_BIND_SERVICE, or use a port from 1024.',
    bounded:
      '{unit} fails to start: CapabilityBoundingSet= leaves it without CAP_NET_BIND_SERVICE, which port {port} needs. Add it there, or use a port from 1024.',
    missing:
      '{unit} fails to start: there is no {directory} to make {path} in. Make the directory, or set RuntimeDirectory={name} and bind below /run/{name}.',
    noDirectory:
      '{unit} fails to start after each boot: nothing makes {directory}, and /run is empty then. Set RuntimeDirectory={name}.',
  },
  docs: {
    summary:
      "A service that may not open its own socket where it is told to: the directory or the port is not the user's.",
    why: 'bind() fails with 13: Permission denied, or 2: No such file or directory where the directory is missing; gunicorn tries five times and exits. /run is made anew at each boot and belongs to root.',
    bad: `-- etc/systemd/system/app.service --
[Service]
User=ann
ExecStart=/usr/bin/gunicorn --bind unix:/run/app.sock app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
User=ann
RuntimeDirectory=app
ExecStart=/usr/bin/gunicorn --bind unix:/run/app/app.sock app.wsgi
`,
    sources: [
      'unix(7), "Pathname socket ownership and permissions"',
      'ip(7), "Privileged ports"',
      'systemd.exec(5), RuntimeDirectory=',
    ],
  },

  check(view, report) {
    if (view.part !== 'listener') return;
    const { listener, around } = view;
    const { unit, address, at } = listener;
    if (unit.name.type !== 'service' || !listener.app) return;
    const who = serviceIdentity(unit, around.host);
    if (!who) return;
    const known = { unit: unit.name.full, user: who.name };
    if (address.kind === 'tcp') {
      const bounded = address.port < 1024 && address.port > 0 ? boundedAway(unit) : undefined;
      if (bounded && !areLowPortsOpen(around)) {
        const also = [placeOfEntry(bounded.entry)];
        const related = [{ at: also[0]!, text: 'takes it away' }];
        report({ at, say: 'bounded', with: { unit: known.unit, port: address.port }, related, also });
      } else if (address.port < 1024 && address.port > 0 && who.user !== 0 && !mayBindLowPorts(unit, around))
        report({ at, say: 'port', with: { ...known, port: address.port } });
      return;
    }
    // Of a template only instances have a path.
    if (address.kind !== 'unix' || address.path.includes('%')) return;
    const path = addressText(address);
    const directory = directoryOf(address.path);
    const name = unit.name.prefix;
    if (directory === RUN) {
      if (who.user !== 0) report({ at, say: 'run', with: { ...known, path, name }, fixes: moveFix(listener, name) });
      return;
    }
    const made = around.madeDirectory(directory)?.ownership;
    if (isMadeElsewhere(listener, directory)) return;
    if (!made && isUnmade(around, directory)) {
      report({
        at,
        say: 'noDirectory',
        with: { unit: unit.name.full, directory, name: directory.slice(5) },
        severity: who.user === 0 ? 'warning' : 'error',
        fixes: runtimeDirectoryFix(unit, directory),
      });
      return;
    }
    const there = around.host.stat(directory);
    if (!made && there.known && !there.value && !directory.startsWith('/run/')) {
      report({ at, say: 'missing', with: { unit: unit.name.full, directory, path, name } });
      return;
    }
    const refused = refusal(who, directory, around);
    if (refused)
      report({ at, say: 'directory', with: { ...known, path, directory, ownership: refused }, severity: 'warning' });
  },
});

function refusal(who: Identity, directory: HostPath, around: Surroundings): string | undefined {
  const made = around.madeDirectory(directory);
  const ownership = made ? made.ownership : ownershipInFiles(around.host, directory);
  if (!ownership) return undefined;
  // A checkout by root looks like this as well.
  const plain = !made && ownership.user === 0 && ownership.mode === 0o755 && !directory.startsWith('/run/');
  if (plain && !homesAreOwn(around.host)) return undefined;
  return may(who, ownership, WRITE | ENTER) === 'no' ? ownershipText(ownership, around.host) : undefined;
}

/** Directly below /run, made by no unit and no tmpfiles.d that is in sight, and not there. */
function isUnmade(around: Surroundings, directory: HostPath): boolean {
  if (!/^\/run\/[^/]+$/.test(directory) || directory === '/run/user' || directory === '/run/lock') return false;
  const there = around.host.stat(directory);
  if (there.known && there.value) return false;
  // A package that brings a unit of this name brings its directory.
  return !around.service(`${directory.slice(5)}.service`)?.fragment?.path.startsWith('/usr');
}

/** A command of the unit's own may make the directory: then nothing is said. */
function isMadeElsewhere({ unit, app }: Listener, directory: HostPath): boolean {
  if (app?.unwrapped.script?.makes) return true;
  return listOf(unit, 'Service', 'ExecStartPre').some(
    (it) => it.entry.value.includes(directory) || /\.sh\b|\$/.test(it.entry.value),
  );
}

/** Capabilities, a lowered bound in sysctl.d, or a socket that somebody else opens. */
function mayBindLowPorts(unit: Unit, around: Surroundings): boolean {
  const given = ['AmbientCapabilities', 'PrivateUsers', 'SocketBindAllow', 'PAMName'];
  return given.some((key) => listOf(unit, 'Service', key).length > 0) || areLowPortsOpen(around);
}

/** The last CapabilityBoundingSet= where together they leave out the capability for low ports, for root as well: config_parse_capability_set(). */
function boundedAway(unit: Unit): Setting | undefined {
  const name = 'CAP_NET_BIND_SERVICE';
  if (listOf(unit, 'Service', 'PrivateUsers').length > 0) return undefined;
  const all = assignmentsOf(unit, 'Service', 'CapabilityBoundingSet');
  let has: boolean | undefined;
  for (const { entry } of all) {
    const inverts = entry.value.startsWith('~');
    const isNamed = entry.value.replace(/^~/, '').toUpperCase().split(/\s+/).includes(name);
    if (entry.value === '') has = false;
    // `~` alone is all of them.
    else if (inverts) has = entry.value === '~' ? true : (has ?? true) && !isNamed;
    else has = (has ?? false) || isNamed;
  }
  return has === false ? all.at(-1) : undefined;
}

function areLowPortsOpen({ host }: Surroundings): boolean {
  const bound = host.read(hostPath('/proc/sys/net/ipv4/ip_unprivileged_port_start'));
  if (bound.known && bound.value && 'text' in bound.value) return Number(bound.value.text) < 1024;
  const sysctl = host.read(hostPath('/etc/sysctl.conf'));
  return (
    sysctl.known &&
    sysctl.value !== undefined &&
    'text' in sysctl.value &&
    sysctl.value.text.includes('ip_unprivileged_port_start')
  );
}

function runtimeDirectoryFix(unit: Unit, directory: HostPath) {
  const start = listOf(unit, 'Service', 'ExecStart').at(-1);
  if (!start) return [];
  const whole = placeOfEntry(start.entry);
  const before = { ...whole, end: whole.start };
  const name = directory.slice(5);
  return [
    {
      title: `Have systemd make the directory: RuntimeDirectory=${name}`,
      applicability: 'suggested' as const,
      edits: [{ at: before, text: `RuntimeDirectory=${name}\n` }],
    },
  ];
}

/** Moves the socket into a directory of its own; nginx has to follow, and its finding offers that. */
function moveFix({ unit, at, address, app }: Listener, name: string) {
  const start = app?.entry;
  if (!start || address.kind !== 'unix') return [];
  const whole = placeOfEntry(start);
  const file = address.path.slice(address.path.lastIndexOf('/') + 1);
  if (listOf(unit, 'Service', 'RuntimeDirectory').length > 0 || at.node !== whole.node) return [];
  return [
    {
      title: `Bind in a directory of the service's own: RuntimeDirectory=${name}`,
      applicability: 'suggested' as const,
      edits: [
        { at: { ...whole, end: whole.start }, text: `RuntimeDirectory=${name}\n` },
        { at, text: `unix:/run/${name}/${file}` },
      ],
    },
  ];
}
