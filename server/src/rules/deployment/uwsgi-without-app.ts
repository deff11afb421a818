import { hostPath, joinPath } from '../../base/hostPath.js';
import { type AppImport, appImport } from '../../deployment/appImport.js';
import { appModule, uwsgiDirectory } from '../../deployment/appModule.js';
import { namesOf, placeInPython } from '../../deployment/pythonFiles.js';
import { placeOfCommand } from '../../deployment/serviceApp.js';
import { type HostView, isText } from '../../host/host.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/uwsgi-without-app',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    noSection:
      'uWSGI will exit at its start: its ini has no section [uwsgi], and what stands in none it does not read. Begin the file with [uwsgi].',
    directory: 'uWSGI will exit at its start: it is to change to {directory} (chdir), which does not exist.',
    noName: 'uWSGI will answer 500 to each request: {file} does not define {name}. Name the app: callable = {near}.',
    noModule: 'uWSGI will answer 500 to each request: there is no {module} in {folder}.',
    exits: 'uWSGI will exit at its start (need-app): {file} does not define {name}.',
    fails: 'uWSGI will answer 500 to each request: importing {file} fails, because {why}.',
    failsAndExits: 'uWSGI will exit at its start (need-app): importing {file} fails, because {why}.',
    noHome: 'uWSGI will exit at its start: its virtual environment is to be {home}, which does not exist.',
    noPlugin: 'nginx will answer 502: this uWSGI has Python in a plugin, and nothing names it. Set plugins = python3.',
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
    const { uwsgi, unread } = app.command;
    if (app.server === 'uwsgi' && unread && app.listens.length === 0 && !app.open)
      report({ at: placeOfCommand(app), say: 'noSection', also: [unread] });
    if (app.server !== 'uwsgi' || !uwsgi || !app.workingDirectory || app.environment('PYTHONPATH') !== undefined)
      return;
    const at = placeOfCommand(app);
    const placesOf = (...names: string[]) => names.flatMap((it) => uwsgi.places.get(it) ?? []);
    const directory = uwsgiDirectory(app, uwsgi)!;
    const there = host.stat(directory);
    if (isMissing(there)) {
      if (uwsgi.chdir !== undefined) report({ at, say: 'directory', with: { directory }, also: placesOf('chdir') });
      return;
    }
    if (uwsgi.home !== undefined && isMissing(host.stat(joinPath(directory, uwsgi.home)))) {
      report({
        at,
        say: 'noHome',
        with: { home: joinPath(directory, uwsgi.home) },
        also: placesOf('home', 'virtualenv', 'venv', 'pyhome', 'H'),
      });
      return;
    }
    if (!uwsgi.namesPlugin && isModular(app.unwrapped.program.text, host)) {
      report({ at, say: 'noPlugin', severity: 'warning', also: placesOf('module', 'wsgi-file').slice(0, 1) });
      return;
    }
    const found = appModule(app, host);
    if (found.is === 'absent' && uwsgi.file !== undefined)
      report({
        at,
        say: 'noModule',
        with: { module: uwsgi.file, folder: directory },
        also: placesOf('wsgi-file', 'file'),
      });
    if (found.is !== 'found') return;
    const { values, open } = namesOf(host, found.file, app.environment, [directory]);
    if (!open && !values.has(uwsgi.callable)) {
      const names = { file: found.file.path, name: uwsgi.callable };
      const related = [{ at: placeInPython(found.file, 0, 0), text: 'the module' }];
      const near = ['app', 'application', 'create_app()'].find((it) => values.has(it.replace('()', '')));
      const also = placesOf('callable', 'module', 'wsgi', 'wsgi-file', 'file').slice(0, 1);
      if (uwsgi.needApp) report({ at, say: 'exits', with: names, related, also });
      else report({ at, say: 'noName', with: { ...names, near: near ?? '...' }, related, also });
      return;
    }
    const met = appImport(app, host);
    if (!met) return;
    const stops = met.is === 'fault' ? placeInPython(met.fault.file, met.fault.start, met.fault.end) : undefined;
    const isSure = met.is === 'fault' ? met.fault.sure : met.near === undefined;
    report({
      at,
      say: uwsgi.needApp ? 'failsAndExits' : 'fails',
      with: { file: met.is === 'fault' ? met.fault.file.path : found.file.path, why: reasonOf(met) },
      severity: isSure ? 'error' : 'warning',
      related: stops ? [{ at: stops, text: 'Python stops here' }] : [],
      also: stops ? [stops] : placesOf('env'),
    });
  },
});

function isMissing(facts: { readonly known: boolean; readonly value?: unknown }): boolean {
  return facts.known && !facts.value;
}

/**
 * Debian's uWSGI is a core with plugins; that of pip, in a virtual environment or /usr/local, brings Python, and elsewhere
 * than on Debian it may lie in /usr/bin. Debian's uwsgi_python3 loads the plugin that its name says.
 */
function isModular(program: string, host: HostView): boolean {
  if (!/^\/(?:usr\/)?bin\/uwsgi(?:-core)?$/.test(program)) return false;
  const accounts = host.read(hostPath('/etc/passwd'));
  if (!accounts.known || !isText(accounts.value) || !/^www-data:/m.test(accounts.value.text)) return false;
  // A script of somebody's own may name it.
  const there = host.stat(hostPath(program));
  return !there.known || (there.value?.size ?? LARGE) >= LARGE;
}

/** Bytes; the program has more than a megabyte. */
const LARGE = 64 * 1024;

function reasonOf(met: AppImport): string {
  if (met.is === 'settings')
    return `DJANGO_SETTINGS_MODULE is ${met.missing}, and there is no such module in ${met.within}`;
  const { fault, missing, within, file } = met.fault;
  switch (fault) {
    case 'syntax':
      return `Python cannot read ${file.path} from line ${file.module.error?.line ?? 1} on`;
    case 'module':
      return `it needs ${missing}, which is not in ${within}`;
    case 'name':
      return `${within} does not define ${missing}`;
    case 'package':
      return `${missing} is not installed in ${within}`;
    case 'unlisted':
      return `${within} does not list ${missing}`;
    case 'setting':
      return `Django takes a list or a tuple for ${missing}`;
    case 'relative':
      return `${missing} goes beyond the top of its packages`;
    case 'refused':
      return `it opens ${missing}, which ${within} may not write`;
    case 'closed':
      return `it reads ${missing}, which ${within} may not`;
    case 'undefined':
      return `nothing defines ${missing}`;
    case 'raises':
      return `it raises ${missing}`;
    case 'exits':
      return `it calls ${missing}`;
    case 'file':
      return `it opens ${missing}, and there is no ${within}`;
    case 'variable':
      return `the variable ${missing} of the environment is not set`;
  }
}
