/** All places that mean the thing under the cursor: a name of nginx, the path of a socket, a unit. */
import { runPath } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import { fileOf, type Place, type Span, spanOf } from '../base/place.js';
import { keyEntry } from '../catalog/systemd.js';
import type { NginxFile } from '../syntax/nginxSyntax.js';
import { placeInValue, type UnitFile } from '../syntax/unitSyntax.js';
import { kindOfUnitFile } from '../systemd/kindOfText.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { type NginxName, type NginxNameKind, nginxNames } from './nginxNames.js';

export interface Occurrence extends Span {
  /** The thing is made here. */
  readonly defines: boolean;
}

export interface Thing {
  readonly kind: NginxNameKind | 'socket path' | 'unit';
  /** Under the cursor. */
  readonly here: Span;
  /** Once each, `here` included. */
  readonly places: readonly Occurrence[];
  /** Every place writes the thing out, so that all of them can be changed together. */
  readonly complete: boolean;
}

export function thingAt(snapshot: Snapshot, path: HostPath, offset: number): Thing | undefined {
  return (
    socketPathAt(snapshot, path, offset) ?? nginxNameAt(snapshot, path, offset) ?? unitNameAt(snapshot, path, offset)
  );
}

const covers = (span: Span, path: HostPath, offset: number): boolean =>
  span.file === path && offset >= span.start && offset <= span.end;

/** Undefined as well for a name that nothing in the tree makes: of a machine, or one of nginx's own variables. */
function nginxNameAt(snapshot: Snapshot, path: HostPath, offset: number): Thing | undefined {
  const reading = snapshot.configuration.readings.find((it) => it.file.path === path);
  if (!reading) return undefined;
  let here: { name: NginxName; span: Span } | undefined;
  for (const name of nginxNames(reading.file, reading.context)) {
    const span = spanOf(name.at);
    if (span && covers(span, path, offset)) here = { name, span };
  }
  if (!here) return undefined;
  const { key, kind } = here.name;
  const places = new Map<string, Occurrence>();
  const seen = new Set<NginxFile>();
  for (const { file, context } of snapshot.configuration.readings) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const it of nginxNames(file, context)) {
      if (it.key === key) note(places, spanOf(it.at), it.defines);
    }
  }
  const all = [...places.values()];
  return all.some((it) => it.defines) ? { kind, here: here.span, places: all, complete: true } : undefined;
}

/** From nginx's side, from the socket's or from the service's: a path is one name with many owners. */
function socketPathAt(snapshot: Snapshot, path: HostPath, offset: number): Thing | undefined {
  const { connections, listeners } = snapshot.deployment;
  const ends = [
    ...connections.map((it) => ({ address: it.address, at: it.at, defines: false })),
    ...listeners.map((it) => ({ address: it.address, at: it.at, defines: true })),
  ].flatMap((it) => (it.address.kind === 'unix' ? [{ ...it, unix: runPath(it.address.path) }] : []));
  const mine = ends.find(({ at, unix }) => {
    const span = fileOf(at) === path ? written(snapshot, at, unix) : undefined;
    return span !== undefined && covers(span, path, offset);
  });
  const here = mine && written(snapshot, mine.at, mine.unix);
  if (!mine || !here) return undefined;
  const places = new Map<string, Occurrence>();
  let complete = true;
  for (const it of ends) {
    if (it.unix !== mine.unix) continue;
    const span = written(snapshot, it.at, it.unix);
    if (span) note(places, span, it.defines);
    else complete = false;
  }
  return { kind: 'socket path', here, places: [...places.values()], complete };
}

/** Where the path itself stands within the place; undefined when it is put together of other things. */
function written(snapshot: Snapshot, at: Place, path: HostPath): Span | undefined {
  const span = spanOf(at);
  const text = span && snapshot.space.text(span.file)?.slice(span.start, span.end);
  if (!span || text === undefined) return undefined;
  for (const form of [`/var${path}`, path]) {
    const from = text.indexOf(form);
    // What goes on is another path: /run/a.sock is not in /run/a.sock2.
    if (from < 0 || /[\w./-]/.test(text.charAt(from + form.length))) continue;
    return { file: span.file, start: span.start + from, end: span.start + from + form.length };
  }
  return undefined;
}

/** Keys whose values name units; the parsers of the others take a name for text. */
const isUnitKey = (type: string | undefined): boolean => type === 'unit' || type === 'unit list';

function unitNameAt(snapshot: Snapshot, path: HostPath, offset: number): Thing | undefined {
  if (!snapshot.unitFiles.includes(path)) return undefined;
  const mentions = snapshot.unitFiles.flatMap((it) => mentionsIn(snapshot, it));
  const here = mentions.find(({ span }) => covers(span, path, offset));
  if (!here) return undefined;
  const places = mentions.filter((it) => it.name === here.name).map((it) => ({ ...it.span, defines: false }));
  const fragment = snapshot.units.find((it) => it.name.full === here.name)?.fragment?.path;
  const definition = fragment === undefined ? [] : [{ file: fragment, start: 0, end: 0, defines: true }];
  return { kind: 'unit', here: here.span, places: [...definition, ...places], complete: false };
}

function mentionsIn(snapshot: Snapshot, path: HostPath): { name: string; span: Span }[] {
  const file = snapshot.space.file(path, 'systemd') as UnitFile | undefined;
  if (!file) return [];
  const { type } = kindOfUnitFile(file);
  return file.sections.flatMap((section) =>
    section.entries.flatMap((entry) => {
      if (entry.kind !== 'assignment' || !isUnitKey(keyEntry(section.name, entry.key, type)?.type)) return [];
      return [...entry.value.matchAll(/\S+/g)].flatMap((match) => {
        const span = spanOf(placeInValue(entry, match.index, match.index + match[0].length));
        return span ? [{ name: match[0], span }] : [];
      });
    }),
  );
}

function note(places: Map<string, Occurrence>, span: Span | undefined, defines: boolean): void {
  if (!span) return;
  const key = `${span.file} ${span.start}`;
  if (!places.get(key)?.defines) places.set(key, { ...span, defines });
}
