import type { Fix } from '../../base/fix.js';
import { fileName, hostPath } from '../../base/hostPath.js';
import type { Connection, Listener } from '../../deployment/deployment.js';
import { connectEdit } from '../../deployment/meeting.js';
import { isTemporary, privateTmp } from '../../deployment/sandbox.js';
import { placeOfEntry, placeOfValue } from '../../syntax/unitSyntax.js';
import { listOf, type Setting } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/socket-in-private-tmp',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    ofService:
      'nginx will answer 502: {unit} has a /tmp of its own (PrivateTmp=), so nobody else sees {path}. Move the socket to a RuntimeDirectory= below /run.',
    ofNginx:
      'nginx will answer 502: nginx.service has a /tmp of its own (PrivateTmp=), so nginx does not see {path}. Move the socket to a directory below /run.',
  },
  docs: {
    summary: 'A socket below /tmp or /var/tmp that PrivateTmp= hides from the other side.',
    why: 'With PrivateTmp= the service gets its own /tmp and /var/tmp. The server starts and its log names the right path, but nginx gets 2: No such file or directory.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / { proxy_pass http://unix:/tmp/app.sock; }
}
-- etc/systemd/system/app.service --
[Service]
PrivateTmp=true
ExecStart=/usr/bin/gunicorn --bind unix:/tmp/app.sock app.wsgi
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / { proxy_pass http://unix:/run/app/app.sock; }
}
-- etc/systemd/system/app.service --
[Service]
PrivateTmp=true
RuntimeDirectory=app
ExecStart=/usr/bin/gunicorn --bind unix:/run/app/app.sock app.wsgi
`,
    sources: ['systemd.exec(5), PrivateTmp=', 'setup_tmp_dirs() in src/core/namespace.c'],
  },

  check(view, report) {
    if (view.part !== 'connection') return;
    const { around } = view;
    const { address, at } = view.connection;
    if (address.kind !== 'unix' || !isTemporary(address.path)) return;
    const listener = around.listenersFor(address)[0];
    if (!listener) return;
    const { unit } = listener;
    const hides = unit.name.type === 'service' ? privateTmp(unit) : undefined;
    const path = address.path;
    const nginx = around.service('nginx.service');
    const setting = hides ?? (nginx && privateTmp(nginx));
    if (!setting) return;
    const related = [
      { at: placeOfEntry(setting.entry), text: 'hides it' },
      { at: listener.at, text: `${unit.name.full} listens here` },
    ];
    const fixes = [...moveFix(view.connection, listener), ...shareFix(setting)];
    if (hides) report({ at, say: 'ofService', with: { unit: unit.name.full, path }, related, fixes });
    else report({ at, say: 'ofNginx', with: { path }, related, fixes });
  },
});

/** Both ends move to a directory that systemd makes for the service. */
function moveFix(connection: Connection, { unit, at, app }: Listener): Fix[] {
  const { address } = connection;
  const start = app?.entry;
  if (!start || address.kind !== 'unix' || app.server !== 'gunicorn' || app.command.binds.length !== 1) return [];
  if (!app.command.binds[0]!.word || listOf(unit, 'Service', 'RuntimeDirectory').length > 0) return [];
  const name = unit.name.prefix;
  const path = hostPath(`/run/${name}/${fileName(address.path)}`);
  const edit = connectEdit(connection, { kind: 'unix', path });
  const whole = placeOfEntry(start);
  return edit
    ? [
        {
          title: `Move the socket to ${path}, for both (RuntimeDirectory=${name})`,
          applicability: 'suggested',
          edits: [
            edit,
            { at: { ...whole, end: whole.start }, text: `RuntimeDirectory=${name}\n` },
            { at, text: `unix:${path}` },
          ],
        },
      ]
    : [];
}

function shareFix({ entry }: Setting): Fix[] {
  if (entry.key !== 'PrivateTmp') return [];
  const edits = [{ at: placeOfValue(entry), text: 'no' }];
  return [{ title: 'Share /tmp with the rest of the machine: PrivateTmp=no', applicability: 'suggested', edits }];
}
