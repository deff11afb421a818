/** Files that a module opens while it is imported, as far as their names follow from the text: logs above all. */
import type { Environment } from '../apps/environment.js';
import { type PyNames, pythonValue } from '../apps/pythonValues.js';
import { directoryOf, type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { type HostView, isAbsent } from '../host/host.js';
import type { PyExpression } from '../syntax/pythonModule.js';
import type { PythonFile } from './pythonFiles.js';
import { isMadeAtRun } from './startOf.js';

type Call = PyExpression & { readonly kind: 'call' };

export interface Opened {
  /** The file, and what has to be there for it to be opened: its folder, or a file that is read itself. */
  readonly path: HostPath;
  readonly needs: HostPath;
  /** The user who may not write it; undefined where it is not there. */
  readonly refused: string | undefined;
  readonly start: number;
  readonly end: number;
}

export interface Opener {
  readonly host: HostView;
  readonly environment: Environment;
  /** Where relative paths start. */
  readonly directory: HostPath | undefined;
  /** Whether systemd or a command before the start makes it. */
  readonly isMade: (path: HostPath) => boolean;
  /** The name of the user, where the file may certainly not be written. */
  readonly refusedTo: (path: HostPath) => string | undefined;
}

/** The first file that cannot be opened, because its folder or itself is not there. */
export function unopenable(file: PythonFile, names: PyNames, of: Opener): Opened | undefined {
  const { module } = file;
  if (module.makesFolders || module.hasError) return undefined;
  for (const it of module.statements) {
    if (it.kind !== 'assign' && (it.kind !== 'expression' || !it.certain)) continue;
    for (const call of callsIn(it.value)) {
      const opened = openedBy(call, names, file, of);
      const found = opened && failing(opened, of);
      if (found) return found;
    }
  }
  return undefined;
}

/** A handler of Django's LOGGING that cannot open its file: logging.config raises ValueError. */
export function unopenableLog(file: PythonFile, names: PyNames, of: Opener): Opened | undefined {
  const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === 'LOGGING');
  const handlers = set?.kind === 'assign' && !file.module.makesFolders ? entry(set.value, 'handlers') : undefined;
  if (set?.kind !== 'assign' || handlers?.kind !== 'dict') return undefined;
  for (const { value } of handlers.entries) {
    const [kind, name, delay] = [entry(value, 'class'), entry(value, 'filename'), entry(value, 'delay')];
    if (kind?.kind !== 'string' || !/FileHandler$/.test(kind.text) || !name || delay) continue;
    const text = pythonValue(name, names, file.path, of.environment);
    const path = typeof text === 'string' ? absolute(text, of) : undefined;
    const { start, end } = set;
    const found = path && failing({ path, needs: directoryOf(path), start, end }, of);
    if (found) return found;
  }
  return undefined;
}

function entry(it: PyExpression, name: string): PyExpression | undefined {
  return it.kind === 'dict'
    ? it.entries.find(({ key }) => key.kind === 'string' && key.text === name)?.value
    : undefined;
}

/** A call with the calls among its arguments: `logger.addHandler(FileHandler('a.log'))`. */
function callsIn(it: PyExpression): Call[] {
  if (it.kind !== 'call') return [];
  return [it, ...[...it.args, ...Object.values(it.keywords)].flatMap(callsIn)];
}

function openedBy(call: Call, names: PyNames, file: PythonFile, of: Opener): Omit<Opened, 'refused'> | undefined {
  const { callee, args, keywords, start, end } = call;
  const name = callee.kind === 'name' ? callee.name : callee.kind === 'attribute' ? callee.name : '';
  // Starlette looks for the folder when the app is made: StaticFiles.__init__() in starlette/staticfiles.py.
  const folder = name === 'StaticFiles' && !keywords.check_dir && !keywords.packages ? keywords.directory : undefined;
  const static_ = folder && pythonValue(folder, names, file.path, of.environment);
  const served = typeof static_ === 'string' ? absolute(static_, of) : undefined;
  if (served) return { path: served, needs: served, start, end };
  const isLog = /^(?:FileHandler|(?:Timed)?RotatingFileHandler|WatchedFileHandler|basicConfig)$/.test(name);
  if (!isLog && !(name === 'open' && callee.kind === 'name')) return undefined;
  if (keywords.delay) return undefined;
  const given = keywords.filename ?? (name === 'basicConfig' ? undefined : args[0]);
  const text = given && pythonValue(given, names, file.path, of.environment);
  const path = typeof text === 'string' && text !== '' ? absolute(text, of) : undefined;
  if (!path) return undefined;
  const mode = keywords.mode ?? args[1];
  if (!isLog && mode && mode.kind !== 'string') return undefined;
  const reads = !isLog && (mode?.kind !== 'string' || mode.text.includes('r'));
  return { path, needs: reads ? path : directoryOf(path), start, end };
}

function failing(opened: Omit<Opened, 'refused'>, of: Opener): Opened | undefined {
  if (isGone(opened.needs, of)) return { ...opened, refused: undefined };
  const refused = opened.needs === opened.path ? undefined : of.refusedTo(opened.path);
  return refused === undefined ? undefined : { ...opened, refused };
}

function absolute(text: string, { directory }: Opener): HostPath | undefined {
  return text.startsWith('/') ? hostPath(text) : directory && joinPath(directory, text);
}

function isGone(path: HostPath, { host, isMade }: Opener): boolean {
  return !isMadeAtRun(path) && !isMade(path) && isAbsent(path, host);
}
