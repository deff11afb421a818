/** The Python module that an app server imports, the name in it that it calls, and the Django settings behind it. */
import type { ArgWord } from '../apps/argWord.js';
import { lastValue } from '../apps/options.js';
import type { PyNames } from '../apps/pythonValues.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import { findModule, type ModuleSearch, namesOf, type PythonFile } from './pythonFiles.js';
import type { ServiceApp } from './serviceApp.js';

/** `module:callable` of a command line, cut as the server cuts it. */
export interface AppSpec {
  readonly word: ArgWord;
  readonly module: string;
  /** The name that is looked up in the module; the server's default where none is written. */
  readonly name: string | undefined;
}

const DEFAULT_NAMES: Readonly<Record<string, string>> = { gunicorn: 'application', hypercorn: 'app' };

/** Undefined where the command line names no app, or a variable decides. */
export function appSpec(app: ServiceApp): AppSpec | undefined {
  const word = app.command.app;
  if (!word || word.text.includes('$')) return undefined;
  const colon = word.text.indexOf(':');
  const module = colon < 0 ? word.text : word.text.slice(0, colon);
  const written = colon < 0 ? undefined : /^\s*([A-Za-z_]\w*)/.exec(word.text.slice(colon + 1))?.[1];
  return { word, module, name: colon < 0 ? DEFAULT_NAMES[app.server] : written };
}

/** Where the interpreter looks first; undefined when some of it is not known. */
export function searchPath(app: ServiceApp): readonly HostPath[] | undefined {
  const { command, environment } = app;
  const folders: HostPath[] = [];
  const add = (text: string | undefined): boolean => {
    if (text === undefined || text === '') return true;
    if (text.includes('$') || (!text.startsWith('/') && !command.directory)) return false;
    folders.push(text.startsWith('/') ? hostPath(text) : joinPath(command.directory!, text));
    return true;
  };
  const given = ['pythonpath', 'app-dir'].flatMap((it) => lastValue(command.given, it)?.text.split(',') ?? []);
  const variable = environment('PYTHONPATH');
  if (variable === 'unknown' || !command.directory) return undefined;
  if (app.server === 'gunicorn' && environment('GUNICORN_CMD_ARGS') !== undefined) return undefined;
  if (![...given, ...(variable ?? '').split(':')].every(add)) return undefined;
  return [...folders, command.directory, ...(app.workingDirectory ? [app.workingDirectory] : [])];
}

/** The file of the app's module. */
export function appModule(app: ServiceApp, host: HostView): ModuleSearch {
  const spec = appSpec(app);
  const folders = searchPath(app);
  if (!spec || !folders || !/^[A-Za-z_][\w.]*$/.test(spec.module)) return { is: 'unknown' };
  return findModule(host, folders, spec.module);
}

/** A Django project's settings, as far as they follow from their text. */
export interface DjangoSettings {
  readonly file: PythonFile;
  readonly names: PyNames;
}

/** The settings module of the service's environment, or that the WSGI module sets: Django's own default files do. */
export function djangoSettings(app: ServiceApp, host: HostView): DjangoSettings | undefined {
  const folders = searchPath(app);
  if (!folders) return undefined;
  const named = settingsModule(app, host);
  const found = named === undefined ? undefined : findModule(host, folders, named);
  if (found?.is !== 'found') return undefined;
  return { file: found.file, names: namesOf(host, found.file, app.environment, folders) };
}

function settingsModule(app: ServiceApp, host: HostView): string | undefined {
  const variable = app.environment('DJANGO_SETTINGS_MODULE');
  if (variable !== undefined) return variable === 'unknown' ? undefined : variable;
  const found = appModule(app, host);
  if (found.is !== 'found') return undefined;
  for (const it of found.file.module.statements) {
    if (it.kind !== 'expression' || it.value.kind !== 'call') continue;
    const { callee, args } = it.value;
    const [key, value] = args;
    if (callee.kind !== 'attribute' || callee.name !== 'setdefault') continue;
    if (key?.kind === 'string' && key.text === 'DJANGO_SETTINGS_MODULE' && value?.kind === 'string') return value.text;
  }
  return undefined;
}
