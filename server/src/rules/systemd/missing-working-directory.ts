import { isConditional, isMadeForService, isStarted, neededDirectoryOf, sees } from '../../deployment/startOf.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/missing-working-directory',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing:
      'systemd cannot start {unit}: {directory} does not exist (status 200/CHDIR). Create it, or name the directory that the program is to start in.',
    notDirectory: 'systemd cannot start {unit}: {directory} is no directory (status 200/CHDIR).',
  },
  docs: {
    summary: 'A service starts in a directory that does not exist.',
    why: 'The unit loads, and each start fails with status=200/CHDIR. A "-" before the path makes systemd start in / instead. systemd-analyze verify does not look.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/home/sammy/ap
ExecStart=/usr/bin/sleep 60
-- home/sammy/app kind=directory --
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/home/sammy/app
ExecStart=/usr/bin/sleep 60
-- home/sammy/app kind=directory --
`,
    sources: ['systemd.exec(5), WorkingDirectory=', 'apply_working_directory() in src/core/exec-invoke.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    if (sees(service) === 'own' || isConditional(service)) return;
    const directory = neededDirectoryOf(service);
    if (!directory || isMadeForService(service, directory.value)) return;
    const there = around.host.stat(directory.value);
    if (!there.known || there.value?.kind === 'directory') return;
    const say = there.value ? 'notDirectory' : 'missing';
    report({ at: directory.at, say, with: { unit: service.name.full, directory: directory.value } });
  },
});
