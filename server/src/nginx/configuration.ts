/**
 * What nginx loads: the main file and everything that it includes, each with the contexts that it is read in; and beside
 * it the files that nothing includes, in the context that their place suggests.
 */
import { directoryOf, fileName, type HostPath } from '../base/hostPath.js';
import { grouped } from '../base/lists.js';
import type { Answer, HostView } from '../host/host.js';
import type { NginxFile } from '../syntax/nginxSyntax.js';
import type { BodyContext } from './contexts.js';
import type { FactsMemory, IncludeSite, NginxFacts } from './facts.js';
import { guessedContext, sameForeign } from './guessedContext.js';
import { withIncludedServers } from './includedUpstreams.js';
import { includedPaths } from './includePaths.js';

/** Hands out parsed files; undefined when there is none, or none that can be read. */
export interface NginxSources {
  readonly host: HostView;
  file(path: HostPath): NginxFile | undefined;
  /** Where links lead, so that a file reached by two names is one file. */
  realPath(path: HostPath): HostPath;
}

/** One way in which a file is read. */
export interface Reading {
  readonly file: NginxFile;
  readonly context: BodyContext;
  readonly facts: NginxFacts;
  /** The include that led here; undefined for the main file and for files read by convention. */
  readonly by: IncludeSite | undefined;
  /** `main` file, `included` from it, or read by `convention` because nothing includes it. */
  readonly how: 'main' | 'included' | 'convention';
  /** Whether nginx loads it: false for a site that is only available. */
  readonly loaded: boolean;
}

export interface Inclusion {
  readonly site: IncludeSite;
  readonly paths: Answer<readonly HostPath[]>;
  /** The include leads back to a file that is being read. */
  readonly cycle: HostPath | undefined;
}

export interface Configuration {
  readonly main: HostPath | undefined;
  /** Relative includes start here. */
  readonly prefix: HostPath;
  readonly readings: readonly Reading[];
  readonly inclusions: readonly Inclusion[];
  readonly facts: readonly NginxFacts[];
}

/** The places where distributions and nginx's own builds put the main file, likeliest first. */
export const MAIN_FILES = [
  '/etc/nginx/nginx.conf',
  '/usr/local/nginx/conf/nginx.conf',
  '/usr/local/etc/nginx/nginx.conf',
  '/opt/nginx/conf/nginx.conf',
] as HostPath[];

// nginx itself has no limit but its stack; nobody nests this deep on purpose.
const DEEPEST_INCLUDE = 64;

/**
 * Builds the configuration. `others` are further nginx files of the host; those that nothing includes are read as their
 * place suggests, and count as loaded if the main file is not part of the tree and their folder is one that it includes
 * by convention.
 */
export function buildConfiguration(
  sources: NginxSources,
  memory: FactsMemory,
  main: HostPath | undefined,
  others: readonly HostPath[],
): Configuration {
  const prefix = main ? directoryOf(main) : nginxFolder(others);
  const readings: Reading[] = [];
  const readingsOf = new Map<NginxFile, Reading[]>();
  const inclusions: Inclusion[] = [];
  const reached = new Set<HostPath>();
  const open: HostPath[] = [];

  const read = (
    path: HostPath,
    context: BodyContext,
    by: IncludeSite | undefined,
    how: Reading['how'],
    loaded: boolean,
  ): void => {
    const real = sources.realPath(path);
    const file = sources.file(real);
    if (!file) return;
    reached.add(real);
    const facts = memory.of(file, context);
    let same = readingsOf.get(file);
    if (!same) readingsOf.set(file, (same = []));
    if (same.some((it) => it.context === context && it.loaded === loaded && it.by?.item === by?.item)) return;
    const reading = { file, context, facts, by, how, loaded };
    same.push(reading);
    readings.push(reading);
    open.push(real);
    for (const site of facts.includes) {
      const paths = includedPaths(site.pattern, prefix, sources.host);
      const cycle = paths.known ? paths.value.find((it) => open.includes(sources.realPath(it))) : undefined;
      inclusions.push({ site, paths, cycle });
      if (!paths.known || open.length > DEEPEST_INCLUDE) continue;
      for (const next of paths.value) {
        if (!open.includes(sources.realPath(next)))
          read(next, site.context, site, how === 'main' ? 'included' : how, loaded);
      }
    }
    open.pop();
  };

  if (main) read(main, 'main', undefined, 'main', true);
  const mainIsRead = readings.length > 0;
  // A site that is available and enabled is one file under two names; the one that counts is where nginx looks.
  const enabledFirst = [...others].sort((a, b) => Number(isLoadedByConvention(b)) - Number(isLoadedByConvention(a)));
  for (const path of enabledFirst) {
    if (reached.has(sources.realPath(path))) continue;
    const loaded = !mainIsRead && isLoadedByConvention(path);
    const convention = conventionalContext(path);
    const file = convention === 'unknown' ? sources.file(sources.realPath(path)) : undefined;
    read(path, file ? guessedContext(file) : convention, undefined, 'convention', loaded);
  }
  const facts = loadedFacts({ readings, inclusions });
  return { main: mainIsRead ? main : undefined, prefix, readings, inclusions, facts };
}

type Read = Pick<Configuration, 'readings' | 'inclusions'>;

function loadedFacts({ readings, inclusions }: Read): readonly NginxFacts[] {
  const facts = [...new Set(readings.filter((it) => it.loaded).map((it) => it.facts))];
  return someUpstreamIncludes(inclusions) ? withIncludedServers(readings, facts) : facts;
}

