/** What Django's settings say of files that views need: folders of templates, a database that is a file. */
import { pythonValue } from '../apps/pythonValues.js';
import { directoryOf, type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { isAbsent } from '../host/host.js';
import type { PyExpression } from '../syntax/pythonModule.js';
import type { DjangoSettings } from './appModule.js';
import { djangoSetting, placeOfSetting } from './django.js';
import type { Within } from './djangoUrls.js';
import { findModule, placeInPython } from './pythonFiles.js';

interface Project {
  readonly settings: DjangoSettings;
  readonly within: Within;
}

/** The expression that a setting is assigned, where the settings file itself does so once. */
function assigned({ settings }: Project, name: string): PyExpression | 'none' | 'open' {
  const { module } = settings.file;
  const set = module.statements.filter((it) => it.kind !== 'star' && it.kind !== 'expression' && it.name === name);
  const [only] = set;
  if (set.length === 0) return djangoSetting(settings, name) === undefined ? 'none' : 'open';
  return set.length === 1 && only?.kind === 'assign' ? only.value : 'open';
}

function entry(it: PyExpression | undefined, name: string): PyExpression | undefined {
  return it?.kind === 'dict'
    ? it.entries.find(({ key }) => key.kind === 'string' && key.text === name)?.value
    : undefined;
}

/** Templates that packages of Django's own bring. */
const DJANGOS =
  /^(?:admin|registration|django|gis|postgres|flatpages|sitemap|rest_framework|account|socialaccount|debug_toolbar)(?:[/.]|$)|^(?:404|403|400|500|403_csrf|sitemap)\b/;

/**
 * The folders that lack a template; undefined where it is there, or may be: DIRS and, with APP_DIRS, `templates` of each
 * installed app: django/template/loaders/app_directories.py. Apps of packages are taken to bring none of that name if
 * they are Django's own.
 */
export function missingDjangoTemplate(name: string, project: Project): readonly HostPath[] | undefined {
  if (DJANGOS.test(name) || name.split('/').includes('..')) return undefined;
  const { host } = project.within;
  const folders = templateFolders(project);
  if (!folders) return undefined;
  return folders.every((it) => isAbsent(joinPath(it, name), host)) ? folders : undefined;
}

function templateFolders(project: Project): readonly HostPath[] | undefined {
  const { settings, within } = project;
  const set = assigned(project, 'TEMPLATES');
  if (set === 'none') return [];
  const [engine] = set !== 'open' && set.kind === 'list' ? set.items : [];
  if (set === 'open' || set.kind !== 'list' || set.items.length !== 1 || engine?.kind !== 'dict') return undefined;
  const backend = entry(engine, 'BACKEND');
  if (backend?.kind !== 'string' || backend.text !== 'django.template.backends.django.DjangoTemplates')
    return undefined;
  if (entry(entry(engine, 'OPTIONS'), 'loaders')) return undefined;
  const listed = entry(engine, 'DIRS');
  const dirs = listed ? pythonValue(listed, settings.names, settings.file.path, within.environment) : [];
  if (!Array.isArray(dirs) || dirs.some((it) => typeof it !== 'string' || !it.startsWith('/'))) return undefined;
  const folders = (dirs as string[]).map(hostPath);
  const inApps = entry(engine, 'APP_DIRS');
  if (inApps && inApps.kind !== 'boolean') return undefined;
  if (!inApps?.value) return folders;
  const apps = appFolders(project);
  return apps && [...folders, ...apps.map((it) => joinPath(it, 'templates'))];
}

/** DIRS of the settings, else the setting of which it is a part. */
export function placeOfTemplates(project: Project): Place[] {
  const set = assigned(project, 'TEMPLATES');
  const [engine] = set !== 'open' && set !== 'none' && set.kind === 'list' ? set.items : [];
  const dirs = entry(engine, 'DIRS');
  const { file } = project.settings;
  if (dirs?.kind === 'list') return [placeInPython(file, dirs.start, dirs.end)];
  const whole = placeOfSetting(project.settings, 'TEMPLATES');
  return whole ? [whole] : [];
}

/** The folders of the project's own apps; undefined where an app of a package other than Django's is installed. */
function appFolders({ settings, within }: Project): readonly HostPath[] | undefined {
  const apps = djangoSetting(settings, 'INSTALLED_APPS') ?? [];
  if (!Array.isArray(apps)) return undefined;
  const folders: HostPath[] = [];
  for (const it of apps) {
    if (typeof it !== 'string') return undefined;
    if (it.startsWith('django.contrib.')) continue;
    // `shop.apps.ShopConfig` is in the folder above its module, as `name` of it says.
    const config = /^(.+)\.apps\.\w+$/.exec(it);
    const found = findModule(within.host, within.folders, config ? config[1]! : it);
    if (found.is !== 'found') return undefined;
    folders.push(directoryOf(found.file.path));
  }
  return folders;
}

/**
 * The file of an SQLite database that cannot be opened, or not be written: SQLite makes it where there is none, and a
 * journal beside it for each change.
 */
export function databaseFault(
  project: Project,
  use: 'reads' | 'writes',
  refused: (path: HostPath) => string | undefined,
): { readonly path: HostPath; readonly user: string } | undefined {
  const path = sqliteFile(project);
  if (!path || (use === 'reads' && !isAbsent(path, project.within.host))) return undefined;
  const user = refused(path) ?? refused(hostPath(`${path}-journal`));
  return user === undefined ? undefined : { path, user };
}

/** NAME of the default database, where it is a file of SQLite's. */
export function sqliteFile(project: Project): HostPath | undefined {
  const { settings, within } = project;
  const set = assigned(project, 'DATABASES');
  const value = entry(set === 'none' || set === 'open' ? undefined : set, 'default');
  const engine = entry(value, 'ENGINE');
  const name = entry(value, 'NAME');
  if (engine?.kind !== 'string' || !engine.text.endsWith('.sqlite3') || !name) return undefined;
  const path = pythonValue(name, settings.names, settings.file.path, within.environment);
  return typeof path === 'string' && path.startsWith('/') ? hostPath(path) : undefined;
}
