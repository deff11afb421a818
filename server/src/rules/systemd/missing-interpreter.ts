import { type HostPath, hostPath } from '../../base/hostPath.js';
import { isConditional, isStarted, programsOf, sees } from '../../deployment/startOf.js';
import { type HostView, isText } from '../../host/host.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/missing-interpreter',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing:
      'systemd cannot start {unit}: the first line of {program} names {interpreter}, which does not exist (status 203/EXEC). Scripts of a virtual environment break when it is moved: make it anew.',
    none: 'systemd cannot start {unit}: {program} is a text whose first line names no interpreter (status 203/EXEC). Begin it with #!/bin/sh.',
  },
  docs: {
    summary: 'The script that a service runs names an interpreter that is not there, or none.',
    why: "The kernel runs what the script's first line names. A virtual environment that was moved or copied leaves scripts that name its old place, and each start fails with status=203/EXEC. A shell would run a script without such a line; systemd does not.",
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn app:app
-- srv/app/venv/bin/gunicorn mode=0755 --
#!/srv/old/venv/bin/python3
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn app:app
-- srv/app/app.py --
app = 1
-- srv/app/venv/bin/gunicorn mode=0755 --
#!/srv/app/venv/bin/python3
-- srv/app/venv/bin/python3 mode=0755 --
`,
    sources: ['execve(2), "Interpreter scripts"', 'exec_invoke() in src/core/exec-invoke.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service, around } = view;
    if (sees(service) === 'own' || isConditional(service)) return;
    for (const { value: program, at } of programsOf(service)) {
      const fault = faultOf(program, around.host);
      if (fault) report({ at, say: fault.say, with: { unit: service.name.full, program, ...fault.with } });
    }
  },
});

function faultOf(
  program: HostPath,
  host: HostView,
): { say: 'missing' | 'none'; with: { interpreter: string } } | undefined {
  const stat = host.stat(program);
  // What cannot be run at all is another rule's.
  if (!stat.known || stat.value?.kind !== 'file' || (stat.value.mode & 0o111) === 0) return undefined;
  const file = host.read(program);
  if (!file.known || !isText(file.value) || file.value.invalidUtf8) return undefined;
  const { text } = file.value;
  // An empty file stands for a program that was not copied; letters below a blank belong to no text.
  if (text.trim() === '' || /[\0-\x08]/.test(text.slice(0, 200))) return undefined;
  const line = /^#![ \t]*([^ \t\n]*)/.exec(text)?.[1];
  if (line === undefined || line === '' || line === '\r') return { say: 'none', with: { interpreter: '' } };
  const interpreter = line.replace(/\r$/, '');
  if (!interpreter.startsWith('/')) return undefined;
  const there = host.stat(hostPath(interpreter));
  return there.known && !there.value ? { say: 'missing', with: { interpreter } } : undefined;
}
