/** The Python module that an app server imports, the name in it that it calls, and the Django settings behind it. */
import type { UwsgiApp } from '../apps/appCommand.js';
import { lastValue } from '../apps/options.js';
import { type PyNames, UNKNOWN } from '../apps/pythonValues.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import type { HostView } from '../host/host.js';
import { findModule, type ModuleSearch, namesOf, type PythonFile, pythonFile } from './pythonFiles.js';
import { placeOfArgWord, placeOfCommand, type ServiceApp } from './serviceApp.js';

/** `module:callable` of a command line, cut as the server cuts it. */
export interface AppSpec {
  readonly text: string;
  /** The word of the command line, or the program where a config file names the app. */
  readonly at: Place;
  /** `at` holds the text as it is, without quotes or variables in it. */
  readonly exact: boolean;
  /** Where the config file names it. */
  readonly configured: Place | undefined;
  readonly module: string;
  /** The name that is looked up in the module; the server's default where none is written. */
  readonly name: string | undefined;
}

const DEFAULT_NAMES: Readonly<Record<string, string>> = { gunicorn: 'application', hypercorn: 'app' };

/** Undefined where nothing names an app, or a variable decides. `wsgi_app` of a config file counts where the line names none. */
export function appSpec(app: ServiceApp): AppSpec | undefined {
  const { uwsgi } = app.command;
  if (app.server === 'uwsgi') return uwsgi && specOfUwsgi(app, uwsgi);
  const word = app.command.app;
  const configured = word ? undefined : app.command.settings?.of('wsgi_app');
  const text = word?.text ?? configured?.value;
  if (typeof text !== 'string' || text === '' || text.includes('$')) return undefined;
  const colon = text.indexOf(':');
  const module = colon < 0 ? text : text.slice(0, colon);
  const written = colon < 0 ? undefined : /^\s*([A-Za-z_]\w*)/.exec(text.slice(colon + 1))?.[1];
  const at = word ? placeOfArgWord(app, word) : placeOfCommand(app);
  const name = colon < 0 ? DEFAULT_NAMES[app.server] : written;
  return {
    text,
    at,
    exact: word !== undefined && at.end - at.start === text.length,
    configured: configured?.at,
    module,
    name,
  };
}

function specOfUwsgi(app: ServiceApp, { module, file, callable }: UwsgiApp): AppSpec {
  const named = module ?? file ?? '';
  const at = placeOfCommand(app);
  const text = `${named}:${callable}`;
  return { text, at, exact: false, configured: undefined, module: named, name: /^\w+/.exec(callable)?.[0] };
}

/** Where uWSGI works: relative paths start there, and modules are searched. */
export function uwsgiDirectory({ workingDirectory }: ServiceApp, { chdir }: UwsgiApp): HostPath | undefined {
  if (chdir === undefined) return workingDirectory;
  return chdir.startsWith('/') ? hostPath(chdir) : workingDirectory && joinPath(workingDirectory, chdir);
}

/**
 * Where the interpreter looks first; undefined when some of it is not known. gunicorn puts both the folder that it starts
 * in and that of `--chdir` there, Application.chdir() in gunicorn/app/base.py.
 */
export function searchPath(app: ServiceApp): readonly HostPath[] | undefined {
  const { command, environment } = app;
  if (app.server === 'uwsgi') {
    const { uwsgi } = command;
    const directory = uwsgi && uwsgiDirectory(app, uwsgi);
    if (!uwsgi || !directory || environment('PYTHONPATH') !== undefined) return undefined;
    return [...uwsgi.pythonpath.map((it) => joinPath(directory, it)), directory];
  }
  const folders: HostPath[] = [];
  const add = (text: string | undefined): boolean => {
    if (text === undefined || text === '') return true;
    if (text.includes('$') || (!text.startsWith('/') && !command.directory)) return false;
    folders.push(text.startsWith('/') ? hostPath(text) : joinPath(command.directory!, text));
    return true;
  };
  const configured = command.settings?.of('pythonpath').value;
  const given = lastValue(command.given, 'app-dir')?.text;
  const variable = environment('PYTHONPATH');
  if (variable === 'unknown' || configured === UNKNOWN || !command.directory) return undefined;
  const own = typeof configured === 'string' ? configured.split(',') : [];
  if (![...own, given, ...(variable ?? '').split(':')].every(add)) return undefined;
  return [...new Set([...folders, command.directory, ...(app.workingDirectory ? [app.workingDirectory] : [])])];
}

/** The file of the app's module. */
export function appModule(app: ServiceApp, host: HostView): ModuleSearch {
  const spec = appSpec(app);
  const folders = searchPath(app);
  const script = app.server === 'uwsgi' ? app.command.uwsgi?.file : undefined;
  if (script !== undefined) {
    const path = folders && joinPath(folders.at(-1)!, script);
    const facts = path && host.stat(path);
    if (!path || !facts?.known) return { is: 'unknown' };
    const file = facts.value && pythonFile(host, path);
    return file ? { is: 'found', file } : facts.value ? { is: 'unknown' } : { is: 'absent', sure: true };
  }
  if (!spec || !folders || !/^[\w-]+(?:\.[\w-]+)*$/.test(spec.module)) return { is: 'unknown' };
  return findModule(host, folders, spec.module);
}

/** A Django project's settings, as far as they follow from their text. */
export interface DjangoSettings {
  /** Dotted. */
  readonly module: string;
  readonly file: PythonFile;
  readonly names: PyNames;
}

/** The settings module of the service's environment, or that the WSGI module sets: Django's own default files do. */
export function djangoSettings(app: ServiceApp, host: HostView): DjangoSettings | undefined {
  const folders = searchPath(app);
  if (!folders) return undefined;
  const named = settingsModule(app, host);
  const found = named === undefined ? undefined : findModule(host, folders, named);
  if (named === undefined || found?.is !== 'found') return undefined;
  return { module: named, file: found.file, names: namesOf(host, found.file, app.environment, folders) };
}

/** The settings module that the service's environment names, or that the WSGI module sets, dotted. */
export function settingsModule(app: ServiceApp, host: HostView): string | undefined {
  const found = appModule(app, host);
  const outright = found.is === 'found' ? found.file.module.sets.get('DJANGO_SETTINGS_MODULE') : undefined;
  if (outright !== undefined) return outright;
  const variable = app.environment('DJANGO_SETTINGS_MODULE');
  if (variable !== undefined) return variable === 'unknown' ? undefined : variable;
  if (found.is !== 'found') return undefined;
  for (const it of found.file.module.statements) {
    if (it.kind !== 'expression' || !it.certain || it.value.kind !== 'call') continue;
    const { callee, args } = it.value;
    const [key, value] = args;
    if (callee.kind !== 'attribute' || callee.name !== 'setdefault') continue;
    if (key?.kind === 'string' && key.text === 'DJANGO_SETTINGS_MODULE' && value?.kind === 'string') return value.text;
  }
  return undefined;
}
