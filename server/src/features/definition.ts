/** Where the thing under the cursor is made: the included file, the upstream, the socket, the unit. */
import { type Address, answers, runPath } from '../base/address.js';
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import type { Place, Span } from '../base/place.js';
import { appModule, appSpec } from '../deployment/appModule.js';
import type { Deployment } from '../deployment/deployment.js';
import { unreachedListeners } from '../deployment/surroundings.js';
import { includedPaths } from '../nginx/includePaths.js';
import { parseUpstreamServer } from '../nginx/passTarget.js';
import { placeOfArg, placeOfWord, wordValue } from '../syntax/nginxSyntax.js';
import { placeInValue, placeOfHeader, placeOfKey, placeOfValue, type UnitFile } from '../syntax/unitSyntax.js';
import { splitWords } from '../systemd/commandLine.js';
import { activatedService } from '../systemd/socketActivation.js';
import { findFragment, type Unit } from '../systemd/unit.js';
import { parseUnitName, type UnitName } from '../systemd/unitName.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { nginxAt, unitAt } from './at.js';
import { type LocatedRange, locate } from './located.js';
import { thingAt } from './occurrences.js';

export interface DefinitionLink {
  readonly origin: LocatedRange;
  readonly file: HostPath;
  readonly range: LocatedRange;
}

const TOP: LocatedRange = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

export function definition(snapshot: Snapshot, path: HostPath, offset: number): DefinitionLink[] {
  return nginxDefinition(snapshot, path, offset) ?? unitDefinition(snapshot, path, offset) ?? [];
}

function links(snapshot: Snapshot, origin: Place, targets: readonly (Place | Span | HostPath)[]): DefinitionLink[] {
  const from = locate(snapshot, origin)?.range;
  if (!from) return [];
  return targets.flatMap((target) => {
    if (typeof target === 'string') return [{ origin: from, file: target, range: TOP }];
    const to = 'file' in target ? spanned(snapshot, target) : locate(snapshot, target);
    return to ? [{ origin: from, ...to }] : [];
  });
}

function spanned(snapshot: Snapshot, { file, start, end }: Span): { file: HostPath; range: LocatedRange } | undefined {
  const lines = snapshot.space.lines(file);
  return lines && { file, range: { start: lines.position(start), end: lines.position(end) } };
}

function nginxDefinition(snapshot: Snapshot, path: HostPath, offset: number): DefinitionLink[] | undefined {
  const at = nginxAt(snapshot, path, offset);
  const { item, word } = at ?? {};
  if (!at) return undefined;
  if (!item || !word) return [];
  const origin = placeOfWord(item, word);
  const variable = variableAt(wordValue(word), offset - at.start - word.start);
  if (variable !== undefined) {
    const made = variableMakers(snapshot, variable);
    if (made.length > 0) return links(snapshot, origin, made);
  }
  const made = madeWhere(snapshot, path, offset);
  if (made.length > 0) return links(snapshot, origin, made);
  if (at.index !== 1) return [];
  if (item.name === 'include') {
    const paths = includedPaths(wordValue(word), snapshot.configuration.prefix, snapshot.host);
    const there = (paths.known ? paths.value : []).filter((it) => {
      const facts = snapshot.host.stat(it);
      return facts.known && facts.value?.kind === 'file';
    });
    return links(
      snapshot,
      origin,
      there.map((it) => snapshot.space.realPath(it)),
    );
  }
  const { deployment, configuration } = snapshot;
  const connector = configuration.readings.flatMap((it) => it.facts.connectors).find((it) => it.item === item);
  if (connector) {
    const upstream = configuration.facts.flatMap((it) => it.upstreams).find((it) => it.name === connector.target.name);
    if (upstream) return links(snapshot, origin, [upstream.at]);
    const { address } = connector.target;
    const target = address?.kind === 'unix' ? { ...address, path: runPath(address.path) } : address;
    return target ? links(snapshot, origin, listenersAt(deployment, target)) : [];
  }
  if (item.name === 'server' && at.context === 'upstream') {
    const address = parseUpstreamServer(wordValue(word));
    const target = address?.kind === 'unix' ? { ...address, path: runPath(address.path) } : address;
    return target ? links(snapshot, origin, listenersAt(deployment, target)) : [];
  }
  return [];
}

/** Where a log format, a zone, a cache or a named location is made that is used here. */
function madeWhere(snapshot: Snapshot, path: HostPath, offset: number): Span[] {
  const thing = thingAt(snapshot, path, offset);
  if (!thing || !['log format', 'zone', 'cache', 'named location'].includes(thing.kind)) return [];
  return thing.places.filter((it) => it.defines);
}

