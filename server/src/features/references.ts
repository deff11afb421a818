/** Who uses the thing under the cursor: a name, a unit, an endpoint, asked from either end. */
import { answers } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import { isWithin, type Place } from '../base/place.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { unitAt } from './at.js';
import { connectionsTo, listenersOfUnit } from './connectionLenses.js';
import { type LocatedRange, locate } from './located.js';
import { type Thing, thingAt } from './occurrences.js';

export interface Reference {
  readonly file: HostPath;
  readonly range: LocatedRange;
}

/**
 * On a name: where it is made and used. On a unit elsewhere: where nginx connects to it. From nginx: every place that connects to
 * the same endpoint, and its listeners.
 */
export function references(snapshot: Snapshot, path: HostPath, offset: number): Reference[] {
  const { deployment } = snapshot;
  const thing = thingAt(snapshot, path, offset);
  // An upstream and a socket are ends of connections as well: those are found below.
  if (thing && thing.kind !== 'upstream' && thing.kind !== 'socket path') return placesOf(snapshot, thing);
  const places: Place[] = [];
  if (unitAt(snapshot, path, offset)) {
    const unit = snapshot.units.find(
      (it) => it.fragment?.path === path || it.dropIns.some((file) => file.path === path),
    );
    const listeners = unit ? listenersOfUnit(unit, deployment) : [];
    for (const it of connectionsTo(listeners, deployment)) places.push(it.at, it.connector.at);
  } else {
    const here = deployment.connections.filter(
      (it) =>
        isWithin(it.at, path, offset) ||
        isWithin(it.connector.at, path, offset) ||
        named(it.upstream?.at, path, offset),
    );
    const listeners = deployment.listeners.filter((one) => here.some((it) => answers(one.address, it.address)));
    for (const it of [...here, ...connectionsTo(listeners, deployment)]) places.push(it.at, it.connector.at);
    places.push(...listeners.map((it) => it.at));
  }
  const seen = new Set<string>();
  const found = places.flatMap((it) => locate(snapshot, it) ?? []);
  const names = thing?.kind === 'upstream' ? placesOf(snapshot, thing) : [];
  return [...found, ...names.filter((name) => !found.some((it) => isInside(name, it)))].filter((it) => {
    const key = JSON.stringify(it);
    return !seen.has(key) && seen.add(key);
  });
}

function isInside(inner: Reference, outer: Reference): boolean {
  const { start, end } = outer.range;
  const { line, character } = inner.range.start;
  if (inner.file !== outer.file || line < start.line || line > end.line) return false;
  return (line > start.line || character >= start.character) && (line < end.line || character <= end.character);
}

function placesOf(snapshot: Snapshot, { places }: Thing): Reference[] {
  return places.flatMap(({ file, start, end }) => {
    const lines = snapshot.space.lines(file);
    return lines ? [{ file, range: { start: lines.position(start), end: lines.position(end) } }] : [];
  });
}

const named = (at: Place | undefined, path: HostPath, offset: number): boolean =>
  at !== undefined && isWithin(at, path, offset);
