import type { Fix } from '../../base/fix.js';
import type { Listener } from '../../deployment/deployment.js';
import type { Identity } from '../../deployment/identity.js';
import { may, ownershipInFiles, ownershipText, WRITE } from '../../deployment/rights.js';
import { socketOwnership } from '../../deployment/socketOwner.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
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
        fixes: fixesFor(who, listener),
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

/** Lets nginx's user own the socket, which keeps everybody else out. */
function fixesFor(who: Identity, listener: Listener): Fix[] {
  if (listener.unit.name.type !== 'socket') return [];
  const user = settingOf(listener.unit, 'Socket', 'SocketUser');
  const title = `Give the socket to ${who.name} (SocketUser=${who.name})`;
  const end = { ...listener.at, start: listener.at.end };
  const own = user ? { at: placeOfValue(user.entry), text: who.name } : { at: end, text: `\nSocketUser=${who.name}` };
  const mode = settingOf(listener.unit, 'Socket', 'SocketMode');
  const open: Fix = {
    title: 'Let everybody on this machine connect (SocketMode=0666)',
    applicability: 'suggested',
    edits: mode ? [{ at: placeOfValue(mode.entry), text: '0666' }] : [],
  };
  return [{ title, applicability: 'suggested', edits: [own] }, ...(mode ? [open] : [])];
}
