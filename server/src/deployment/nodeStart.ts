/** What ends a script of node's while it is loaded, beside modules that are missing. */
import { directoryOf, type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { type HostView, isAbsent, textOf } from '../host/host.js';

export type StartFault =
  /** A file that is read at the start and is not there; `relative` where its path begins in the working directory. */
  | { readonly kind: 'file'; readonly path: HostPath; readonly relative: string | undefined }
  /** `require` in a file that a package.json makes an ES module. */
  | { readonly kind: 'require'; readonly package: HostPath };

const LONGEST = 100_000;

/** @param directory where the process starts. */
export function startFaultOf(
  script: HostPath,
  directory: HostPath | undefined,
  host: HostView,
): StartFault | undefined {
  const text = textOf(script, host);
  if (text === undefined || text.length > LONGEST) return undefined;
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  const made = moduleBy(script, host);
  // https://nodejs.org/api/esm.html#no-require-exports-or-moduleexports
  if (
    made &&
    /^(?:(?:const|let|var)\s+[\w${}\s,:]+=\s*)?require\(/m.test(code) &&
    !/\bcreateRequire\b|\brequire\s*=/.test(code)
  )
    return { kind: 'require', package: made };
  for (const [, first, written] of code.matchAll(READS)) {
    const beside = first !== undefined;
    if (!beside && !written!.startsWith('/') && !directory) continue;
    const from = beside ? directoryOf(script) : (directory ?? hostPath('/'));
    const path = beside ? joinPath(from, pathOf(first)) : joinPath(from, written!);
    if (isAbsent(path, host) || (!beside && isUnseen(path, host)))
      return { kind: 'file', path, relative: beside || written!.startsWith('/') ? undefined : written };
  }
  return undefined;
}

/**
 * At the beginning of a line, so in no function, block or try: `const a = readFileSync('b')`, alone or within another
 * call, with a path by itself or joined to __dirname.
 */
const READS =
  /^(?:(?:export\s+)?(?:const|let|var)\s+[\w${}\s,:]+=\s*)?(?:[\w.]+\()*(?:fs\.)?readFileSync\(\s*(?:path\.(?:join|resolve)\(\s*__dirname\s*,\s*((?:['"][^'"]+['"]\s*,?\s*)+)\)|['"]([^'"]+)['"])/gm;

const pathOf = (words: string): string => [...words.matchAll(/['"]([^'"]+)['"]/g)].map((it) => it[1]!).join('/');

/** The package.json whose `"type": "module"` a file ending in .js goes by. */
function moduleBy(script: HostPath, host: HostView): HostPath | undefined {
  if (!script.endsWith('.js')) return undefined;
  for (let at = directoryOf(script); ; at = directoryOf(at)) {
    const path = joinPath(at, 'package.json');
    const text = textOf(path, host);
    if (text !== undefined) return typeOf(text) === 'module' ? path : undefined;
    if (at === '/' || !isAbsent(path, host)) return undefined;
  }
}

function typeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { type?: unknown }).type;
  } catch {
    return undefined;
  }
}

/** What a relative path names in / nobody keeps there, even where a copy of the machine does not say so. */
function isUnseen(path: HostPath, host: HostView): boolean {
  return directoryOf(path) === '/' && !host.stat(path).known;
}

/** Of the script's folder and those above it the nearest that has the file. */
export function folderWith(relative: string, script: HostPath, host: HostView): HostPath | undefined {
  for (let folder = directoryOf(script); folder !== '/'; folder = directoryOf(folder)) {
    const there = host.stat(joinPath(folder, relative));
    if (there.known && there.value) return folder;
  }
  return undefined;
}
