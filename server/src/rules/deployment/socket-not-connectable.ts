import { lastValue } from '../../apps/options.js';
import type { Fix } from '../../base/fix.js';
import type { Listener } from '../../deployment/deployment.js';
import { type Identity, serviceIdentity } from '../../deployment/identity.js';
import { may, type Ownership, ownershipInFiles, ownershipText, WRITE } from '../../deployment/rights.js';
import { placeOfArgWord } from '../../deployment/serviceApp.js';
import { socketOwnership } from '../../deployment/socketOwner.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { type Assignment, assign, unitFix } from '../../deployment/unitEdits.js';
import { joinGroupFix, workerGroup } from '../../deployment/workerGroup.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/socket-not-connectable',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    refused:
      'nginx will answer 502: its workers run as {user} and may not connect to {path}, which will be {ownership} (connecting needs write permission).',
    there:
      'nginx will answer 502: its workers run as {user} and may not connect to {path}, which is {ownership} (connecting needs write permission).',
  },
  docs: {
    summary: "A socket that nginx's workers may not write to, so that they cannot connect.",
    why: 'connect() fails with 13: Permission denied, and nginx answers 502. A .socket unit has SocketUser=, SocketGroup= and SocketMode= (root and 0666 unless set); a socket that gunicorn opens itself has 0777 without its --umask and belongs to the user of the service. A warning where the owner or a group is known by name only.',
    bad: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        location / { proxy_pass http://unix:/run/app.sock; }
    }
}
-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
SocketMode=0600
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    good: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        location / { proxy_pass http://unix:/run/app.sock; }
    }
}
-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
SocketUser=www-data
SocketMode=0600
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    sources: [
      'unix(7), "Pathname socket ownership and permissions"',
      'systemd.socket(5), SocketUser=, SocketGroup=, SocketMode=',
      'https://nginx.org/en/docs/ngx_core_module.html#user',
    ],
  },

  check(view, report) {
    if (view.part !== 'connection') return;
    const { around } = view;
    const { host } = around;
    const { address, at } = view.connection;
    const who = around.worker();
    if (!who || address.kind !== 'unix') return;
    const listener = around.listenersFor(address)[0];
    if (listener) {
      const owner = socketOwnership(listener, host);
      const verdict = owner && may(who, owner, WRITE);
      if (verdict !== 'no' && verdict !== 'likely-no') return;
      report({
        at,
        say: 'refused',
        with: { user: who.name, path: address.path, ownership: ownershipText(owner!, host) },
        severity: verdict === 'no' && who.stated ? 'error' : 'warning',
        related: [{ at: owner!.at ?? listener.at, text: `${listener.unit.name.full} opens the socket` }],
        fixes: fixesFor(who, listener, owner!, around),
        also: owner!.at ? [owner!.at] : [],
      });
      return;
    }
    // Nobody in sight opens it; what stands there may be of a program outside of this tree.
    const facts = host.stat(address.path);
    if (!facts.known || facts.value?.kind !== 'socket') return;
    const owner = ownershipInFiles(host, address.path);
    const verdict = owner && may(who, owner, WRITE);
    if (verdict !== 'no' && verdict !== 'likely-no') return;
    const ownership = ownershipText(owner!, host);
    report({ at, say: 'there', with: { user: who.name, path: address.path, ownership }, severity: 'warning' });
  },
});

/** Lets nginx's user own the socket, which keeps everybody else out; or opens it for its group or for all. */
function fixesFor(who: Identity, listener: Listener, owner: Ownership, around: Surroundings): Fix[] {
  const { unit } = listener;
  const { host } = around;
  const set = (title: string, ...assignments: Assignment[]): Fix[] => {
    const text = assignments.map(([key, , value]) => `${key}=${value}`).join(', ');
    return unitFix(`${title} (${text})`, assign(unit, host, ...assignments));
  };
  const group = workerGroup(around, who);
  const everybody = 'Let everybody on this machine connect';
  if (unit.name.type === 'socket') {
    const mode = settingOf(unit, 'Socket', 'SocketMode');
    const closed = (owner.mode & 0o200) === 0 ? [['SocketMode', '=', '0660'] as const] : [];
    const own = set(`Give the socket to ${who.name}`, ['SocketUser', '=', who.name], ...closed);
    return [...own, ...(mode ? set(everybody, ['SocketMode', '=', '0666']) : [])];
  }
  const fixes = joinGroupFix(around, who, owner, WRITE);
  const grouped = group !== undefined && (owner.mode & 0o020) !== 0 && isOfService(owner, listener, around);
  if (grouped) fixes.unshift(...set("Give the socket to nginx's group", ['Group', '=', group]));
  return [...fixes, ...maskFix(listener, everybody, set)];
}

/** Whether the socket's group is the one that Group= of the service decides. */
function isOfService(owner: Ownership, { unit }: Listener, { host }: Surroundings): boolean {
  return serviceIdentity(unit, host)?.groups[0] === owner.group;
}

/** What takes rights from the socket is an option of the server's own, or the umask of the service. */
function maskFix(
  { app, unit }: Listener,
  title: string,
  set: (title: string, ...assignments: Assignment[]) => Fix[],
): Fix[] {
  const word =
    app && ['gunicorn', 'hypercorn'].includes(app.server) ? lastValue(app.command.given, 'umask') : undefined;
  if (app && word)
    return [
      {
        title: `${title} (umask 0)`,
        applicability: 'suggested',
        edits: [{ at: placeOfArgWord(app, word), text: '0' }],
      },
    ];
  const mask = settingOf(unit, 'Service', 'UMask');
  return app?.server === 'hypercorn' || (app?.server === 'uwsgi' && mask) ? set(title, ['UMask', '=', '0000']) : [];
}
