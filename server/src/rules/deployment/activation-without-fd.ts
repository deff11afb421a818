import { NEEDS_FD } from '../../apps/servers.js';
import { answers } from '../../base/address.js';
import { placeOfCommand } from '../../deployment/serviceApp.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/activation-without-fd',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    waits: '{server} will not answer on {socket}: it takes over a socket only when told to, by {option}.',
  },
  docs: {
    summary: 'A socket unit starts an app server that does not look for inherited sockets.',
    why: 'systemd listens and accepts nothing itself; uvicorn, hypercorn and daphne open a socket of their own. Requests wait until nginx gives up with 504.',
    bad: `-- etc/nginx/conf.d/app.conf --
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
ExecStart=/srv/app/venv/bin/uvicorn app:app
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
ExecStart=/srv/app/venv/bin/uvicorn --fd 3 app:app
`,
    sources: ['uvicorn/config.py, bind_socket()', 'daphne/endpoints.py', 'hypercorn/config.py, _create_sockets()'],
  },

  check(view, report) {
    if (view.part !== 'socket') return;
    const { around } = view;
    const { unit, starts } = view.socket;
    const app = starts && around.app(starts.name.full);
    if (!app || !NEEDS_FD.has(app.server) || app.open || app.command.inherits) return;
    const own = around.listenersOf(unit.name.full);
    // A server that binds the path of the socket unit itself replaces the file, and nginx finds it there.
    const waiting = own.filter((it) => !app.listens.some((to) => answers(to.address, it.address) !== false));
    if (waiting.length === 0) return;
    const connects = waiting
      .flatMap((to) => around.connectionsTo(to.address).filter((it) => answers(to.address, it.address)))
      .at(0);
    const option = app.server === 'hypercorn' ? '--bind fd://3' : '--fd 3';
    const at = placeOfCommand(app);
    report({
      at,
      say: 'waits',
      with: { server: app.server, socket: unit.name.full, option },
      severity: connects ? 'error' : 'warning',
      related: [
        ...waiting.map((it) => ({ at: it.at, text: 'systemd listens here' })),
        ...(connects ? [{ at: connects.at, text: 'nginx connects to it here' }] : []),
      ],
      fixes: [
        {
          title: `Add ${option}`,
          applicability: 'suggested',
          edits: [{ at: { ...at, start: at.end }, text: ` ${option}` }],
        },
      ],
    });
  },
});
