/** What keeps a module of the project from being imported, as far as the texts and the lists of installed packages show. */
import type { Environment } from '../apps/environment.js';
import { directoryOf, fileName, type HostPath, joinPath } from '../base/hostPath.js';
import { nearest } from '../base/nearest.js';
import type { HostView } from '../host/host.js';
import type { PyImport, PyRequired } from '../syntax/pythonModule.js';
import type { PyStop } from '../syntax/pythonOutcome.js';
import type { DjangoSettings } from './appModule.js';
import { type Opener, unopenable } from './openedFiles.js';
import { findModule, namesOf, type PythonFile, pythonFile } from './pythonFiles.js';
import { unlistedIn } from './requirements.js';
import { type Installed, isInstalled } from './sitePackages.js';
import { isStandardModule } from './standardModules.js';

export interface ImportFault {
  /**
   * `syntax`: the text is no Python. `module`: of the project, not there. `name`: the module does not define it. `package`:
   * not installed. `unlisted`: not in requirements.txt. `setting`: of a type that Django refuses. `relative`: beyond the top of the packages. `variable`: of the
   * environment, not set. `file`: opened, and its folder is not there. `refused`: the user may not write it. `closed`: nor read it.
   * `undefined`: a name that nothing binds. `raises`, `exits`: what the module does of itself.
   */
  readonly fault:
    | 'syntax'
    | 'module'
    | 'name'
    | 'package'
    | 'unlisted'
    | 'setting'
    | 'relative'
    | 'variable'
    | 'undefined'
    | 'file'
    | 'refused'
    | 'closed'
    | 'raises'
    | 'exits';
  readonly file: PythonFile;
  /** UTF-16 offsets in the file. */
  readonly start: number;
  readonly end: number;
  /** The module, the name or the package that is missing; empty for `syntax`. */
  readonly missing: string;
  /** Where it was looked for. */
  readonly within: string;
  /** Nothing but a file that nobody sees could bring it. */
  readonly sure: boolean;
  /** What is there instead. */
  readonly choices: readonly string[];
}

/** How many files of the project are followed, from the one that the server imports. */
const MOST_FILES = 12;

export interface Interpreter {
  readonly host: HostView;
  readonly folders: readonly HostPath[];
  readonly installed: Installed;
  readonly environment: Environment;
  readonly opener: Opener;
}

/** A file and the name that it is imported by. */
export interface Imported {
  readonly file: PythonFile;
  /** Dotted; undefined where that is not known. */
  readonly name: string | undefined;
  /** The name in it that the server calls, of the file that it imports itself. */
  readonly callable?: string | undefined;
}

type Visit = (it: Imported) => ImportFault | undefined;

/** The first fault that importing the files meets, in the order in which Python would meet it. */
export function importFault(files: readonly Imported[], of: Interpreter): ImportFault | undefined {
  const seen = new Set<HostPath>();
  const set = new Set<string>();
  let isOpen = false;
  const visit: Visit = (imported) => {
    const { file } = imported;
    if (seen.has(file.path) || seen.size >= MOST_FILES) return undefined;
    seen.add(file.path);
    const { module } = file;
    if (module.setsEnvironment === 'any') isOpen = true;
    else for (const name of module.setsEnvironment) set.add(name);
    if (module.error) {
      const { start, end } = module.error;
      return {
        fault: 'syntax',
        file,
        start,
        end: Math.max(end, start),
        missing: '',
        within: '',
        sure: false,
        choices: [],
      };
    }
    const stop: readonly PyStop[] = module.stop ? [module.stop] : [];
    const all: (PyImport | PyRequired | PyStop | ImportFault)[] = [
      ...module.imports,
      ...module.required,
      ...undefinedNames(file, of),
      ...stop,
    ];
    const inOrder = all.sort((a, b) => a.start - b.start);
    for (const it of inOrder) {
      if ('fault' in it) return it;
      if ('what' in it) {
        const { start, end, name, what } = it;
        return { fault: what, file, start, end, missing: name, within: '', sure: true, choices: [] };
      }
      if ('name' in it) {
        if (isOpen || set.has(it.name) || isBrought(it.name) || of.environment(it.name) !== undefined) continue;
        const { start, end, name } = it;
        return { fault: 'variable', file, start, end, missing: name, within: '', sure: false, choices: [] };
      }
      // What stands in a branch may be meant to fail: try, except ImportError.
      if (!it.certain) continue;
      const fault = faultOf(imported, it, of, visit);
      if (fault) return fault;
    }
    return unopened(file, of, unopenable);
  };
  for (const file of files) {
    const fault = visit(file);
    if (fault) return fault;
  }
  return undefined;
}

