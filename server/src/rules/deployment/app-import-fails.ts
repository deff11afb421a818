import type { Fix } from '../../base/fix.js';
import { nearest } from '../../base/nearest.js';
import { appModule, appSpec, djangoSettings, searchPath, settingsModule } from '../../deployment/appModule.js';
import {
  type ImportFault,
  type Interpreter,
  importFault,
  missingApp,
  unlistedSetting,
} from '../../deployment/importFaults.js';
import { nearModules } from '../../deployment/nearModules.js';
import { findModule, placeInPython } from '../../deployment/pythonFiles.js';
import { installedFor, isInstalled } from '../../deployment/sitePackages.js';
import { type HostView, isText } from '../../host/host.js';
import type { PyModule } from '../../syntax/pythonModule.js';
import { defineRule, type Severity } from '../rule.js';

const SERVERS = new Set(['gunicorn', 'uvicorn', 'hypercorn', 'daphne', 'waitress']);

export default defineRule({
  id: 'deployment/app-import-fails',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    syntax: '{server} will exit at its start: Python cannot read {file} from line {line} on.',
    module: '{server} will exit at its start: {file} imports {missing}, which is not in {within}.',
    name: '{server} will exit at its start: {file} imports {missing} from {within}, which does not define it.',
    setting:
      '{server} will exit at its start: Django takes a list or a tuple for {missing}, and in {file} it is a text.',
    relative:
      '{server} will exit at its start: {file} imports {missing} relatively, and as {within} it is in no package that far up. Start in the folder above and name the package, too.',
    variable:
      '{server} will exit at its start: {file} needs the variable {missing} of the environment, and no Environment= or EnvironmentFile= of {unit} sets it.',
    settings:
      '{server} will exit at its start: DJANGO_SETTINGS_MODULE is {missing}, and there is no such module in {within}.',
    settingsBut:
      '{server} will exit at its start: DJANGO_SETTINGS_MODULE is {missing}, and there is no such module in {within}, where {near} is.',
    undefined: '{server} will exit at its start: nothing defines {missing}, which {file} uses in line {line}.',
    raises: '{server} will exit at its start: {file} ends in line {line} whenever it is imported.',
    package: '{server} will exit at its start: {file} needs {missing}, which is not installed in {within}.',
  },
  docs: {
    summary: 'The module of the app is there, and importing it fails.',
    why: 'The server imports the app when it starts. An error there ends it, systemd restarts it until it gives up, and nginx answers 502.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn mysite.wsgi
-- srv/app/mysite/__init__.py --
-- srv/app/mysite/wsgi.py --
from mysite.setings import make
application = make()
-- srv/app/mysite/settings.py --
def make():
    return None
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn mysite.wsgi
-- srv/app/mysite/__init__.py --
-- srv/app/mysite/wsgi.py --
from mysite.settings import make
application = make()
-- srv/app/mysite/settings.py --
def make():
    return None
`,
    sources: ['https://docs.python.org/3/reference/import.html', 'gunicorn/util.py, import_app()'],
  },

  check(view, report) {
    if (view.part !== 'app' || !SERVERS.has(view.app.server)) return;
    const { app } = view;
    const { host } = view.around;
    const spec = appSpec(app);
    const folders = searchPath(app);
    const found = appModule(app, host);
    if (!spec || !folders || found.is !== 'found') return;
    const settings = djangoSettings(app, host);
    const of: Interpreter = { host, folders, installed: installedFor(app, host), environment: app.environment };
    const fault =
      importFault(
        [
          { file: found.file, name: spec.module },
          ...(settings ? [{ file: settings.file, name: settings.module }] : []),
        ],
        of,
      ) ??
      (settings && (unlistedSetting(settings) ?? missingApp(settings, of)));
    const named = fault || settings ? undefined : settingsModule(app, host);
    const search = named === undefined ? undefined : findModule(host, folders, named);
    // What only a package brings may be installed; below one of the project's own it cannot be.
    if (search?.is === 'absent' && asksForSettings(found.file.module)) {
      const isAbsent = search.sure || isInstalled(host, of.installed, named!.split('.')[0]!) === false;
      const near = nearModules(host, folders[0]!, named!);
      const names = { server: app.server, missing: named!, within: folders[0]! };
      if (isAbsent) report({ at: spec.at, say: 'settings', with: names });
      else if (isInstalled(host, of.installed, named!.split('.')[0]!) !== true && near[0])
        report({ at: spec.at, say: 'settingsBut', with: { ...names, near: near[0].module }, severity: 'warning' });
    }
    if (!fault) return;
    const { file, start, end, missing, within } = fault;
    const severity: Severity = fault.sure ? 'error' : 'warning';
    const related = [{ at: placeInPython(file, start, end), text: 'Python stops here' }];
    const place = { at: spec.at, severity, related, fixes: fixesFor(fault) };
    const names = { server: app.server, file: file.path };
    if (fault.fault === 'syntax') {
      const line = file.module.error?.line ?? 1;
      report({ ...place, say: 'syntax', with: { ...names, line } });
    } else if (fault.fault === 'variable')
      report({ ...place, say: 'variable', with: { ...names, missing, unit: app.unit.name.full } });
    else if (fault.fault === 'undefined' || fault.fault === 'raises')
      report({ ...place, say: fault.fault, with: { ...names, missing, line: lineOf(fault, host) } });
    else report({ ...place, say: fault.fault, with: { ...names, missing, within } });
  },
});

/** Whether the module loads Django, or reads the variable by itself. */
function asksForSettings({ imports, required }: PyModule): boolean {
  return (
    imports.some((it) => /^django\.core\.[wa]sgi$/.test(it.module)) ||
    required.some((it) => it.name === 'DJANGO_SETTINGS_MODULE')
  );
}

/** Counted from one. */
function lineOf({ file, start }: ImportFault, host: HostView): number {
  const answer = host.read(file.path);
  return answer.known && isText(answer.value) ? answer.value.text.slice(0, start).split('\n').length : 1;
}

/** The module or the name that is spelled nearly alike. */
function fixesFor({ fault, file, start, end, missing, choices }: ImportFault): Fix[] {
  const near = nearest(missing, choices);
  if (near === undefined || end - start < missing.length) return [];
  const at = placeInPython(file, end - missing.length, end);
  return [
    {
      title: fault === 'undefined' ? `Write ${near}` : `Import ${near}`,
      applicability: 'suggested',
      edits: [{ at, text: near }],
    },
  ];
}
