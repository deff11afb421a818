import type { Fix } from '../../base/fix.js';
import { nearest } from '../../base/nearest.js';
import type { FileAnchor, Place } from '../../base/place.js';
import { appImport } from '../../deployment/appImport.js';
import { appModule, appSpec } from '../../deployment/appModule.js';
import type { ImportFault } from '../../deployment/importFaults.js';
import { placeInPython } from '../../deployment/pythonFiles.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import { type HostView, isText } from '../../host/host.js';
import { environmentOf, type Variable } from '../../systemd/effective/environment.js';
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
    file: '{server} will exit at its start: {file} opens {missing} while it is imported, and there is no {within}.',
    refused:
      '{server} will exit at its start: {file} opens {missing} while it is imported, and {within} may not write that.',
    raises: '{server} will exit at its start: {file} raises {missing} whenever it is imported.',
    exits: '{server} will exit at its start: {file} calls {missing} whenever it is imported.',
    exitsAgain:
      'No worker of {server} will get ready: {file} calls {missing} whenever it is imported, {server} starts the next one each time, and nginx answers 504.',
    settings:
      '{server} will exit at its start: DJANGO_SETTINGS_MODULE is {missing}, and there is no such module in {within}.',
    settingsBut:
      '{server} will exit at its start: DJANGO_SETTINGS_MODULE is {missing}, and there is no such module in {within}, where {near} is.',
    undefined: '{server} will exit at its start: nothing defines {missing}, which {file} uses in line {line}.',
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
    const spec = appSpec(app);
    const met = appImport(app, view.around.host);
    if (!spec || !met) return;
    if (met.is === 'settings') {
      const { near } = met;
      const names = { server: app.server, missing: met.missing, within: met.within };
      const also = namedAt(app, view.around.host);
      if (near === undefined) report({ at: spec.at, say: 'settings', with: names, also });
      else report({ at: spec.at, say: 'settingsBut', with: { ...names, near }, severity: 'warning', also });
      return;
    }
    const { fault } = met;
    const { file, start, end, missing, within } = fault;
    const severity: Severity = fault.sure ? 'error' : 'warning';
    const stops = placeInPython(file, start, end);
    const related = [{ at: stops, text: 'Python stops here' }];
    const meant = fault.fault === 'variable' ? nearVariable(app, missing, view.around.host) : [];
    const place = { at: spec.at, severity, related, fixes: fixesFor(fault), also: [stops, ...meant] };
    const names = { server: app.server, file: file.path };
    if (fault.fault === 'syntax') {
      const line = file.module.error?.line ?? 1;
      report({ ...place, say: 'syntax', with: { ...names, line } });
    } else if (fault.fault === 'variable')
      report({ ...place, say: 'variable', with: { ...names, missing, unit: app.unit.name.full } });
    else if (
      fault.fault === 'exits' &&
      app.server === 'gunicorn' &&
      app.command.settings?.of('preload_app').value !== true
    )
      report({ ...place, say: 'exitsAgain', with: { ...names, missing } });
    else if (fault.fault === 'undefined')
      report({ ...place, say: 'undefined', with: { ...names, missing, line: lineOf(fault, view.around.host) } });
    else report({ ...place, say: fault.fault, with: { ...names, missing, within } });
  },
});

/** Where the settings module is named: in the unit, in a file of variables, or by the module of the app. */
function namedAt(app: ServiceApp, host: HostView): Place[] {
  const name = 'DJANGO_SETTINGS_MODULE';
  const variable = environmentOf(app.unit, host).variables.get(name);
  if (variable) return [placeOfVariable(variable)];
  const found = appModule(app, host);
  if (found.is !== 'found') return [];
  for (const it of found.file.module.statements) {
    const [key, value] = it.kind === 'expression' && it.value.kind === 'call' ? it.value.args : [];
    if (key?.kind === 'string' && key.text === name && value?.kind === 'string')
      return [placeInPython(found.file, value.start, value.end)];
  }
  return [];
}

/** A variable of the service whose name is nearly the one that is asked for, or holds it: somebody named it otherwise. */
function nearVariable(app: ServiceApp, missing: string, host: HostView): Place[] {
  const { variables } = environmentOf(app.unit, host);
  const others = [...variables.keys()];
  const near =
    nearest(missing, others) ??
    others.find(
      (it) =>
        it.endsWith(`_${missing}`) || missing.endsWith(`_${it}`) || it.split('_').at(-1) === missing.split('_').at(-1),
    );
  const found = near === undefined ? undefined : variables.get(near);
  return found ? [placeOfVariable(found)] : [];
}

function placeOfVariable({ at, file }: Variable): Place {
  if (!file) return at;
  const node: FileAnchor = { path: file.path, parent: undefined, offset: 0 };
  return { node, start: file.start, end: file.end };
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