/** A file that cannot be opened as a fault of the import. */
export function unopened(file: PythonFile, of: Interpreter, by: typeof unopenable): ImportFault | undefined {
  const found = by(file, namesOf(of.host, file, of.environment, of.folders), of.opener);
  if (!found) return undefined;
  const { start, end, path, needs, refused, closed } = found;
  const place = { file, start, end, missing: path, choices: [] };
  return refused === undefined
    ? { ...place, fault: 'file', within: needs, sure: true }
    : { ...place, fault: closed ? 'closed' : 'refused', within: refused, sure: false };
}

/** Names that neither the module binds, nor a module whose names it takes over, nor Python. */
function undefinedNames(file: PythonFile, of: Interpreter): ImportFault[] {
  const { unbound } = file.module;
  if (unbound.length === 0) return [];
  const { values, open } = namesOf(of.host, file, of.environment, of.folders);
  if (open) return [];
  return unbound.flatMap(({ name, start, end }): ImportFault[] =>
    values.has(name) || !isSlip(name, [...values.keys()])
      ? []
      : [
          {
            fault: 'undefined',
            file,
            start,
            end,
            missing: name,
            within: file.path,
            sure: true,
            choices: [...values.keys()],
          },
        ],
  );
}

/** A misspelt name, or a module that somebody forgot to import. Of others an excerpt of a file may have left out the import. */
function isSlip(name: string, bound: readonly string[]): boolean {
  return isStandardModule(name) || nearest(name, bound) !== undefined;
}

/** Variables that systemd, Python or the app server itself bring: systemd.exec(5), "Environment Variables Set or Propagated". */
function isBrought(name: string): boolean {
  return /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|PWD|OLDPWD|SHLVL|_|TERM|TZ|TMPDIR|HOSTNAME|INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|LISTEN_\w+|WATCHDOG_\w+|\w+_DIRECTORY|\w*PID|SYSTEMD_\w+|MONITOR_\w+|REMOTE_\w+|XDG_\w+|PYTHON\w*|VIRTUAL_ENV|SERVER_SOFTWARE|DJANGO_SETTINGS_MODULE|FLASK_\w+)$/.test(
    name,
  );
}

/** `a.b` of a module `a.b.c`, and of a package `a.b` itself; undefined where the module's own name is not known. */
function packageOf({ file, name }: Imported): readonly string[] | undefined {
  const parts = name?.split('.');
  return fileName(file.path) === '__init__.py' ? parts : parts?.slice(0, -1);
}

