import { placeOfEntry, placeOfHeader } from '../../syntax/unitSyntax.js';
import { listOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/socket-never-enabled',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    noInstall:
      '{socket} is not started at boot: it has no [Install] section, so `systemctl enable` has nothing to do. Add WantedBy=sockets.target.',
  },
  docs: {
    summary: 'A socket unit that nothing starts at boot.',
    why: 'systemctl start works until the machine boots again; then nothing listens and nginx answers 502. Silent where the service asks for its socket or another unit wants it.',
    bad: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    good: `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
[Install]
WantedBy=sockets.target
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`,
    sources: ['systemd.unit(5), "[Install] Section Options"', 'systemd.special(7), sockets.target'],
  },

  check(view, report) {
    if (view.part !== 'socket') return;
    const { around } = view;
    const { unit, starts } = view.socket;
    const file = unit.fragment;
    if (!file || !starts || !file.path.startsWith('/etc/')) return;
    if (['WantedBy', 'RequiredBy', 'Alias', 'Also', 'UpheldBy'].some((key) => listOf(unit, 'Install', key).length > 0))
      return;
    const service = around.service(starts.name.full);
    if (!around.app(starts.name.full) || !service || asksFor(service, unit)) return;
    const wants = around.host.list(file.path.replace(/[^/]+$/, 'sockets.target.wants') as typeof file.path);
    if (wants.known && wants.value?.includes(unit.name.full)) return;
    const header = file.sections.find((it) => it.name === 'Socket');
    const last = file.sections.at(-1);
    const lastEntry = last?.entries.at(-1);
    report({
      at: header ? placeOfHeader(header) : view.socket.at,
      say: 'noInstall',
      with: { socket: unit.name.full },
      fixes: lastEntry
        ? [
            {
              title: 'Start it at boot: WantedBy=sockets.target',
              applicability: 'suggested',
              edits: [
                {
                  at: { ...placeOfEntry(lastEntry), start: placeOfEntry(lastEntry).end },
                  text: '\n\n[Install]\nWantedBy=sockets.target',
                },
              ],
            },
          ]
        : [],
    });
  },
});

function asksFor(service: Unit, socket: Unit): boolean {
  const names = (section: string, key: string) =>
    listOf(service, section, key).some((it) => it.entry.value.split(/\s+/).includes(socket.name.full));
  return (
    ['Requires', 'Wants', 'BindsTo', 'Upholds', 'Requisite'].some((key) => names('Unit', key)) ||
    names('Service', 'Sockets') ||
    names('Install', 'Also')
  );
}
