/** Python files of a host, found by module name and read for what they bind. Nothing is imported or run. */
import type { Environment } from '../apps/environment.js';
import { type PyNames, pythonNames } from '../apps/pythonValues.js';
import { directoryOf, type HostPath, joinPath } from '../base/hostPath.js';
import type { FileAnchor, Place } from '../base/place.js';
import { type FileText, type HostView, isText } from '../host/host.js';
import { type PyModule, parsePython } from '../syntax/pythonModule.js';

export interface PythonFile {
  readonly path: HostPath;
  readonly module: PyModule;
  readonly anchor: FileAnchor;
}

/** Past this size (UTF-16 units) a file is not read: no settings file is that long. */
const LIMIT = 200_000;

/** Goes with the text that the host remembers: a changed file is another text. */
const parsed = new WeakMap<FileText, PyModule>();

/** Where a module is: in a file, nowhere below `directory` for certain, or not to be known. */
export type ModuleSearch =
  | { readonly is: 'found'; readonly file: PythonFile }
  | { readonly is: 'absent'; readonly sure: boolean }
  /** A folder without `__init__.py` below a regular package: it has no names but those of modules in it. */
  | { readonly is: 'namespace'; readonly folder: HostPath }
  | { readonly is: 'unknown' };

/** A Python file; undefined when it is not there or cannot be read. */
export function pythonFile(host: HostView, path: HostPath): PythonFile | undefined {
  const answer = host.read(path);
  if (!answer.known || !isText(answer.value) || answer.value.text.length > LIMIT) return undefined;
  let module = parsed.get(answer.value);
  if (!module) parsed.set(answer.value, (module = parsePython(answer.value.text)));
  return { path, module, anchor: { path, parent: undefined, offset: 0 } };
}

/** A stretch of a Python file, from offsets in it. */
export function placeInPython(file: PythonFile, start: number, end: number): Place {
  return { node: file.anchor, start, end };
}

/**
 * Looks for `a.b.c` in folders of the search path. `absent` is sure when the first of its packages is a regular one
 * there, which hides all others of its name; otherwise an installed package may bring it.
 */
export function findModule(host: HostView, folders: readonly HostPath[], name: string): ModuleSearch {
  const parts = name.split('.');
  let unknown = false;
  let sure = false;
  for (const folder of folders) {
    const base = joinPath(folder, parts.join('/'));
    for (const path of [joinPath(base, '__init__.py'), `${base}.py` as HostPath]) {
      const facts = host.stat(path);
      if (!facts.known) unknown = true;
      else if (facts.value?.kind === 'file') {
        const file = pythonFile(host, path);
        return file ? { is: 'found', file } : { is: 'unknown' };
      }
    }
    const top = host.stat(joinPath(folder, `${parts[0]!}/__init__.py`));
    if (top.known && top.value && parts.length > 1) sure = true;
    // A compiled module or one in an archive is not looked for; a folder that lists nothing of its name has neither.
    const names = host.list(parts.length > 1 ? joinPath(folder, parts.slice(0, -1).join('/')) : folder);
    if (!names.known) unknown = true;
    else if (names.value?.some((it) => it === parts.at(-1) || isCompiled(it, parts.at(-1)!)))
      return sure && isBareFolder(host, base) ? { is: 'namespace', folder: base } : { is: 'unknown' };
  }
  return unknown ? { is: 'unknown' } : { is: 'absent', sure };
}

/** Where `__init__.py` is known to be missing; the folder of a regular package is all that Python looks through. */
function isBareFolder(host: HostView, folder: HostPath): boolean {
  const facts = host.stat(folder);
  const init = host.stat(joinPath(folder, '__init__.py'));
  return facts.known && facts.value?.kind === 'directory' && init.known && !init.value;
}

/** `_imaging.cpython-311-x86_64-linux-gnu.so`, but not `settings.py.example`. */
function isCompiled(file: string, module: string): boolean {
  return file.startsWith(`${module}.`) && /\.(?:so|pyd|pyc)$/.test(file);
}

/** What a file binds, star imports followed within `folders` and relative to the file's own package. */
export function namesOf(
  host: HostView,
  file: PythonFile,
  environment: Environment,
  folders: readonly HostPath[],
  depth = 0,
): PyNames {
  return pythonNames(file.module, file.path, environment, (name) => {
    if (depth > 6) return undefined;
    const relative = /^(\.+)(.*)$/s.exec(name);
    let from = folders;
    if (relative) {
      let folder = directoryOf(file.path);
      for (let i = 1; i < relative[1]!.length; i++) folder = directoryOf(folder);
      from = [folder];
    }
    const wanted = relative ? relative[2]! : name;
    const found = wanted === '' ? undefined : findModule(host, from, wanted);
    return found?.is === 'found' ? namesOf(host, found.file, environment, folders, depth + 1) : undefined;
  });
}
