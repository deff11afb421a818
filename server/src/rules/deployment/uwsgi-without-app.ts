import type { UwsgiApp } from '../../apps/appCommand.js';
import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { findModule, type ModuleSearch, namesOf, placeInPython, pythonFile } from '../../deployment/pythonFiles.js';
import { placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import type { HostView } from '../../host/host.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/uwsgi-without-app',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    directory: 'uWSGI will exit at its start: it is to change to {directory} (chdir), which does not exist.',
    noName: 'uWSGI will answer 500 to each request: {file} does not define {name}. Name the app: callable = {near}.',
    noModule: 'uWSGI will answer 500 to each request: there is no {module} in {folder}.',
    exits: 'uWSGI will exit at its start (need-app): {file} does not define {name}.',
  },
  docs: {
    summary: 'What uWSGI is told to load is not there.',
    why: 'uWSGI looks for the name `application` unless callable= names another. Without an app it starts all the same, says "no python application found" in its log, and answers 500. Without the directory of chdir= it exits.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/uwsgi --ini app.ini
-- srv/app/app.ini --
[uwsgi]
module = main
socket = 127.0.0.1:3031
-- srv/app/main.py --
app = make()
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/uwsgi --ini app.ini
-- srv/app/app.ini --
[uwsgi]
module = main
callable = app
socket = 127.0.0.1:3031
-- srv/app/main.py --
app = make()
`,
    sources: [
      'plugins/python/python_plugin.c and pyloader.c',
      'https://uwsgi-docs.readthedocs.io/en/latest/WSGIquickstart.html',
    ],
  },

  check(view, report) {
    if (view.part !== 'app' || view.app.unit.name.instance === '') return;
    const { app, around } = view;
    const { host } = around;
    const { uwsgi } = app.command;
    if (app.server !== 'uwsgi' || !uwsgi || !app.workingDirectory || app.environment('PYTHONPATH') !== undefined)
      return;
    const at = placeOfCommand(app);
    const directory = directoryOf(app, uwsgi);
    const there = host.stat(directory);
    if (there.known && !there.value) {
      if (uwsgi.chdir !== undefined) report({ at, say: 'directory', with: { directory } });
      return;
    }
    const found = searched(host, directory, uwsgi);
    if (found.is === 'absent' && uwsgi.file !== undefined)
      report({ at, say: 'noModule', with: { module: uwsgi.file, folder: directory } });
    if (found.is !== 'found') return;
    const { values, open } = namesOf(host, found.file, app.environment, [directory]);
    if (open || values.has(uwsgi.callable)) return;
    const names = { file: found.file.path, name: uwsgi.callable };
    const related = [{ at: placeInPython(found.file, 0, 0), text: 'the module' }];
    const near = ['app', 'application', 'create_app()'].find((it) => values.has(it.replace('()', '')));
    if (uwsgi.needApp) report({ at, say: 'exits', with: names, related });
    else report({ at, say: 'noName', with: { ...names, near: near ?? '...' }, related });
  },
});

function directoryOf({ workingDirectory }: ServiceApp, { chdir }: UwsgiApp): HostPath {
  if (chdir === undefined) return workingDirectory!;
  return chdir.startsWith('/') ? hostPath(chdir) : joinPath(workingDirectory!, chdir);
}

function searched(host: HostView, directory: HostPath, { module, file, pythonpath }: UwsgiApp): ModuleSearch {
  const from = (it: string) => (it.startsWith('/') ? hostPath(it) : joinPath(directory, it));
  if (file === undefined) return findModule(host, [...pythonpath.map(from), directory], module ?? '');
  const facts = host.stat(from(file));
  if (!facts.known) return { is: 'unknown' };
  const read = facts.value && pythonFile(host, from(file));
  return read ? { is: 'found', file: read } : facts.value ? { is: 'unknown' } : { is: 'absent', sure: true };
}
