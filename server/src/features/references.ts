/** Who uses the thing under the cursor: the connections to an endpoint, asked from either end. */
import { answers } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import { type Place, spanOf } from '../base/place.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { unitAt } from './at.js';
import { connectionsTo, listenersOfUnit } from './connectionLenses.js';
import { type LocatedRange, locate } from './located.js';

export interface Reference {
  readonly file: HostPath;
  readonly range: LocatedRange;
}

/** From a unit: where nginx connects to it. From nginx: every place that connects to the same endpoint, and its listeners. */
export function references(snapshot: Snapshot, path: HostPath, offset: number): Reference[] {
  const { deployment } = snapshot;
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
        holds(it.at, path, offset) || holds(it.connector.at, path, offset) || named(it.upstream?.at, path, offset),
    );
    const listeners = deployment.listeners.filter((one) => here.some((it) => answers(one.address, it.address)));
    for (const it of [...here, ...connectionsTo(listeners, deployment)]) places.push(it.at, it.connector.at);
    places.push(...listeners.map((it) => it.at));
  }
  const seen = new Set<string>();
  return places
    .flatMap((it) => locate(snapshot, it) ?? [])
    .filter((it) => {
      const key = JSON.stringify(it);
      return !seen.has(key) && seen.add(key);
    });
}

const named = (at: Place | undefined, path: HostPath, offset: number): boolean =>
  at !== undefined && holds(at, path, offset);

function holds(at: Place, path: HostPath, offset: number): boolean {
  const span = spanOf(at);
  return span !== undefined && span.file === path && offset >= span.start && offset <= span.end;
}
