import { directoryOf, type HostPath, hostPath } from '../../base/hostPath.js';
import { isConditional, isStarted, programsOf, sees, shellWordsOf } from '../../deployment/startOf.js';
import type { FileFacts, HostView } from '../../host/host.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/missing-program',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing: 'systemd cannot start {unit}: {program} does not exist (status 203/EXEC).',
    notExecutable: 'systemd cannot start {unit}: {program} is not executable (status 203/EXEC). chmod +x it.',
    shellWord:
      'systemd cannot start {unit}: "{program}" is a word of the shell, and systemd runs programs (status 203/EXEC). Name the program by its path in the virtual environment, or run a shell: /bin/sh -c \'...\'',
    directory: 'systemd cannot start {unit}: {program} is a directory (status 203/EXEC).',
  },
  docs: {
    summary: 'A command of a service names a program that does not exist or cannot be executed.',
    why: 'The unit loads, and each start fails with status=203/EXEC.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/home/sammy/app/env/bin/gunicorn app.wsgi
-- home/sammy/app/venv/bin/gunicorn mode=0755 --
#!/bin/sh
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/home/sammy/app
ExecStart=/home/sammy/app/venv/bin/gunicorn app.wsgi
-- home/sammy/app/venv/bin/gunicorn mode=0755 --
#!/bin/sh
`,
    sources: ['systemd.service(5), ExecStart=', 'exec_invoke() in src/core/exec-invoke.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    if (sees(service) === 'own' || isConditional(service)) return;
    for (const { value: program, at } of shellWordsOf(service))
      report({ at, say: 'shellWord', with: { unit: service.name.full, program } });
    for (const { value: program, at } of programsOf(service)) {
      const there = around.host.stat(program);
      if (!there.known) continue;
      const say = there.value ? faultOf(there.value) : 'missing';
      const severity = say === 'missing' && isLeftOut(program, around.host) ? 'hint' : 'error';
      if (say) report({ at, say, severity, with: { unit: service.name.full, program } });
    }
  },
});

/** A working copy of git's leaves out what is installed: virtual environments, node_modules. */
function isLeftOut(program: HostPath, host: HostView): boolean {
  const [folder, copy] = [host.stat(directoryOf(program)), host.stat(hostPath('/.git'))];
  return folder.known && !folder.value && copy.known && copy.value !== undefined;
}

function faultOf({ kind, mode }: FileFacts): 'directory' | 'notExecutable' | undefined {
  if (kind === 'directory') return 'directory';
  return kind === 'file' && (mode & 0o111) === 0 ? 'notExecutable' : undefined;
}
