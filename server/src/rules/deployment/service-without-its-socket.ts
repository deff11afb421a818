import { directoryOf } from '../../base/hostPath.js';
import { placeOfEntry, placeOfHeader, placeOfValue } from '../../syntax/unitSyntax.js';
import { linkedFrom } from '../../systemd/starts.js';
import { listOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

const NEEDS = ['Requires', 'BindsTo', 'Requisite', 'Wants', 'Upholds'];

export default defineRule({
  id: 'deployment/service-without-its-socket',
  severity: 'information',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    alone:
      '{service} starts at boot without asking for {socket}: where the socket is not enabled, the app server binds its own address instead. Requires={socket} makes them start together.',
    notAlso:
      '`systemctl enable {service}` leaves {socket} as it is: where nobody enables the socket too, the app server binds its own address at the next boot. Also={socket} enables both.',
  },
  docs: {
    summary: 'A service that is started at boot, and a socket for it that it does not ask for.',
    why: 'A socket unit starts its service, not the other way round: systemd adds no Requires= or Wants= from the service to the socket. Started on its own, the app server inherits nothing and listens where its own settings say.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
[Install]
WantedBy=multi-user.target
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Unit]
Requires=app.socket
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
[Install]
WantedBy=multi-user.target
`,
    sources: ['systemd.socket(5), "Automatic Dependencies"', 'systemd.service(5), Sockets='],
  },

  check(view, report) {
    if (view.part !== 'socket') return;
    const { unit, starts } = view.socket;
    if (!starts) return;
    const service = view.around.service(starts.name.full);
    const wanted = service && listOf(service, 'Install', 'WantedBy')[0];
    if (!service || !wanted || names(service, 'Service', 'Sockets', unit)) return;
    if (NEEDS.some((key) => names(service, 'Unit', key, unit))) return;
    // An enabled socket is started before all services of the system.
    if (listOf(unit, 'Install', 'WantedBy').length > 0) {
      const folder = unit.fragment && directoryOf(unit.fragment.path);
      if (!view.around.app(service.name.full)) return;
      if (names(service, 'Install', 'Also', unit) || names(unit, 'Install', 'Also', service)) return;
      if (!folder || linkedFrom(view.around.host, unit.name.full, folder).length > 0) return;
      const at = { ...placeOfEntry(wanted.entry), start: placeOfEntry(wanted.entry).end };
      report({
        at: placeOfValue(wanted.entry),
        say: 'notAlso',
        with: { service: service.name.full, socket: unit.name.full },
        severity: 'hint',
        fixes: [
          {
            title: `Enable both: Also=${unit.name.full}`,
            applicability: 'suggested',
            edits: [{ at, text: `\nAlso=${unit.name.full}` }],
          },
        ],
      });
      return;
    }
    const head = service.fragment?.sections.find((it) => it.name === 'Unit');
    report({
      at: placeOfValue(wanted.entry),
      say: 'alone',
      with: { service: service.name.full, socket: unit.name.full },
      fixes: head
        ? [
            {
              title: `Start them together: Requires=${unit.name.full}`,
              applicability: 'suggested',
              edits: [{ at: afterHeader(head), text: `\nRequires=${unit.name.full}` }],
            },
          ]
        : [],
    });
  },
});

function names(service: Unit, section: string, key: string, socket: Unit): boolean {
  return listOf(service, section, key).some((it) => it.entry.value.split(/\s+/).includes(socket.name.full));
}

function afterHeader(section: Parameters<typeof placeOfHeader>[0]) {
  const header = placeOfHeader(section);
  return { ...header, start: header.end };
}
