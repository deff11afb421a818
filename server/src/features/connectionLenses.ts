/** Who connects and who answers, above the blocks and units that are joined. */
import { addressText, answers } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import { type Place, spanOf } from '../base/place.js';
import type { Deployment, Listener } from '../deployment/deployment.js';
import type { Connection } from '../deployment/nginxSide.js';
import { type Item, placeOfHead } from '../syntax/nginxSyntax.js';
import { placeOfHeader } from '../syntax/unitSyntax.js';
import type { Unit } from '../systemd/unit.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { Lens } from './lens.js';
import { locate } from './located.js';

export function connectionLenses(snapshot: Snapshot, path: HostPath): Lens[] {
  return [...unitLenses(snapshot, path), ...nginxLenses(snapshot, path)];
}

function lens(snapshot: Snapshot, path: HostPath, at: Place, title: string, targets: readonly Place[]): Lens[] {
  const here = locate(snapshot, at);
  if (!here || here.file !== path) return [];
  return [{ range: here.range, title, places: targets.flatMap((it) => locate(snapshot, it) ?? []) }];
}

/** Connections that certainly reach one of the listeners. */
export function connectionsTo(listeners: readonly Listener[], deployment: Deployment): Connection[] {
  return deployment.connections.filter((to) => listeners.some((it) => answers(it.address, to.address)));
}

/** The listeners of a unit: its own, and for a service those of the sockets that start it. */
export function listenersOfUnit(unit: Unit, deployment: Deployment): Listener[] {
  const names = new Set([unit.name.full]);
  for (const it of deployment.sockets) if (it.starts?.name.full === unit.name.full) names.add(it.unit.name.full);
  return deployment.listeners.filter((it) => names.has(it.unit.name.full));
}

/** The service that answers on a listener. */
export function serviceBehind(listener: Listener, deployment: Deployment): Unit | undefined {
  if (listener.unit.name.type === 'service') return listener.unit;
  const socket = deployment.sockets.find((it) => it.unit.name.full === listener.unit.name.full);
  return socket?.starts && deployment.services.get(socket.starts.name.full);
}

/** `gunicorn.service -> mysite.wsgi`, or the unit's name where its application is not known. */
export function servedBy(listener: Listener, deployment: Deployment): string {
  const service = serviceBehind(listener, deployment);
  if (!service) return listener.unit.name.full;
  const app = listener.app?.command.app?.text;
  return app === undefined ? service.name.full : `${service.name.full} -> ${app}`;
}

function unitLenses(snapshot: Snapshot, path: HostPath): Lens[] {
  const { deployment } = snapshot;
  const lenses: Lens[] = [];
  for (const unit of snapshot.units) {
    const { type } = unit.name;
    if (unit.fragment?.path !== path || (type !== 'socket' && type !== 'service')) continue;
    const section = unit.fragment.sections.find((it) => it.name === (type === 'socket' ? 'Socket' : 'Service'));
    const listeners = listenersOfUnit(unit, deployment);
    if (!section || listeners.length === 0) continue;
    const connections = connectionsTo(listeners, deployment);
    const at = placeOfHeader(section);
    const count = connections.length === 1 ? '1 place connects here' : `${connections.length} places connect here`;
    lenses.push(
      ...lens(
        snapshot,
        path,
        at,
        connections.length === 0 ? 'nginx: nothing connects here' : `nginx: ${count}`,
        connections.map((it) => it.connector.at),
      ),
    );
    if (type === 'socket') {
      const service = serviceBehind(listeners[0]!, deployment);
      const header = service?.fragment?.sections.find((it) => it.name === 'Service');
      if (header)
        lenses.push(
          ...lens(snapshot, path, at, `starts ${servedBy(listeners[0]!, deployment)}`, [placeOfHeader(header)]),
        );
    }
  }
  return lenses;
}

/** One line above each block that a connection stands in: its location, or the upstream that names the address. */
function nginxLenses(snapshot: Snapshot, path: HostPath): Lens[] {
  const { deployment } = snapshot;
  const byBlock = new Map<Item, { connections: Set<Connection>; at: Place }>();
  for (const connection of deployment.connections) {
    const anchors = [enclosing(connection.connector.item, 'location'), enclosing(connection.connector.item, 'server')];
    if (connection.upstream) anchors.push(blockOfPlace(connection.at));
    for (const item of anchors) {
      if (!item) continue;
      const entry = byBlock.get(item) ?? { connections: new Set(), at: placeOfHead(item) };
      entry.connections.add(connection);
      byBlock.set(item, entry);
    }
  }
  const lenses: Lens[] = [];
  for (const [item, { connections, at }] of byBlock) {
    if (spanOf(at)?.file !== path) continue;
    if (item.name === 'upstream') {
      const from = [...new Set([...connections].map((it) => it.connector.at))];
      const count = from.length === 1 ? '1 place connects here' : `${from.length} places connect here`;
      lenses.push(...lens(snapshot, path, at, `nginx: ${count}`, from));
    }
    const listeners = deployment.listeners.filter((one) =>
      [...connections].some((it) => answers(one.address, it.address)),
    );
    if (listeners.length > 0) {
      const who = [...new Set(listeners.map((it) => servedBy(it, deployment)))].join(', ');
      lenses.push(
        ...lens(
          snapshot,
          path,
          at,
          `served by ${who}`,
          listeners.map((it) => it.at),
        ),
      );
    } else if (item.name !== 'server') {
      const where = [...new Set([...connections].map((it) => addressText(it.address)))].join(', ');
      lenses.push(...lens(snapshot, path, at, `no unit listens on ${where}`, []));
    }
  }
  return lenses;
}

function blockOfPlace(at: Place): Item | undefined {
  let node = at.node as unknown;
  while (node && (node as Item).name !== 'upstream') node = (node as Item).parent;
  return node as Item | undefined;
}

function enclosing(item: Item, name: string): Item | undefined {
  let at: Item | undefined = item;
  while (at && at.name !== name) at = at.parent && 'words' in at.parent ? at.parent : undefined;
  return at;
}
