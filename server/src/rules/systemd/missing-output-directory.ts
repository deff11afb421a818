import { directoryOf, hostPath } from '../../base/hostPath.js';
import { isConditional, isMadeForService, isStarted, sees } from '../../deployment/startOf.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { expanded, settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

const STATUS = { StandardOutput: '209/STDOUT', StandardError: '222/STDERR', StandardInput: '208/STDIN' } as const;

export default defineRule({
  id: 'systemd/missing-output-directory',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    directory:
      'systemd cannot start {unit}: it makes the file {path}, but not its folder {folder}, which does not exist (status {status}). Create that, or leave the output to the journal.',
    file: 'systemd cannot start {unit}: {path}, which it is to read from, does not exist (status {status}).',
  },
  docs: {
    summary: 'The output of a service goes to a file in a folder that does not exist.',
    why: 'systemd opens the file before the program starts. It makes a file that is not there, but no folders, and each start fails with status=209/STDOUT or 222/STDERR.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
StandardOutput=append:/srv/app/logs/out.log
-- srv/app/app.py --
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/sleep 60
StandardOutput=append:/srv/app/logs/out.log
-- srv/app/logs kind=directory --
`,
    sources: ['systemd.exec(5), StandardOutput=', 'setup_output() in src/core/exec-invoke.c', 'acquire_path()'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    if (sees(service) === 'own' || isConditional(service)) return;
    for (const key of ['StandardInput', 'StandardOutput', 'StandardError'] as const) {
      const setting = settingOf(service, 'Service', key);
      const match = setting && /^(?:file|append|truncate):(\/.*)$/.exec(expanded(service, setting) ?? '');
      if (!match) continue;
      const path = hostPath(match[1]!);
      const needed = key === 'StandardInput' ? path : directoryOf(path);
      // What the running machine makes is in no copy of it.
      if (/^\/(?:run|var\/run|tmp|var\/tmp|proc|sys|dev)(?:\/|$)/.test(needed)) continue;
      const there = around.host.stat(needed);
      if (!there.known || there.value) continue;
      if (isMadeForService(service, needed) || around.madeDirectory(needed)) continue;
      const { value } = setting.entry;
      const at = placeInValue(setting.entry, value.indexOf(':') + 1, value.length);
      const names = { unit: service.name.full, path, status: STATUS[key] };
      if (key === 'StandardInput') report({ at, say: 'file', with: names });
      else report({ at, say: 'directory', with: { ...names, folder: needed } });
    }
  },
});
