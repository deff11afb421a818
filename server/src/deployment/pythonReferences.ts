/** What a name in a Python file of a project means: a function or a class, followed through imports. */
import { directoryOf, type HostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyClass, PyExpression, PyFunction, PyImport, PyModule } from '../syntax/pythonModule.js';
import { findModule, type PythonFile } from './pythonFiles.js';

export interface Searched {
  readonly host: HostView;
  /** Where the interpreter looks. */
  readonly folders: readonly HostPath[];
}

export type Meant =
  | { readonly is: 'function'; readonly file: PythonFile; readonly function: PyFunction }
  | { readonly is: 'class'; readonly file: PythonFile; readonly class: PyClass }
  /** Bound at the top of the file by one plain assignment. */
  | { readonly is: 'value'; readonly file: PythonFile; readonly value: PyExpression; readonly name: string }
  | { readonly is: 'module'; readonly file: PythonFile }
  /** What some package brings: `django.urls`, `path`. */
  | { readonly is: 'foreign'; readonly module: string; readonly name: string }
  | { readonly is: 'unknown' };

const UNKNOWN: Meant = { is: 'unknown' };
/** Imports that are followed from file to file. */
const MOST_HOPS = 5;

/** What `name` or `module.name` means at the end of the file. */
export function meaningOf(it: PyExpression, file: PythonFile, of: Searched, hops = 0): Meant {
  if (hops > MOST_HOPS || file.module.hasError) return UNKNOWN;
  if (it.kind === 'name') return named(it.name, file, of, hops);
  if (it.kind !== 'attribute') return UNKNOWN;
  const base = meaningOf(it.of, file, of, hops);
  if (base.is === 'module') return named(it.name, base.file, of, hops + 1);
  if (base.is === 'foreign')
    return { is: 'foreign', module: base.name === '' ? base.module : `${base.module}.${base.name}`, name: it.name };
  return UNKNOWN;
}

function named(name: string, file: PythonFile, of: Searched, hops: number): Meant {
  const { module } = file;
  const bound = module.statements.filter((it) => it.kind !== 'star' && it.kind !== 'expression' && it.name === name);
  const stars = module.statements.some((it) => it.kind === 'star');
  const [only] = bound;
  // `import a.b` and `import a.c` bind the same.
  const imports = module.imports.filter((it) => binds(it, name));
  if (bound.length === 0) return stars ? starred(name, file, of, hops) : UNKNOWN;
  if (imports.length > 0)
    return imports.length === bound.length && imports.every((it) => it.certain)
      ? imported(imports[0]!, name, file, of, hops)
      : UNKNOWN;
  if (bound.length !== 1 || !only) return UNKNOWN;
  if (only.kind === 'assign') {
    if (only.value.kind === 'name' || only.value.kind === 'attribute') {
      const meant = meaningOf(only.value, file, of, hops + 1);
      if (meant.is !== 'unknown') return meant;
    }
    return { is: 'value', file, value: only.value, name };
  }
  return definedIn(module, name, file);
}

function definedIn(module: PyModule, name: string, file: PythonFile): Meant {
  const found = module.functions.find((it) => it.name === name);
  if (found) return { is: 'function', file, function: found };
  const made = module.classes.find((it) => it.name === name);
  return made ? { is: 'class', file, class: made } : UNKNOWN;
}

const binds = (it: PyImport, name: string): boolean =>
  it.names
    ? it.names.some((one) => (one.alias ?? one.text) === name)
    : (it.alias ?? it.module.split('.')[0]) === name && !it.module.startsWith('.');

function imported(it: PyImport, name: string, file: PythonFile, of: Searched, hops: number): Meant {
  if (!it.names) return moduleMeant(it.alias === undefined ? name : it.module, of, of.folders);
  const original = it.names.find((one) => (one.alias ?? one.text) === name)!.text;
  const relative = /^(\.+)(.*)$/.exec(it.module);
  let { folders } = of;
  if (relative) {
    let folder = directoryOf(file.path);
    for (let i = 1; i < relative[1]!.length; i++) folder = directoryOf(folder);
    folders = [folder];
    if (relative[2] === '') return inPackage(folder, original, of, hops);
  }
  const path = relative ? relative[2]! : it.module;
  const found = findModule(of.host, folders, path);
  if (found.is === 'absent' && !found.sure && !relative) return { is: 'foreign', module: path, name: original };
  if (found.is === 'namespace' || found.is === 'unknown') {
    const below = findModule(of.host, folders, `${path}.${original}`);
    return below.is === 'found' ? { is: 'module', file: below.file } : UNKNOWN;
  }
  if (found.is !== 'found') return UNKNOWN;
  const inside = named(original, found.file, of, hops + 1);
  if (inside.is !== 'unknown' || !found.file.path.endsWith('/__init__.py')) return inside;
  return inPackage(directoryOf(found.file.path), original, of, hops);
}

/** `from . import views`: a name of the package, or a module in it. */
function inPackage(folder: HostPath, name: string, of: Searched, hops: number): Meant {
  const below = findModule(of.host, [folder], name);
  if (below.is === 'found') return { is: 'module', file: below.file };
  const own = findModule(of.host, [directoryOf(folder)], folder.slice(folder.lastIndexOf('/') + 1));
  return own.is === 'found' && own.file.path === joinPath(folder, '__init__.py')
    ? named(name, own.file, of, hops + 1)
    : UNKNOWN;
}

function moduleMeant(path: string, { host }: Searched, folders: readonly HostPath[]): Meant {
  const found = findModule(host, folders, path);
  if (found.is === 'found') return { is: 'module', file: found.file };
  return found.is === 'absent' && !found.sure ? { is: 'foreign', module: path, name: '' } : UNKNOWN;
}

/** Of the modules whose names are all taken over, the last that has it. */
function starred(name: string, file: PythonFile, of: Searched, hops: number): Meant {
  for (const it of file.module.statements.filter((one) => one.kind === 'star').reverse()) {
    const relative = /^(\.+)(.+)$/.exec(it.module);
    if (!relative && it.module.startsWith('.')) return UNKNOWN;
    let folder = directoryOf(file.path);
    for (let i = 1; i < (relative ? relative[1]!.length : 1); i++) folder = directoryOf(folder);
    const found = findModule(of.host, relative ? [folder] : of.folders, relative ? relative[2]! : it.module);
    if (found.is !== 'found') return UNKNOWN;
    const inside = hops > MOST_HOPS ? UNKNOWN : named(name, found.file, of, hops + 1);
    if (inside.is !== 'unknown') return inside;
  }
  return UNKNOWN;
}
