import { isStarted, neededDirectoryOf, programsOf, sees } from '../../deployment/startOf.js';
import { placeOfEntry } from '../../syntax/unitSyntax.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

const HIDES = new Map([
  ...['yes', 'true', 'on', '1', 'y', 't'].map((it) => [it, 'yes'] as const),
  ['tmpfs', 'tmpfs'] as const,
]);
/** The three folders that ProtectHome= covers: systemd.exec(5). */
const HOMES = /^\/(?:home|root|run\/user)(?:\/|$)/;

export default defineRule({
  id: 'systemd/protect-home-hides-path',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    directory:
      'systemd cannot start {unit}: ProtectHome={value} hides {path} from it (status 200/CHDIR). Move the app to /srv or /opt, or use ProtectHome=read-only.',
    program:
      'systemd cannot start {unit}: ProtectHome={value} hides {path} from it (status 203/EXEC). Move the app to /srv or /opt, or use ProtectHome=read-only.',
  },
  docs: {
    summary: 'ProtectHome= hides the directory or the program that the service needs.',
    why: '/home, /root and /run/user are empty and closed for the service, so each start fails with status=200/CHDIR or 203/EXEC. The same command works in a shell.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ProtectHome=yes
WorkingDirectory=/home/sammy/app
ExecStart=/usr/bin/sleep 60
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ProtectHome=read-only
WorkingDirectory=/home/sammy/app
ExecStart=/usr/bin/sleep 60
`,
    sources: ['systemd.exec(5), ProtectHome=', 'protect_home_yes_table in src/core/namespace.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service } = view;
    const protect = settingOf(service, 'Service', 'ProtectHome');
    const value = protect && HIDES.get(protect.entry.value.toLowerCase());
    if (!value || sees(service) === 'own') return;
    const unit = service.name.full;
    const related = [{ at: placeOfEntry(protect.entry), text: 'hides it' }];
    const fixes = [
      {
        title: 'Let the service read homes: ProtectHome=read-only',
        applicability: 'suggested' as const,
        edits: [{ at: placeOfEntry(protect.entry), text: 'ProtectHome=read-only' }],
      },
    ];
    const directory = neededDirectoryOf(service);
    if (directory && HOMES.test(directory.value))
      report({ at: directory.at, say: 'directory', with: { unit, value, path: directory.value }, related, fixes });
    for (const program of programsOf(service)) {
      if (HOMES.test(program.value))
        report({ at: program.at, say: 'program', with: { unit, value, path: program.value }, related, fixes });
    }
  },
});
