import { isThisMachine } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import { directoryOf } from '../../base/hostPath.js';
import type { Listener } from '../../deployment/deployment.js';
import { moveFix } from '../../deployment/meeting.js';
import {
  bindFilteredBy,
  familyForbiddenBy,
  hiddenBy,
  loopbackDeniedBy,
  privateNetwork,
  readOnlyBy,
} from '../../deployment/sandbox.js';
import { showFix } from '../../deployment/sandboxFixes.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { type Assignment, assign, unitFix } from '../../deployment/unitEdits.js';
import { placeOfEntry } from '../../syntax/unitSyntax.js';
import { listOf, type Setting, type Unit } from '../../systemd/unit.js';
import { defineRule, type Related } from '../rule.js';

export default defineRule({
  id: 'deployment/sandbox-blocks-listener',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    call: '{unit} will not listen: {setting} forbids it the system calls that open a socket. Take them out of the list.',
    readOnly:
      '{unit} fails to start: {setting} makes {directory} read-only for it, so it cannot create {path}. Use RuntimeDirectory= and a socket below it, or ReadWritePaths={directory}.',
    hidden:
      'nginx will answer 502: {setting} hides {directory} from {unit}, so its socket is not made where nginx looks for it.',
    network:
      'Nobody reaches {unit}: {setting} leaves it alone with a loopback of its own. Use a socket unit or a unix socket.',
    denied:
      'nginx will answer 504: {setting} drops what comes to {unit} from 127.0.0.1. Add IPAddressAllow=localhost, or use a unix socket.',
    family: '{unit} fails to start: {setting} forbids {family} sockets, and it is told to listen on one.',
  },
  docs: {
    summary: 'A service whose sandbox keeps it from listening where it is told to.',
    why: 'ProtectSystem=strict makes all directories read-only but those that the unit names; ProtectHome= hides homes; PrivateNetwork= cuts the network; RestrictAddressFamilies= refuses socket(); IPAddressDeny= drops packets. The app starts by hand and fails under systemd. Sockets that a .socket unit opens are outside of the sandbox.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ProtectSystem=strict
PrivateTmp=true
ExecStart=/usr/bin/gunicorn --bind unix:/srv/app/app.sock app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ProtectSystem=strict
PrivateTmp=true
ReadWritePaths=/srv/app
ExecStart=/usr/bin/gunicorn --bind unix:/srv/app/app.sock app.wsgi
`,
    sources: [
      'systemd.exec(5), ProtectSystem=, ProtectHome=, PrivateNetwork=, RestrictAddressFamilies=',
      'apply_mount_namespace() in src/core/execute.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'listener') return;
    const { listener, around } = view;
    const { unit, address, at } = listener;
    if (unit.name.type !== 'service' || !listener.app) return;
    const say = { unit: unit.name.full };
    const near = around.connectionsTo(address);
    const set = (title: string, [key, how, value]: Assignment): Fix[] =>
      unitFix(`${title}: ${key}=${value}`, assign(unit, around.host, [key, how, value]));
    const related = (setting: Setting): Related[] => [
      { at: placeOfEntry(setting.entry), text: 'this keeps it from listening' },
    ];
    const family = address.kind === 'tcp' ? (address.host.includes(':') ? 'AF_INET6' : 'AF_INET') : 'AF_UNIX';
    const forbidden = isName(listener) ? undefined : familyForbiddenBy(unit, family);
    if (forbidden) {
      const setting = textOf(forbidden);
      const fixes = [
        ...familyFix(unit, around, family),
        ...(address.kind === 'tcp' && !familyForbiddenBy(unit, 'AF_UNIX') ? moveFix(near, listener) : []),
      ];
      report({
        at,
        say: 'family',
        with: { ...say, family, setting },
        related: related(forbidden),
        also: [placeOfEntry(forbidden.entry)],
        fixes,
      });
      return;
    }
    const filtered = bindFilteredBy(unit);
    if (filtered) {
      report({
        at,
        say: 'call',
        with: { ...say, setting: textOf(filtered) },
        related: related(filtered),
        also: [placeOfEntry(filtered.entry)],
      });
      return;
    }
    if (address.kind === 'tcp') {
      const alone = privateNetwork(unit);
      const moved = familyForbiddenBy(unit, 'AF_UNIX') ? [] : moveFix(near, listener);
      if (alone) {
        const shared = set('Leave it on the network of the machine', ['PrivateNetwork', '=', 'no']);
        const fixes = [...moved, ...shared];
        report({
          at,
          say: 'network',
          with: { ...say, setting: textOf(alone) },
          related: related(alone),
          also: [placeOfEntry(alone.entry)],
          fixes,
        });
      }
      const denied = alone ? undefined : loopbackDeniedBy(unit, 'Service');
      const comes = denied && near.find((it) => isLocal(it.address));
      if (comes)
        report({
          at,
          say: 'denied',
          with: { ...say, setting: textOf(denied) },
          related: [...related(denied), { at: comes.at, text: 'nginx connects here' }],
          also: [placeOfEntry(denied.entry)],
          fixes: [...set('Let in what comes from this machine', ['IPAddressAllow', '+=', 'localhost']), ...moved],
        });
      return;
    }
    if (address.kind !== 'unix') return;
    const directory = directoryOf(address.path);
    const hidden = hiddenBy(unit, address.path);
    const setting = hidden?.setting ?? readOnlyBy(unit, address.path);
    if (!setting) return;
    const known = { ...say, setting: textOf(setting), directory };
    const moved = moveFix(near, listener);
    if (hidden) {
      const shown = showFix(unit, around.host, hidden, directory, 'write');
      report({
        at,
        say: 'hidden',
        with: known,
        related: related(setting),
        also: [placeOfEntry(setting.entry)],
        fixes: [...moved, ...shown],
      });
      return;
    }
    // Of two that name the same place the one that forbids wins.
    const isListed = /ReadOnly/.test(setting.entry.key) && setting.entry.value.split(/\s+/).includes(directory);
    const open = isListed ? [] : set('Let it write there', ['ReadWritePaths', '+=', directory]);
    const fixes = [...moved, ...open];
    report({
      at,
      say: 'readOnly',
      with: { ...known, path: address.path },
      related: related(setting),
      also: [placeOfEntry(setting.entry)],
      fixes,
    });
  },
});

/** Takes the family out of the list of what is forbidden, or puts it into that of what is allowed. */
function familyFix(unit: Unit, { host }: Surroundings, family: string): Fix[] {
  const settings = listOf(unit, 'Service', 'RestrictAddressFamilies');
  const words = settings.flatMap((it) => it.entry.value.split(/\s+/));
  const key = 'RestrictAddressFamilies';
  const denies = words[0]?.startsWith('~');
  if (!denies && !words.includes('none'))
    return unitFix(`Allow it: ${family}`, assign(unit, host, [key, '+=', family]));
  if (settings.length !== 1) return [];
  const left = denies ? words.map((it) => it.replace(/^~/, '')).filter((it) => it !== family) : [];
  const value = !denies ? family : left.length > 0 ? `~${left.join(' ')}` : '';
  return unitFix(`Allow it: ${family}`, assign(unit, host, [key, '=', value]));
}

const textOf = ({ entry }: Setting): string => `${entry.key}=${entry.value}`;

const isLocal = (address: Listener['address']): boolean =>
  address.kind === 'tcp' && isThisMachine(address.host) === true;

/** A host name may be of either family. */
function isName({ address }: Listener): boolean {
  return address.kind === 'tcp' && !/^[\d.]+$|:/.test(address.host);
}
