/** Whether the app that a server is told to load can be imported, with Django's settings behind it. */
import { directoryOf as folderOf, type HostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyModule } from '../syntax/pythonModule.js';
import { listOf } from '../systemd/unit.js';
import { appModule, appSpec, djangoSettings, searchPath, settingsModule, uwsgiDirectory } from './appModule.js';
import { serviceIdentity } from './identity.js';
import {
  type ImportFault,
  type Interpreter,
  importFault,
  missingApp,
  unlistedSetting,
  unopened,
} from './importFaults.js';
import { nearModules } from './nearModules.js';
import { type Opener, unopenableLog } from './openedFiles.js';
import { findModule } from './pythonFiles.js';
import { ENTER, homesAreOwn, may, ownershipInFiles, WRITE } from './rights.js';
import type { ServiceApp } from './serviceApp.js';
import { installedFor, isInstalled } from './sitePackages.js';
import { isMadeForService, sees } from './startOf.js';

export type AppImport =
  | { readonly is: 'fault'; readonly fault: ImportFault }
  /** The settings module that is named is not there; `near` where only something like it speaks against it. */
  | { readonly is: 'settings'; readonly missing: string; readonly within: string; readonly near?: string };

/** The first fault that importing the app meets; undefined where there is none, or none that the files show. */
export function appImport(app: ServiceApp, host: HostView): AppImport | undefined {
  const spec = appSpec(app);
  const folders = searchPath(app);
  const found = appModule(app, host);
  if (!spec || !folders || found.is !== 'found') return undefined;
  const settings = djangoSettings(app, host);
  const of = interpreterOf(app, host, folders);
  // A file that is named by its path is loaded as uwsgi_file_....
  const name = app.command.uwsgi?.file === undefined ? spec.module : undefined;
  const files = [
    { file: found.file, name, callable: spec.name },
    ...(settings ? [{ file: settings.file, name: settings.module }] : []),
  ];
  const fault =
    importFault(files, of) ??
    (settings && (unlistedSetting(settings) ?? missingApp(settings, of) ?? unopened(settings.file, of, unopenableLog)));
  if (fault) return { is: 'fault', fault };
  const missing = settings ? undefined : settingsModule(app, host);
  const search = missing === undefined ? undefined : findModule(host, folders, missing);
  // What only a package brings may be installed; below one of the project's own it cannot be.
  if (missing === undefined || search?.is !== 'absent' || !asksForSettings(found.file.module)) return undefined;
  const within = folders[0]!;
  const installed = search.sure ? false : isInstalled(host, of.installed, missing.split('.')[0]!);
  if (installed === false) return { is: 'settings', missing, within };
  const [near] = nearModules(host, within, missing);
  return installed === true || !near ? undefined : { is: 'settings', missing, within, near: near.module };
}

/** What the interpreter of an app finds, and what it may open. */
export function interpreterOf(app: ServiceApp, host: HostView, folders: readonly HostPath[]): Interpreter {
  const { environment } = app;
  const opener: Opener = {
    host,
    environment,
    directory: directoryOf(app),
    isMade: (path) => isPrepared(app, path),
    refusedTo: (path) => refusedTo(app, host, path),
  };
  return { host, folders, installed: installedFor(app, host), environment, opener };
}

/** Whether the module loads Django, or reads the variable by itself. */
function asksForSettings({ imports, required }: PyModule): boolean {
  return (
    imports.some((it) => /^django\.core\.[wa]sgi$/.test(it.module)) ||
    required.some((it) => it.name === 'DJANGO_SETTINGS_MODULE')
  );
}

/** Where the app's relative paths start. */
function directoryOf(app: ServiceApp): HostPath | undefined {
  const { uwsgi } = app.command;
  return uwsgi ? uwsgiDirectory(app, uwsgi) : app.command.directory;
}

/** Made by systemd for the service, or named by a command before the start. */
function isPrepared({ unit }: Pick<ServiceApp, 'unit'>, path: HostPath): boolean {
  if (sees(unit) === 'own' || isMadeForService(unit, path)) return true;
  return listOf(unit, 'Service', 'ExecStartPre').some(
    ({ entry }) => entry.value.includes(path) || /\bsh\b/.test(entry.value),
  );
}

/** The user of the service, where that may write neither the file nor, if there is none, its folder. */
export function refusedTo({ unit, command }: ServiceApp, host: HostView, path: HostPath): string | undefined {
  const who = serviceIdentity(unit, host);
  // uWSGI drops to a user of its own, and a capability may override the bits.
  if (!who || who.user === 0 || command.uwsgi || !homesAreOwn(host)) return undefined;
  if (listOf(unit, 'Service', 'AmbientCapabilities').length > 0 || isPrepared({ unit }, folderOf(path)))
    return undefined;
  const file = ownershipInFiles(host, path);
  const owner = file ?? ownershipInFiles(host, folderOf(path));
  return owner && may(who, owner, file ? WRITE : WRITE | ENTER) === 'no' ? who.name : undefined;
}