/** Who answers there; if nobody does, the applications that nobody connects to: the likely answer to "where should this go". */
function listenersAt(deployment: Deployment, target: Address): Place[] {
  const there = deployment.listeners.filter((it) => answers(it.address, target));
  const found = there.length > 0 ? there : unreachedListeners(deployment).filter((it) => it.serves === 'app');
  return found.map((it) => it.at);
}

/** The name of the variable that the offset lies in, without its dollar. */
function variableAt(text: string, offset: number): string | undefined {
  for (const match of text.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g)) {
    if (offset >= match.index && offset <= match.index + match[0].length) return match[1];
  }
  return undefined;
}

/** Directives that make a variable, with the argument that names it. */
const MAKERS: Readonly<Record<string, number>> = {
  set: 1,
  map: 2,
  geo: -1,
  split_clients: 2,
  auth_request_set: 1,
  perl_set: 1,
  js_set: 1,
  set_by_lua_block: 1,
};

function variableMakers(snapshot: Snapshot, name: string): Place[] {
  const found: Place[] = [];
  for (const { file } of snapshot.configuration.readings) {
    const visit = (items: typeof file.children): void => {
      for (const item of items) {
        const index = MAKERS[item.name];
        if (index !== undefined) {
          const number = index < 0 ? item.words.length - 1 : index;
          const word = item.words[number];
          if (word && wordValue(word) === `$${name}`) found.push(placeOfArg(item, number));
        }
        if (item.children && index === undefined) visit(item.children);
      }
    };
    visit(file.children);
  }
  return found;
}

function unitDefinition(snapshot: Snapshot, path: HostPath, offset: number): DefinitionLink[] | undefined {
  const at = unitAt(snapshot, path, offset);
  if (!at) return undefined;
  const unit = snapshot.units.find((it) => it.fragment?.path === path || it.dropIns.some((file) => file.path === path));
  const { section, entry } = at;
  if (!section) return [];
  if (entry && at.on === 'value') {
    const word = splitWords(entry.value).words.find((it) => {
      const span = placeInValue(entry, it.start, it.end);
      return offset - at.start >= span.start && offset - at.start <= span.end;
    });
    const module = word && entry.key === 'ExecStart' && unit && moduleOf(snapshot, unit, word.text);
    if (word && module) return links(snapshot, placeInValue(entry, word.start, word.end), [module]);
    const name = word && parseUnitName(word.text);
    if (word && name)
      return links(snapshot, placeInValue(entry, word.start, word.end), unitFiles(snapshot, name, path));
  }
  // A drop-in changes another file: from a section or a key to that.
  if (unit?.fragment && unit.fragment.path !== path && at.on !== 'value') {
    const origin = entry && at.on === 'key' ? placeOfKey(entry) : placeOfHeader(section);
    return links(snapshot, origin, [changedBy(unit.fragment, section.name, at.on === 'key' ? entry?.key : undefined)]);
  }
  // From anywhere on the socket's own lines to the service that it starts.
  if (section.name !== 'Socket' || !unit || unit.name.type !== 'socket') return [];
  const origin = !entry ? placeOfHeader(section) : at.on === 'key' ? placeOfKey(entry) : placeOfValue(entry);
  return links(snapshot, origin, serviceOf(snapshot, unit, path));
}

/** What a section or key of a drop-in changes: the same in the fragment, else the fragment as a whole. */
function changedBy(fragment: UnitFile, section: string, key: string | undefined): Place | HostPath {
  const sections = fragment.sections.filter((it) => it.name === section);
  const entry = key === undefined ? undefined : sections.flatMap((it) => it.entries).find((it) => it.key === key);
  if (entry) return placeOfKey(entry);
  return sections[0] ? placeOfHeader(sections[0]) : fragment.path;
}

/** From the application on a command line to the Python file that it is imported from. */
function moduleOf(snapshot: Snapshot, unit: Unit, word: string): HostPath | undefined {
  const app = snapshot.deployment.apps.get(unit.name.full);
  const spec = app && appSpec(app);
  if (!app || !spec || (word !== spec.text && word !== spec.module)) return undefined;
  const found = appModule(app, snapshot.host);
  return found.is === 'found' ? found.file.path : undefined;
}

function serviceOf(snapshot: Snapshot, socket: Unit, path: HostPath): HostPath[] {
  const service = activatedService(socket);
  return service ? unitFiles(snapshot, service.name, path) : [];
}

function unitFiles(snapshot: Snapshot, name: UnitName, from: HostPath): HostPath[] {
  // A drop-in lies one folder below the units.
  const folder = directoryOf(from);
  const beside = folder.endsWith('.d') ? directoryOf(folder) : folder;
  const fragment = findFragment(snapshot.host, name, hostPath(beside));
  return fragment.is === 'found' ? [snapshot.space.realPath(fragment.path)] : [];
}