const someUpstreamIncludes = (inclusions: Configuration['inclusions']) =>
  inclusions.some((it) => it.site.context === 'upstream');

/**
 * The configuration after edits of `edited` that change no include: files show something else of themselves, and all else
 * is as it was. The same where none of them does, undefined where more may have changed.
 */
export function withChangedFacts(
  before: Configuration,
  memory: FactsMemory,
  edited: Iterable<HostPath>,
): Configuration | undefined {
  const changed: { readonly at: number; readonly facts: NginxFacts }[] = [];
  for (const path of edited)
    for (const at of readingsOf(before, path)) {
      const it = before.readings[at]!;
      const facts = memory.of(it.file, it.context);
      if (facts === it.facts) continue;
      if (!sameIncludes(facts, it.facts) || mayBeReadOtherwise(it, before.main)) return undefined;
      if (!sameForeigners(facts, it.facts, before)) return undefined;
      changed.push({ at, facts });
    }
  if (changed.length === 0) return before;
  const readings = before.readings.slice();
  for (const { at, facts } of changed) readings[at] = { ...readings[at]!, facts };
  // What upstreams include is part of the facts of other files.
  if (someUpstreamIncludes(before.inclusions))
    return { ...before, readings, facts: loadedFacts({ ...before, readings }) };
  const facts = before.facts.slice();
  const places: number[] = [];
  for (const it of changed) {
    const place = facts.indexOf(before.readings[it.at]!.facts);
    if (place < 0) continue;
    facts[place] = it.facts;
    places.push(place);
  }
  madeFrom.set(facts, { before: new WeakRef(before.facts), places });
  return { ...before, readings, facts };
}

interface Origin {
  readonly before: WeakRef<readonly NginxFacts[]>;
  readonly places: readonly number[];
}

const madeFrom = new WeakMap<readonly NginxFacts[], Origin>();

/** The places in which two lists of facts differ. Where one was made from the other nobody has to walk over thousands. */
export function differingFacts(before: readonly NginxFacts[], now: readonly NginxFacts[]): readonly number[] {
  const origin = madeFrom.get(now);
  if (origin?.before.deref() === before) return origin.places;
  const places: number[] = [];
  for (let i = 0; i < now.length; i++) if (now[i] !== before[i]) places.push(i);
  return places;
}

/** Where each file stands among the readings: the same as long as the includes are. */
const placesOfFiles = new WeakMap<Configuration['inclusions'], ReadonlyMap<HostPath, readonly number[]>>();

/** The numbers of the readings of a file. As long as `inclusions` is the same list, each reading keeps its number. */
export function readingsOf({ inclusions, readings }: Configuration, path: HostPath): readonly number[] {
  let places = placesOfFiles.get(inclusions);
  if (!places) {
    places = grouped(readings.keys(), (at) => readings[at]!.file.path);
    placesOfFiles.set(inclusions, places);
  }
  return places.get(path) ?? [];
}

function sameIncludes({ includes: a }: NginxFacts, { includes: b }: NginxFacts): boolean {
  return a.length === b.length && a.every((it, i) => it.item === b[i]!.item && it.context === b[i]!.context);
}

/** Whether what is included out of its place is as before: that is told at the include. */
function sameForeigners(a: NginxFacts, b: NginxFacts, { readings }: Configuration): boolean {
  if (!sameForeign(a.foreign, b.foreign)) return false;
  const sameBraces = a.strays.length > 0 === b.strays.length > 0;
  return sameBraces || !readings.some((it) => it.facts.foreign);
}

/** What a file says may decide whether it is the main file, and as what it is read where no include says so. */
function mayBeReadOtherwise({ file, how }: Reading, main: HostPath | undefined): boolean {
  if (how === 'convention' && conventionalContext(file.path) === 'unknown') return true;
  return (main === undefined || !MAIN_FILES.includes(main)) && fileName(file.path) === 'nginx.conf';
}

function nginxFolder(paths: readonly HostPath[]): HostPath {
  for (const path of paths) {
    const folder = /^.*\/nginx(?=\/)/.exec(path);
    if (folder) return folder[0] as HostPath;
  }
  const first = paths[0];
  return first ? directoryOf(first) : ('/etc/nginx' as HostPath);
}

/**
 * The context that a file is read in when nothing says so: what the packaged nginx.conf of Debian and nginx.org include
 * where, and what people call their snippets.
 */
export function conventionalContext(path: HostPath): BodyContext {
  const name = fileName(path);
  const folder = fileName(directoryOf(path));
  if (MAIN_FILES.includes(path)) return 'main';
  if (folder === 'modules-enabled' || folder === 'modules-available') return 'main';
  if (/^streams?-(?:available|enabled)$|^stream(?:s|\.d|\.conf\.d)?$/.test(folder)) return 'stream';
  if (/_params$|^fastcgi\.conf$|^fastcgi-php\.conf$/.test(name)) return 'location';
  if (name === 'mime.types' || /^koi-|^win-utf$/.test(name)) return 'http';
  if (/^(?:sites|vhosts)[-.](?:available|enabled|d)$|^conf\.d$|^http\.d$|^vhosts?(?:\.d)?$/.test(folder)) return 'http';
  if (folder === 'snippets' || folder === 'default.d') return folder === 'default.d' ? 'server' : 'unknown';
  return 'unknown';
}

function isLoadedByConvention(path: HostPath): boolean {
  return (
    /\/(?:sites-enabled|conf\.d|http\.d|vhosts\.d|streams-enabled)\/[^/]+$/.test(path) ||
    /\.nginx$|\/nginx[^/]*\.conf$/.test(path)
  );
}
