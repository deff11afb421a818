import { type HostPath, hostPath } from '../../base/hostPath.js';
import { serviceEnvironment } from '../../deployment/serviceEnvironment.js';
import { isConditional, isStarted, programsOf, sees } from '../../deployment/startOf.js';
import { type HostView, isText } from '../../host/host.js';
import type { Unit } from '../../systemd/unit.js';
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
    carriageReturn:
      'systemd cannot start {unit}: the first line of {program} ends in a carriage return, as Windows writes it, and no program is called {interpreter} with one behind it. Give the script the line ends of Unix: sed -i "s/\\r$//" {program}.',
    notInPath:
      '{unit} will end at its start with status 127: the first line of {program} lets env look for {interpreter}, which is in no folder of PATH ({path}). Name the interpreter by its path, or add its folder to PATH.',
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
      const fault = faultOf(program, service, around.host);
      if (fault) report({ at, say: fault.say, with: { unit: service.name.full, program, path: '', ...fault.with } });
    }
  },
});

interface Fault {
  readonly say: 'missing' | 'none' | 'carriageReturn' | 'notInPath';
  readonly with: { readonly interpreter: string; readonly path?: string };
}

function faultOf(program: HostPath, service: Unit, host: HostView): Fault | undefined {
  const stat = host.stat(program);
  // What cannot be run at all is another rule's.
  if (!stat.known || stat.value?.kind !== 'file' || (stat.value.mode & 0o111) === 0) return undefined;
  const file = host.read(program);
  if (!file.known || !isText(file.value) || file.value.invalidUtf8) return undefined;
  const { text } = file.value;
  // An empty file stands for a program that was not copied; letters below a blank belong to no text.
  if (text.trim() === '' || /[\0-\x08]/.test(text.slice(0, 200))) return undefined;
  const [, interpreter, more] = /^#![ \t]*([^ \t\n]*)[ \t]*([^\n]*)/.exec(text) ?? [];
  if (!interpreter || interpreter === '\r') return { say: 'none', with: { interpreter: '' } };
  if (!interpreter.startsWith('/')) return undefined;
  const plain = interpreter.replace(/\r$/, '');
  const there = host.stat(hostPath(plain));
  if (there.known && !there.value) return { say: 'missing', with: { interpreter: plain } };
  if (interpreter !== plain) return { say: 'carriageReturn', with: { interpreter: plain } };
  return /^\/(?:usr\/)?bin\/env$/.test(plain) ? unfound(more ?? '', service, host) : undefined;
}

/** systemd's own PATH for services: DEFAULT_PATH in src/basic/path-util.h, and what other releases add to it. */
const OWN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin';

/** The name that env looks for, where no folder of the service's PATH has it: env(1), execvp(3). */
function unfound(given: string, service: Unit, host: HostView): Fault | undefined {
  const name = /^(?:-S[ \t]*)?([\w.+-]+)(\r?)(?:[ \t]|$)/.exec(given);
  if (!name || name[1]!.startsWith('-')) return undefined;
  const [, interpreter] = name as unknown as [string, string];
  if (name[2]) return { say: 'carriageReturn', with: { interpreter } };
  const path = serviceEnvironment(service, host)('PATH') ?? OWN_PATH;
  const folders = path.split(':');
  if (path === 'unknown' || folders.some((it) => !it.startsWith('/'))) return undefined;
  const isNowhere = folders.every((it) => {
    const facts = host.stat(hostPath(`${it}/${interpreter}`));
    return facts.known && !facts.value;
  });
  return isNowhere ? { say: 'notInPath', with: { interpreter, path } } : undefined;
}