function faultOf(imported: Imported, it: PyImport, of: Interpreter, visit: Visit): ImportFault | undefined {
  const { host } = of;
  const { file } = imported;
  const at = { file, start: it.start, end: it.end };
  const relative = /^(\.+)(.*)$/.exec(it.module);
  let folders = of.folders;
  let name = it.module;
  const around = packageOf(imported);
  if (relative) {
    // importlib._bootstrap._sanity_check() and _resolve_name().
    if (around && relative[1]!.length > around.length)
      return { ...at, fault: 'relative', missing: it.module, within: imported.name!, sure: true, choices: [] };
    let folder = directoryOf(file.path);
    for (let i = 1; i < relative[1]!.length; i++) folder = directoryOf(folder);
    folders = [folder];
    name = relative[2]!;
    const here = around?.slice(0, around.length - relative[1]!.length + 1);
    if (name === '') return inPackage(it, folder, here, of, visit) ?? submodules(file, it, folder, host);
  }
  if (!/^[A-Za-z_][\w.]*$/.test(name)) return undefined;
  const top = name.split('.')[0]!;
  const found = findModule(host, folders, name);
  if (found.is === 'found') {
    const above = relative ? around?.slice(0, around.length - relative[1]!.length + 1) : [];
    const whole = above && [...above, name];
    const fault = visit({ file: found.file, name: whole?.join('.') });
    const isPackageOf = fileName(found.file.path) === '__init__.py';
    const inside = fault || !isPackageOf ? undefined : inPackage(it, directoryOf(found.file.path), whole, of, visit);
    return fault ?? inside ?? missingName(file, it, found.file, of);
  }
  if (found.is === 'unknown' || found.is === 'namespace') return undefined;
  const absent = (within: HostPath, sure: boolean): ImportFault => {
    const choices = modulesBeside(host, within, name);
    return { ...at, fault: 'module', missing: name, within, sure, choices };
  };
  if (relative) return absent(folders[0]!, isPackage(host, folders[0]!));
  if (found.sure) return absent(folders.find((one) => isPackage(host, joinPath(one, top))) ?? folders[0]!, true);
  if (isStandardModule(top)) return undefined;
  const installed = isInstalled(host, of.installed, top);
  // It may be installed; where the app itself is imported from it, and made in a file beside, that speaks against it.
  const isApp = imported.callable !== undefined && it.names?.some(({ text }) => text === imported.callable);
  if (installed === undefined && isApp && appsBeside(host, file, imported.callable!)) return absent(folders[0]!, false);
  const list = installed === undefined ? unlistedIn(of.folders, top, host) : undefined;
  if (list) return { ...at, fault: 'unlisted', missing: top, within: list, sure: false, choices: [] };
  if (installed !== false) return undefined;
  return { ...at, fault: 'package', missing: top, within: of.installed.folders[0]!, sure: true, choices: [] };
}

/** Whether a file of the same folder makes something of that name. */
function appsBeside(host: HostView, { path }: PythonFile, name: string): boolean {
  const folder = directoryOf(path);
  const names = host.list(folder);
  const files = ((names.known && names.value) || []).filter((it) => /^[A-Za-z_]\w*\.py$/.test(it)).slice(0, 12);
  return files.some((it) => {
    const beside = it === fileName(path) ? undefined : pythonFile(host, joinPath(folder, it));
    return beside?.module.statements.some((one) => one.kind === 'assign' && one.name === name);
  });
}

/** `from package import a`: where the package binds no such name itself, its module of that name is imported. */
function inPackage(
  it: PyImport,
  folder: HostPath,
  name: readonly string[] | undefined,
  of: Interpreter,
  visit: Visit,
): ImportFault | undefined {
  const own = findModule(of.host, [directoryOf(folder)], fileName(folder));
  const bound = own.is === 'found' ? namesOf(of.host, own.file, of.environment, of.folders).values : undefined;
  for (const one of it.names ?? []) {
    const found = bound?.has(one.text) ? undefined : findModule(of.host, [folder], one.text);
    const fault =
      found?.is === 'found' ? visit({ file: found.file, name: name && [...name, one.text].join('.') }) : undefined;
    if (fault) return fault;
  }
  return undefined;
}

