import type { Fix } from '../../base/fix.js';
import { type HostPath, joinPath } from '../../base/hostPath.js';
import { nearest } from '../../base/nearest.js';
import type { Place } from '../../base/place.js';
import { appModule, appSpec, searchPath } from '../../deployment/appModule.js';
import { findModule, namesOf, placeInPython } from '../../deployment/pythonFiles.js';
import { placeOfArgWord } from '../../deployment/serviceApp.js';
import type { HostView } from '../../host/host.js';
import { defineRule } from '../rule.js';

const SERVERS = new Set(['gunicorn', 'uvicorn', 'hypercorn', 'daphne', 'waitress']);

export default defineRule({
  id: 'deployment/app-not-found',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    notAModule: '{server} will exit at its start: {module} is a path, and it imports a module: {wanted}.',
    noModule: '{server} will exit at its start: there is no module {module} in {folder}.',
    noName: '{server} will exit at its start: {file} does not define {name}.',
  },
  docs: {
    summary: 'The module or the name that an app server is told to load is not there.',
    why: 'The server exits at its start, systemd restarts it until it gives up, and nginx answers 502.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:application
-- srv/app/main.py --
app = make()
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:app
-- srv/app/main.py --
app = make()
`,
    sources: ['gunicorn/util.py, import_app()', 'uvicorn/importer.py', 'hypercorn/utils.py, load_application()'],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    const { host } = view.around;
    const spec = SERVERS.has(app.server) ? appSpec(app) : undefined;
    if (!spec) return;
    const { word, module, name } = spec;
    const at = placeOfArgWord(app, word);
    const { server } = app;
    // python's import takes neither slashes nor a suffix.
    if (/[/\\]/.test(module) || /^[\w.]+\.py$/.test(module)) {
      const wanted = module.replace(/^\.\//, '').replace(/\.py$/, '').replaceAll('/', '.');
      const usable = /^[A-Za-z_][\w.]*$/.test(wanted) && at.end - at.start === word.text.length;
      const fix: Fix = {
        title: `Name the module ${wanted}`,
        applicability: 'suggested',
        edits: [{ at: { ...at, end: at.start + module.length }, text: wanted }],
      };
      const found = { server, module, wanted: usable ? wanted : 'a.b' };
      report({ at, say: 'notAModule', with: found, fixes: usable ? [fix] : [] });
      return;
    }
    const found = appModule(app, host);
    const folders = searchPath(app);
    if (found.is === 'absent' && folders) {
      const folder = folders[0]!;
      // Without a package of that name it may be installed; that the folder holds other Python files speaks against it.
      const names = host.list(folder);
      const hasPython = names.known && names.value?.some((it) => it.endsWith('.py'));
      const below = names.known ? names.value?.find((it) => holds(host, joinPath(folder, it), module)) : undefined;
      if (found.sure || hasPython || below)
        report({ at, say: 'noModule', with: { server, module, folder }, severity: found.sure ? 'error' : 'warning' });
    } else if (found.is === 'found' && folders && name !== undefined) {
      const { values, open } = namesOf(host, found.file, app.environment, folders);
      if (open || values.has(name)) return;
      const bound = [...values.keys()];
      const meant = ['app', 'application', 'server', 'create_app', 'make_app'].filter((it) => bound.includes(it));
      const near = nearest(name, bound);
      const choices = [...new Set([...(near ? [near] : []), ...meant])].slice(0, 2);
      report({
        at,
        say: 'noName',
        with: { server, file: found.file.path, name },
        related: [{ at: placeInPython(found.file, 0, 0), text: 'the module' }],
        fixes: choices.flatMap((it) => fixFor(at, word.text, module, name, it)),
      });
    }
  },
});

/** Whether the module's file or package lies in the folder. */
function holds(host: HostView, folder: HostPath, module: string): boolean {
  return findModule(host, [folder], module).is === 'found';
}

function fixFor(at: Place, text: string, module: string, name: string, wanted: string): Fix[] {
  if (at.end - at.start !== text.length) return [];
  const factory = /^(?:create|make)_/.test(wanted) && !text.endsWith(')');
  const replaced = text === module ? `${module}:${wanted}` : text.replace(`:${name}`, `:${wanted}`);
  // Quotes would be needed around parentheses only in a shell; systemd takes them as they are.
  const value = factory ? `${replaced}()` : replaced;
  return [{ title: `Load ${value}`, applicability: 'suggested', edits: [{ at, text: value }] }];
}
