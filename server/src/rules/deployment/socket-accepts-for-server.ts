import { placeOfEntry, placeOfValue } from '../../syntax/unitSyntax.js';
import { accepts } from '../../systemd/socketActivation.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/socket-accepts-for-server',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    server:
      'Requests to {socket} fail: with Accept=yes systemd accepts each connection itself and hands {server} a connected socket, on which it cannot listen. Remove Accept=yes and name the service {service}.',
  },
  docs: {
    summary: 'Accept=yes for a server that accepts connections itself.',
    why: 'systemd starts one instance of the template for each connection. App servers want the listening socket: accept() on a connected one fails with 22: Invalid argument.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
Accept=yes
-- etc/systemd/system/app@.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    sources: ['systemd.socket(5), Accept=', 'accept(2), EINVAL'],
  },

  check(view, report) {
    if (view.part !== 'socket') return;
    const { unit, starts } = view.socket;
    const accept = settingOf(unit, 'Socket', 'Accept');
    if (!accept || !accepts(unit) || !starts) return;
    const app = view.around.app(starts.name.full);
    if (!app) return;
    report({
      at: placeOfValue(accept.entry),
      say: 'server',
      with: { socket: unit.name.full, server: app.server, service: `${unit.name.prefix}.service` },
      related: [{ at: placeOfEntry(app.entry), text: `runs ${app.server}` }],
      fixes: [
        {
          title: `Hand the listening socket to ${unit.name.prefix}.service: Accept=no`,
          applicability: 'suggested',
          edits: [{ at: placeOfValue(accept.entry), text: 'no' }],
        },
      ],
    });
  },
});
