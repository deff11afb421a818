/** From arguments to loaded hosts: what `check` and `debug` have in common. */
import { existsSync, statSync } from 'node:fs';
import { type HostPath, hostPath, isWithin } from '../base/hostPath.js';
import { fetchNoted, waitingFor } from '../host/node/fetch.js';
import { namedRoot, type Root, rootOf, withinRoot } from '../host/node/roots.js';
import { languageOf } from '../workspace/discovery.js';
import { HostSpace, type Language, type Snapshot } from '../workspace/hostSpace.js';
import { settled } from '../workspace/settle.js';

/** Something that keeps the program from running: its message is for the user, and the exit code is 2. */
export class Refusal extends Error {}

export interface LoadOptions {
  readonly root?: string | undefined;
  readonly as?: Language | undefined;
}

export interface LoadedHost {
  readonly space: HostSpace;
  /** Files that were asked for; undefined for all. */
  readonly wanted: readonly HostPath[] | undefined;
}

/** The hosts that the paths belong to. Throws a Refusal for paths that are not there or cannot be told apart. */
export function loadHosts(paths: readonly string[], options: LoadOptions): LoadedHost[] {
  const named = options.root === undefined ? undefined : namedRoot(options.root);
  if (named && !isDirectory(named.folder)) throw new Refusal(`${options.root}: there is no such directory`);
  if (paths.length === 0) {
    const root = named ?? rootOf(process.cwd(), process.cwd());
    return [{ space: spaceOf(root), wanted: undefined }];
  }
  const hosts = new Map<string, { space: HostSpace; wanted: HostPath[] }>();
  for (const path of paths) {
    const where = locatePath(path, named);
    let host = hosts.get(where.root.folder);
    if (!host) hosts.set(where.root.folder, (host = { space: spaceOf(where.root), wanted: [] }));
    addWanted(host.space, host.wanted, where.path, path, options.as);
  }
  return [...hosts.values()];
}

function spaceOf({ folder, coverage }: Root): HostSpace {
  return new HostSpace(folder, coverage, undefined, waitingFor(folder));
}

function locatePath(path: string, named: Root | undefined): { root: Root; path: HostPath } {
  const exists = existsSync(path);
  if (named) {
    const inside = exists ? withinRoot(named.folder, path) : undefined;
    if (inside !== undefined) return { root: named, path: hostPath(inside) };
    // With a root, a path may also be meant as the host's own.
    if (existsSync(`${named.folder}/${path}`)) return { root: named, path: hostPath(`/${path}`) };
    throw new Refusal(exists ? `${path} lies outside of --root ${named.folder}` : `${path}: there is no such file`);
  }
  if (!exists) throw new Refusal(`${path}: there is no such file`);
  const folder = isDirectory(path) ? path : `${path}/..`;
  const root = rootOf(path, folder);
  return { root, path: hostPath(withinRoot(root.folder, path) ?? '/') };
}

function addWanted(
  space: HostSpace,
  wanted: HostPath[],
  path: HostPath,
  given: string,
  as: Language | undefined,
): void {
  const stats = statSync(space.root === '/' ? path : space.root + path);
  const real = settled(
    space.host,
    () => fetchNoted(space.host, space.root),
    () => space.realPath(path),
  );
  if (stats.isDirectory()) {
    space.further.add(real);
    wanted.push(real);
    return;
  }
  if (!stats.isFile()) throw new Refusal(`${given} is not a regular file`);
  const language = as ?? languageOf(path) ?? guessedLanguage(space, path);
  if (!language)
    throw new Refusal(`${given}: neither its name nor its text says whether this is nginx or systemd; use --as`);
  space.named.set(real, language);
  wanted.push(real);
}

/** By the text: units have sections and assignments, nginx has semicolons and braces. */
function guessedLanguage(space: HostSpace, path: HostPath): Language | undefined {
  const text = settled(
    space.host,
    () => fetchNoted(space.host, space.root),
    () => space.text(path),
  );
  if (text === undefined) return undefined;
  if (/^\s*\[[A-Z][\w-]*\]\s*$/m.test(text)) return 'systemd';
  return /[;{]\s*(?:#.*)?$/m.test(text) ? 'nginx' : undefined;
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** The snapshot after everything that it asks for has been read. `use` may ask more; it runs until it has no questions. */
export function settledSnapshot<T>(space: HostSpace, use: (snapshot: Snapshot) => T): T {
  const fetch = () => fetchNoted(space.host, space.root);
  // What is made of a snapshot that is only half there is thrown away.
  settled(space.host, fetch, () => space.snapshot());
  return settled(space.host, fetch, () => use(space.snapshot()));
}

/** Whether a file was asked for, itself or by a folder above it. */
export function isWanted(path: HostPath, wanted: readonly HostPath[] | undefined): boolean {
  return wanted === undefined || wanted.some((it) => isWithin(path, it));
}
