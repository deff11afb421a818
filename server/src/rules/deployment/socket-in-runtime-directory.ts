import { isWithin } from '../../base/hostPath.js';
import { directoriesOf } from '../../deployment/madeDirectories.js';
import { placeOfEntry } from '../../syntax/unitSyntax.js';
import { isOn } from '../../systemd/booleans.js';
import { listOf, settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/socket-in-runtime-directory',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    removed:
      'nginx will answer 502 once {service} stops: systemd removes its RuntimeDirectory={name} then, with the socket in it, while {socket} still listens. Let the socket be elsewhere, or set RuntimeDirectoryPreserve=yes.',
  },
  docs: {
    summary: "A socket unit that listens inside its service's RuntimeDirectory=.",
    why: 'RuntimeDirectory= is removed when the service stops. The socket unit stays active without its file, and connections fail with 2: No such file or directory until the socket is restarted.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app/app.sock
-- etc/systemd/system/app.service --
[Service]
RuntimeDirectory=app
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
RuntimeDirectory=app
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    sources: [
      'systemd.exec(5), RuntimeDirectory= and RuntimeDirectoryPreserve=',
      'exec_context_destroy_runtime_directory() in src/core/execute.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'listener') return;
    const { around } = view;
    const { address, unit, at } = view.listener;
    if (address.kind !== 'unix' || unit.name.type !== 'socket') return;
    const starts = around.socket(unit.name.full)?.starts;
    const service = starts && around.service(starts.name.full);
    if (!service) return;
    const preserve = settingOf(service, 'Service', 'RuntimeDirectoryPreserve')?.entry.value;
    if (isOn(preserve) || preserve === 'restart') return;
    const directory = directoriesOf(service, around.host).find(
      (it) => it.key === 'RuntimeDirectory' && isWithin(address.path, it.path),
    );
    const setting = directory && listOf(service, 'Service', 'RuntimeDirectory').at(-1);
    if (!setting) return;
    const end = placeOfEntry(setting.entry);
    report({
      at,
      say: 'removed',
      with: { service: service.name.full, socket: unit.name.full, name: directory.path.slice(5) },
      related: [{ at: end, text: 'removed when the service stops' }],
      fixes: [
        {
          title: 'Keep the directory when the service stops: RuntimeDirectoryPreserve=yes',
          applicability: 'suggested',
          edits: [{ at: { ...end, end: end.start }, text: 'RuntimeDirectoryPreserve=yes\n' }],
        },
      ],
    });
  },
});
