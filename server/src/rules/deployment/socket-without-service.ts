import type { Fix } from '../../base/fix.js';
import { directoryOf, type HostPath, joinPath } from '../../base/hostPath.js';
import { isSpecialUnit, isVendorUnit } from '../../catalog/systemd.js';
import type { Deployment, SocketUnit } from '../../deployment/deployment.js';
import { serviceForSocket } from '../../deployment/serviceTemplate.js';
import { accepts } from '../../systemd/socketActivation.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/socket-without-service',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    missing: '{socket} starts {service}, which does not exist: systemd refuses to start the socket.',
    missingTemplate:
      '{socket} has Accept=yes and starts {service}, which does not exist: systemd refuses to start the socket.',
  },
  docs: {
    summary: 'A socket unit whose service is nowhere.',
    why: 'systemctl start fails with `Service not loaded, refusing`. Nothing listens, and nginx answers 502.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    sources: ['systemd.socket(5), Service= and Accept=', 'socket_start() in src/core/socket.c'],
  },

  check(deployment, report) {
    for (const socket of deployment.sockets) {
      const { fragment, starts, unit } = socket;
      if (fragment.is !== 'absent' || !starts) continue;
      // A copy of /etc without the packages' units cannot tell whether a package brings the service.
      if (isSpecialUnit(starts.name.full) || (!fragment.certain && isVendorUnit(starts.name.full))) continue;
      report({
        at: socket.at,
        say: accepts(unit) ? 'missingTemplate' : 'missing',
        with: { socket: unit.name.full, service: starts.name.full },
        fixes: fixesFor(socket, deployment),
      });
    }
  },
});

function fixesFor({ unit, starts }: SocketUnit, deployment: Deployment): Fix[] {
  const fixes: Fix[] = [];
  const directory = unit.fragment ? directoryOf(unit.fragment.path) : ('/etc/systemd/system' as HostPath);
  const name = starts!.name.full;
  const text = serviceForSocket(unit, deployment);
  fixes.push({
    title: `Create ${name} beside the socket`,
    applicability: 'suggested',
    edits: [],
    creates: [{ path: joinPath(directory, name), text }],
  });
  return fixes;
}
