import { hasFlag } from '../../apps/options.js';
import type { Fix } from '../../base/fix.js';
import { directoryOf, fileName, type HostPath, joinPath } from '../../base/hostPath.js';
import { nearest } from '../../base/nearest.js';
import { type AppSpec, appModule, appSpec, searchPath } from '../../deployment/appModule.js';
import { type NearModule, nearModules } from '../../deployment/nearModules.js';
import { findModule, namesOf, type PythonFile, placeInPython, pythonFile } from '../../deployment/pythonFiles.js';
import { placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import { installedFor, isInstalled } from '../../deployment/sitePackages.js';
import { isLoadedAlready } from '../../deployment/standardModules.js';
import type { HostView } from '../../host/host.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

const SERVERS = new Set(['gunicorn', 'uvicorn', 'hypercorn', 'daphne', 'waitress']);
/** uvicorn.importer.import_from_string() and daphne.utils.import_by_path() know no default name. */
const NEEDS_NAME = new Set(['uvicorn', 'daphne']);

/** Names that projects give to their own modules and that no installed package has. */
const PROJECT = /^(?:app|main|wsgi|asgi|run|src|mysite|myproject|myapp|project|config)(?:\.|$)/;

export default defineRule({
  id: 'deployment/app-not-found',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    notAModule: '{server} will exit at its start: {module} is a path, and it imports a module: {wanted}.',
    ownName:
      "{server} will exit at its start: {module} is a module of Python's own, which is loaded before the one of the project. Give that another name.",
    noApp: '{server} will exit at its start: its command names no app to load, as in module:name.',
    noColon: '{server} will exit at its start: {text} names a module only, and it wants module:name.',
    noModule: '{server} will exit at its start: there is no module {module} in {folder}.',
    noModuleBut: '{server} will exit at its start: there is no module {module} in {folder}, where {near} is.',
    elsewhere: '{server} will exit at its start: it looks for {module} in {folder}, and the module is in {there}.',
    noDirectory:
      '{server} will exit at its start: without WorkingDirectory= it looks for {module} in /, and the module is in {there}.',
    nowhere: '{server} will exit at its start: without WorkingDirectory= it looks for {module} in /.',
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
    sources: [
      'gunicorn/util.py, import_app()',
      'uvicorn/importer.py',
      'hypercorn/utils.py, load_application()',
      'daphne/utils.py, import_by_path()',
    ],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    const { host } = view.around;
    const spec = SERVERS.has(app.server) ? appSpec(app) : undefined;
    if (!spec) {
      if (namesNoApp(app)) report({ at: placeOfCommand(app), say: 'noApp', with: { server: app.server } });
      return;
    }
    const { at, module, name, text } = spec;
    const { server } = app;
    const isPath = /[/\\]/.test(module) || /^[\w.]+\.py$/.test(module);
    // hypercorn takes the path of a file.
    if (isPath && server === 'hypercorn') return;
    // python's import takes neither slashes nor a suffix.
    if (isPath) {
      const wanted = module.replace(/^\.\//, '').replace(/\.py$/, '').replaceAll('/', '.');
      const usable = /^[A-Za-z_][\w.]*$/.test(wanted);
      const names = { server, module, wanted: usable ? wanted : 'a.b' };
      report({ at, say: 'notAModule', with: names, fixes: usable ? moduleFix(spec, wanted) : [] });
      return;
    }
    if (NEEDS_NAME.has(server) && !text.includes(':')) {
      report({ at, say: 'noColon', with: { server, text }, fixes: nameFix(spec, 'app') });
      return;
    }
    const found = appModule(app, host);
    const folders = searchPath(app);
    const nowhere = folders?.every((it) => it === '/');
    if (found.is === 'found' && isLoadedAlready(module.split('.')[0]!)) {
      report({ at, say: 'ownName', with: { server, module: module.split('.')[0]! } });
      return;
    }
    if (folders && (found.is === 'absent' || (found.is === 'unknown' && nowhere))) {
      const missing = missingModule(app, spec, folders, found.is === 'absent' && found.sure, host);
      if (!missing) return;
      const { near, severity } = missing;
      const folder = app.command.directory ?? folders[0]!;
      const named = spec.configured ? [spec.configured] : [];
      const related = named.map((it) => ({ at: it, text: 'wsgi_app names it here' }));
      const place = { at, severity, related, also: named };
      const [first] = near;
      const fixes = near.flatMap((it) => nearFix(app, spec, it, folder));
      if (!first && nowhere) report({ ...place, say: 'nowhere', with: { server, module } });
      else if (!first) report({ ...place, say: 'noModule', with: { server, module, folder } });
      else if (first!.folder === folder)
        report({ ...place, say: 'noModuleBut', with: { server, module, folder, near: first!.module }, fixes });
      else if (folder === '/')
        report({ ...place, say: 'noDirectory', with: { server, module, there: first!.folder }, fixes });
      else report({ ...place, say: 'elsewhere', with: { server, module, folder, there: first!.folder }, fixes });
    } else if (found.is === 'namespace' && name !== undefined) {
      const there = findModule(host, [found.folder], name);
      const own = findModule(host, [found.folder], module.split('.').at(-1)!);
      const inner = own.is === 'found' ? `${module}.${module.split('.').at(-1)}` : undefined;
      const fixes = inner === undefined ? [] : moduleFix(spec, inner);
      if (there.is === 'absent') report({ at, say: 'noName', with: { server, file: found.folder, name }, fixes });
    } else if (found.is === 'found' && folders && name !== undefined) {
      const { values, open } = namesOf(host, found.file, app.environment, folders);
      // Where the import itself stops, that is what comes first.
      if (open || values.has(name) || found.file.module.stop || isSubmodule(host, found.file, name)) return;
      const bound = [...values.keys()];
      const meant = ['app', 'application', 'server', 'create_app', 'make_app'].filter((it) => bound.includes(it));
      const near = nearest(name, bound);
      const choices = [...new Set([...(near ? [near] : []), ...meant])].slice(0, 2);
      report({
        at,
        say: 'noName',
        with: { server, file: found.file.path, name },
        related: [{ at: placeInPython(found.file, 0, 0), text: 'the module' }],
        fixes: choices.flatMap((it) => nameFix(spec, it)),
      });
    }
  },
});

/** Neither the command nor what goes with it names an app: WSGIApplication.load_config() in gunicorn, the parsers of others. */
function namesNoApp({ server, command, environment, unwrapped }: ServiceApp): boolean {
  if (!SERVERS.has(server) || command.app || unwrapped.args.some((it) => /[$"]/.test(it.text))) return false;
  if (['help', 'version', 'app'].some((it) => hasFlag(command.given, it))) return false;
  if (server === 'uvicorn') return environment('UVICORN_APP') === undefined;
  if (server !== 'gunicorn') return true;
  const { settings } = command;
  if (!settings || settings.config === 'unknown') return false;
  return ['wsgi_app', 'paste'].every((it) => (settings.of(it).value ?? null) === null);
}

/**
 * What is said of a module that lies in none of the folders. It may be installed: only a virtual environment that lists
 * all that it holds rules that out. Else something near it in the project has to speak against it.
 */
function missingModule(
  app: ServiceApp,
  spec: AppSpec,
  folders: readonly HostPath[],
  sure: boolean,
  host: HostView,
): { readonly near: readonly NearModule[]; readonly severity: 'error' | 'warning' } | undefined {
  const installed = installedFor(app, host);
  const there = sure ? false : isInstalled(host, installed, spec.module.split('.')[0]!);
  if (there === true) return undefined;
  const folder = app.command.directory ?? folders[0]!;
  const near = folder === '/' ? besideEnvironment(app, spec, host) : nearModules(host, folder, spec.module);
  if (near.length === 0 && spec.name !== undefined && !spec.module.includes('.'))
    near.push(...definers(host, app, folder, spec.name));
  if (there === false) return { near, severity: 'error' };
  // An editable install or a src layout makes a module of the project importable from anywhere.
  const mayBeInstalled =
    near[0]?.module === spec.module &&
    ['pyproject.toml', 'setup.py', 'setup.cfg'].some((it) => exists(host, folder, it));
  const isOfProject = folder === '/' && PROJECT.test(spec.module);
  return isOfProject || (near.length > 0 && !mayBeInstalled) ? { near, severity: 'warning' } : undefined;
}

/** Without WorkingDirectory= the project is most likely what the virtual environment lies in. */
function besideEnvironment(app: ServiceApp, { module }: AppSpec, host: HostView): NearModule[] {
  const { python, program } = app.unwrapped;
  const bin = directoryOf((python ?? program).text as HostPath);
  if (fileName(bin) !== 'bin' || /^\/(?:usr(?:\/local)?\/)?bin$/.test(bin)) return [];
  const environment = directoryOf(bin);
  return [environment, directoryOf(environment)].flatMap((folder) =>
    folder !== '/' && findModule(host, [folder], module).is === 'found' ? [{ folder, module }] : [],
  );
}

/** Files of the folder that define the name which is looked for. */
function definers(host: HostView, app: ServiceApp, folder: HostPath, name: string): NearModule[] {
  const names = host.list(folder);
  const files = ((names.known && names.value) || []).filter((it) => /^[A-Za-z_]\w*\.py$/.test(it)).slice(0, 12);
  return files
    .flatMap((it) => {
      const file = pythonFile(host, joinPath(folder, it));
      const { values } = file ? namesOf(host, file, app.environment, [folder]) : { values: new Map() };
      return values.has(name) ? [{ folder, module: it.slice(0, -'.py'.length) }] : [];
    })
    .slice(0, 2);
}

function exists(host: HostView, folder: HostPath, name: string): boolean {
  const facts = host.stat(joinPath(folder, name));
  return facts.known && facts.value !== undefined;
}

/** `pkg:wsgi` where pkg/wsgi.py is a module that something imports by then. */
function isSubmodule(host: HostView, file: PythonFile, name: string): boolean {
  if (fileName(file.path) !== '__init__.py') return false;
  return findModule(host, [directoryOf(file.path)], name).is !== 'absent';
}

function nearFix(app: ServiceApp, spec: AppSpec, near: NearModule, folder: HostPath): Fix[] {
  if (near.folder === folder) return moduleFix(spec, near.module);
  const setting = settingOf(app.unit, 'Service', 'WorkingDirectory');
  // --chdir and a shell's cd stand elsewhere.
  if (app.command.directory !== app.workingDirectory || app.unwrapped.directory !== undefined) return [];
  const title = `Start in ${near.folder}`;
  if (setting)
    return [{ title, applicability: 'suggested', edits: [{ at: placeOfValue(setting.entry), text: near.folder }] }];
  const at = { node: app.entry, start: 0, end: 0 };
  return [{ title, applicability: 'suggested', edits: [{ at, text: `WorkingDirectory=${near.folder}\n` }] }];
}

function moduleFix({ at, exact, module, text }: AppSpec, wanted: string): Fix[] {
  if (!exact) return [];
  const value = wanted + text.slice(module.length);
  return [{ title: `Load ${value}`, applicability: 'suggested', edits: [{ at, text: value }] }];
}

function nameFix({ at, exact, module, name, text }: AppSpec, wanted: string): Fix[] {
  if (!exact) return [];
  const factory = /^(?:create|make)_/.test(wanted) && !text.endsWith(')');
  const replaced = text === module ? `${module}:${wanted}` : text.replace(`:${name}`, `:${wanted}`);
  // Quotes would be needed around parentheses only in a shell; systemd takes them as they are.
  const value = factory ? `${replaced}()` : replaced;
  return [{ title: `Load ${value}`, applicability: 'suggested', edits: [{ at, text: value }] }];
}
