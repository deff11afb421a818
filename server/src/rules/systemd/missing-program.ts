import type { Fix } from '../../base/fix.js';
import { directoryOf, type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { serviceEnvironment } from '../../deployment/serviceEnvironment.js';
import { isConditional, isStarted, isWorkingCopy, programsOf, sees, shellWordsOf } from '../../deployment/startOf.js';
import type { FileFacts, HostView } from '../../host/host.js';
import { placeInValue } from '../../syntax/unitSyntax.js';
import { parseCommandLine } from '../../systemd/commandLine.js';
import { listOf, type Unit } from '../../systemd/unit.js';
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
    onlyInPath:
      'systemd cannot start {unit}: it looks for "{program}" in its own folders, such as /usr/bin, and not in the PATH of Environment= (status 203/EXEC). Write {path}.',
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
    for (const { program, path, at } of onlyInPath(service, around.host)) {
      const fixes: Fix[] = [{ title: `Write ${path}`, applicability: 'suggested', edits: [{ at, text: path }] }];
      report({ at, say: 'onlyInPath', with: { unit: service.name.full, program, path }, fixes });
    }
    for (const { value: program, at } of programsOf(service)) {
      const there = around.host.stat(program);
      if (!there.known) continue;
      const say = there.value ? faultOf(there.value) : 'missing';
      const severity = say === 'missing' && isLeftOut(program, around.host) ? 'hint' : 'error';
      if (say) report({ at, say, severity, with: { unit: service.name.full, program } });
    }
  },
});

/** systemd's own: DEFAULT_PATH in src/basic/path-util.h; find_executable_full() is given no other without ExecSearchPath=. */
const OWN_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Programs without a path that are in a folder of the unit's own PATH, and in none where systemd looks. */
function* onlyInPath(service: Unit, host: HostView): Generator<{ program: string; path: HostPath; at: Place }> {
  if (listOf(service, 'Service', 'ExecSearchPath').length > 0) return;
  const path = serviceEnvironment(service, host)('PATH');
  if (!path || path === 'unknown') return;
  const folders = path.split(':').filter((it) => it.startsWith('/') && !OWN_FOLDERS.includes(it));
  const there = (folder: string, name: string) => {
    const facts = host.stat(joinPath(hostPath(folder), name));
    return facts.known && facts.value?.kind === 'file';
  };
  for (const key of ['ExecStartPre', 'ExecStart'])
    for (const { entry } of listOf(service, 'Service', key))
      for (const { prefixes, program } of parseCommandLine(entry.value).commands) {
        const { text, start, end } = program;
        if (prefixes.includes('-') || /[/$%]/.test(text) || OWN_FOLDERS.some((it) => there(it, text))) continue;
        const folder = folders.find((it) => there(it, text));
        // What every system has elsewhere is no stranger.
        if (folder === undefined || /^(?:python3?|gunicorn|uwsgi|node|ruby|perl|bash|sh)$/.test(text)) continue;
        yield { program: text, path: joinPath(hostPath(folder), text), at: placeInValue(entry, start, end) };
      }
}

/** A working copy of git's leaves out what is installed: virtual environments, node_modules. */
function isLeftOut(program: HostPath, host: HostView): boolean {
  const folder = host.stat(directoryOf(program));
  return folder.known && !folder.value && isWorkingCopy(host);
}

function faultOf({ kind, mode }: FileFacts): 'directory' | 'notExecutable' | undefined {
  if (kind === 'directory') return 'directory';
  return kind === 'file' && (mode & 0o111) === 0 ? 'notExecutable' : undefined;
}