/** `from . import a, b`: names of the package itself, or modules in it. */
function submodules(file: PythonFile, it: PyImport, folder: HostPath, host: HostView): ImportFault | undefined {
  const names = host.list(folder);
  if (!names.known || !names.value?.includes('__init__.py')) return undefined;
  const text = host.stat(joinPath(folder, '__init__.py'));
  // Only an empty package defines nothing of its own for certain.
  if (!text.known || text.value?.size !== 0) return undefined;
  for (const one of it.names ?? []) {
    const found = findModule(host, [folder], one.text);
    if (found.is !== 'absent' || names.value.includes(one.text)) continue;
    const choices = modulesBeside(host, folder, one.text);
    return {
      fault: 'module',
      file,
      start: one.start,
      end: one.end,
      missing: one.text,
      within: folder,
      sure: true,
      choices,
    };
  }
  return undefined;
}

function missingName(file: PythonFile, it: PyImport, from: PythonFile, of: Interpreter): ImportFault | undefined {
  if (!it.names || it.names.length === 0) return undefined;
  const { values, open } = namesOf(of.host, from, of.environment, of.folders);
  if (open) return undefined;
  const isInit = fileName(from.path) === '__init__.py';
  for (const one of it.names) {
    if (values.has(one.text) || /^__\w+__$/.test(one.text)) continue;
    if (isInit && findModule(of.host, [directoryOf(from.path)], one.text).is !== 'absent') continue;
    const at = { file, start: one.start, end: one.end };
    return { ...at, fault: 'name', missing: one.text, within: from.path, sure: true, choices: [...values.keys()] };
  }
  return undefined;
}

/** Settings.__init__() in django/conf/__init__.py refuses other types. */
const LISTS = ['ALLOWED_HOSTS', 'INSTALLED_APPS', 'LOCALE_PATHS', 'SECRET_KEY_FALLBACKS'];

/** A setting that has to be a list and is a text: `("example.com")` lacks the comma that makes it a tuple. */
export function unlistedSetting({ file, names }: DjangoSettings): ImportFault | undefined {
  for (const name of LISTS) {
    const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === name);
    if (set?.kind !== 'assign' || typeof names.values.get(name) !== 'string') continue;
    const { start, end } = set;
    return { fault: 'setting', file, start, end, missing: name, within: file.path, sure: true, choices: [] };
  }
  return undefined;
}

/** An entry of INSTALLED_APPS that is neither in the project nor installed: Django imports each of them at its start. */
export function missingApp({ file, names }: DjangoSettings, of: Interpreter): ImportFault | undefined {
  const apps = names.values.get('INSTALLED_APPS');
  const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === 'INSTALLED_APPS');
  if (!Array.isArray(apps) || set?.kind !== 'assign' || set.value.kind !== 'list') return undefined;
  for (const it of set.value.items) {
    const top = it.kind === 'string' ? /^[A-Za-z_]\w*/.exec(it.text)?.[0] : undefined;
    if (it.kind !== 'string' || top === undefined || top === 'django') continue;
    if (findModule(of.host, of.folders, top).is !== 'absent') continue;
    const place = { file, start: it.start, end: it.end, missing: top, choices: [] };
    const installed = isInstalled(of.host, of.installed, top);
    const list = installed === undefined ? unlistedIn(of.folders, top, of.host) : undefined;
    if (list) return { ...place, fault: 'unlisted', within: list, sure: false };
    if (installed !== false) continue;
    const within = of.installed.folders[0]!;
    return { fault: 'package', file, start: it.start, end: it.end, missing: top, within, sure: true, choices: [] };
  }
  return undefined;
}

/** The modules that stand where `name` would stand, dotted like it. */
function modulesBeside(host: HostView, folder: HostPath, name: string): string[] {
  const parent = name.slice(0, name.lastIndexOf('.') + 1);
  const names = host.list(joinPath(folder, parent.replaceAll('.', '/')));
  const stems = ((names.known && names.value) || []).map((it) => it.replace(/\.py$/, ''));
  return stems.filter((it) => /^[A-Za-z]\w*$/.test(it)).map((it) => parent + it);
}

function isPackage(host: HostView, folder: HostPath): boolean {
  const facts = host.stat(joinPath(folder, '__init__.py'));
  return facts.known && facts.value !== undefined;
}
