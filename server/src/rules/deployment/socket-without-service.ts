import type { Fix } from '../../base/fix.js';
import { directoryOf, type HostPath, joinPath } from '../../base/hostPath.js';
import { isSpecialUnit, isVendorUnit } from '../../catalog/systemd.js';
import type { Deployment, SocketUnit } from '../../deployment/deployment.js';
import { serviceForSocket } from '../../deployment/serviceTemplate.js';
import { placeOfHeader, placeOfValue } from '../../syntax/unitSyntax.js';
import { accepts } from '../../systemd/socketActivation.js';
import { settingOf, type Unit } from '../../systemd/unit.js';
import type { UnitName } from '../../systemd/unitName.js';
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
    isTemplate:
      '{socket} starts {service}, which does not exist: systemd refuses to start the socket. {other} is a template, of which Accept=yes starts an instance for each connection.',
    isPlain:
      '{socket} has Accept=yes and starts {service}, which does not exist: systemd refuses to start the socket. {other} takes the socket itself, with Accept=no.',
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
      const { at } = socket;
      const words = { socket: unit.name.full, service: starts.name.full };
      const create = fixesFor(socket, deployment);
      const other = otherKind(starts.name, deployment);
      if (other === undefined)
        report({ at, say: accepts(unit) ? 'missingTemplate' : 'missing', with: words, fixes: create });
      else {
        const say = accepts(unit) ? 'isPlain' : 'isTemplate';
        report({
          at,
          say,
          with: { ...words, other },
          fixes: [...acceptFix(unit), ...(deployment.apps.has(other) ? [] : create)],
        });
      }
    }
  },
});

/** The service that the socket would start with the other Accept=. */
function otherKind({ prefix, instance }: UnitName, { services }: Deployment): string | undefined {
  const other = instance === undefined ? `${prefix}@.service` : instance === '' ? `${prefix}.service` : undefined;
  return other !== undefined && services.has(other) ? other : undefined;
}

function acceptFix(socket: Unit): Fix[] {
  const accept = settingOf(socket, 'Socket', 'Accept');
  const title = accepts(socket)
    ? 'Let the service accept connections: Accept=no'
    : 'Start an instance for each connection: Accept=yes';
  const value = accepts(socket) ? 'no' : 'yes';
  if (accept) return [{ title, applicability: 'suggested', edits: [{ at: placeOfValue(accept.entry), text: value }] }];
  const head = socket.fragment?.sections.find((it) => it.name === 'Socket');
  const at = head && placeOfHeader(head);
  return at && !settingOf(socket, 'Socket', 'Service')
    ? [{ title, applicability: 'suggested', edits: [{ at: { ...at, start: at.end }, text: `\nAccept=${value}` }] }]
    : [];
}

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
