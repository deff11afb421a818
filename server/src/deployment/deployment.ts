/**
 * The join: who listens, who connects, which unit starts which. Plain data, made from what nginx's and systemd's files
 * show of themselves.
 */
import type { PoolSettings, Protocol, SocketSettings } from '../apps/appCommand.js';
import { NEEDS_FD } from '../apps/servers.js';
import type { Address } from '../base/address.js';
import { directoryOf, type HostPath } from '../base/hostPath.js';
import { kept } from '../base/lists.js';
import type { Place } from '../base/place.js';
import { AnsweredMemory } from '../host/answeredMemory.js';
import type { HostView } from '../host/host.js';
import type { RememberedHost } from '../host/remembered.js';
import type { Configuration } from '../nginx/configuration.js';
import { placeOfHeader, placeOfKey, placeOfValue } from '../syntax/unitSyntax.js';
import { parseListenAddress } from '../systemd/listenAddress.js';
import { type ActivatedService, activatedService } from '../systemd/socketActivation.js';
import { expanded, type Fragment, findFragment, listOf, type Unit } from '../systemd/unit.js';
import { type NginxSide, NginxSideMemory, normal } from './nginxSide.js';
import { type AppListen, type ServiceApp, serviceApp } from './serviceApp.js';

export interface Listener {
  readonly address: Address;
  /** The unit that opens the socket. */
  readonly unit: Unit;
  readonly at: Place;
  /** Whether an application is meant to answer here: a socket whose service is missing, or an app server. */
  readonly serves: 'app' | 'unsure';
  /** What is spoken there; undefined where that is not known. */
  readonly protocol: Protocol | undefined;
  /** Who will own its unix socket, where the app's own settings decide that. */
  readonly socket?: SocketSettings | undefined;
  /** The pool of php-fpm that answers there. */
  readonly pool?: PoolSettings | undefined;
  /** The app that answers there, of the service itself or of the one that the socket starts. */
  readonly app: ServiceApp | undefined;
}

/** A socket unit and the service that it starts. */
export interface SocketUnit {
  readonly unit: Unit;
  readonly starts: ActivatedService | undefined;
  /** The file that defines the service. */
  readonly fragment: Fragment;
  /** Where to speak of the socket as a whole: its `[Socket]` header, or the first line that names an address. */
  readonly at: Place;
}

export interface Deployment extends NginxSide {
  readonly listeners: readonly Listener[];
  readonly sockets: readonly SocketUnit[];
  readonly host: HostView;
  /** The configuration's relative paths start here. */
  readonly prefix: HostPath;
  /** All units of the tree by their full names, services among them. */
  readonly units: ReadonlyMap<string, Unit>;
  readonly services: ReadonlyMap<string, Unit>;
  /** App servers by the full name of their service. */
  readonly apps: ReadonlyMap<string, ServiceApp>;
  /** Services that run something else. */
  readonly others: readonly Unit[];
}

/** What of a deployment follows from the units alone. */
type FromUnits = Pick<Deployment, 'listeners' | 'sockets' | 'units' | 'services' | 'apps' | 'others'>;

/**
 * What was read of single units, as long as they and what the host answered stay the same; and the last deployment, so
 * that the next one can keep the lists in which nothing has changed.
 */
export class DeploymentMemory {
  readonly apps: AnsweredMemory<Unit, ServiceApp | undefined>;
  readonly sockets: AnsweredMemory<Unit, SocketUnit>;
  fromUnits: { readonly of: readonly Unit[]; readonly revision: number; readonly made: FromUnits } | undefined;
  readonly nginx = new NginxSideMemory();

  constructor(readonly host: RememberedHost) {
    this.apps = new AnsweredMemory(host);
    this.sockets = new AnsweredMemory(host);
  }
}

export function buildDeployment(
  configuration: Configuration,
  units: readonly Unit[],
  memory: DeploymentMemory,
): Deployment {
  const { facts, prefix } = configuration;
  const side = memory.nginx.of(facts);
  const { byFile, connectionsOf, user } = side;
  return {
    ...fromUnits(units, memory),
    prefix,
    host: memory.host,
    byFile,
    connectionsOf,
    user,
    // Joined where somebody asks for all of them.
    get connections() {
      return side.connections;
    },
    get listens() {
      return side.listens;
    },
    get roots() {
      return side.roots;
    },
    get files() {
      return side.files;
    },
    get limits() {
      return side.limits;
    },
  };
}

function fromUnits(units: readonly Unit[], memory: DeploymentMemory): FromUnits {
  const { revision } = memory.host;
  const before = memory.fromUnits;
  const changed = before?.revision === revision ? fewChanges(before.of, units) : undefined;
  const made = (changed && edited(before!.made, changed, memory)) ?? allFromUnits(units, memory, before?.made);
  memory.fromUnits = { of: units, revision: memory.host.revision, made };
  return made;
}

interface Change {
  readonly was: Unit;
  readonly now: Unit;
}

const FEW = 16;

/** The places in which two lists of units differ; undefined when units came or went, or when there are many. */
function fewChanges(before: readonly Unit[], now: readonly Unit[]): readonly Change[] | undefined {
  if (before.length !== now.length) return undefined;
  const changes: Change[] = [];
  for (let i = 0; i < now.length; i++) {
    if (before[i] === now[i]) continue;
    if (changes.length === FEW || before[i]!.name.full !== now[i]!.name.full) return undefined;
    changes.push({ was: before[i]!, now: now[i]! });
  }
  return changes;
}

/** Undefined when more is different than some values. */
function edited(before: FromUnits, changes: readonly Change[], memory: DeploymentMemory): FromUnits | undefined {
  if (changes.length === 0) return before;
  const units = new Map(before.units);
  let { services, apps, sockets, others } = before;
  for (const { was, now } of changes) {
    const name = now.name.full;
    // Of two units of one name the later one counts.
    if (units.get(name) !== was) return undefined;
    units.set(name, now);
    if (now.name.type === 'socket') {
      const socket = memory.sockets.get(now, () => socketUnit(now, memory.host));
      sockets = sockets.map((it) => (it.unit === was ? socket : it));
    }
    if (now.name.type !== 'service') continue;
    services = new Map(services).set(name, now);
    const app = memory.apps.get(now, () => serviceApp(now, memory.host));
    if ((app === undefined) !== (apps.get(name) === undefined)) return undefined;
    if (app) apps = new Map(apps).set(name, app);
    else others = others.map((it) => (it === was ? now : it));
  }
  const isSame = sockets === before.sockets && apps === before.apps;
  const listeners = isSame ? before.listeners : kept(listenersOf(sockets, apps), before.listeners);
  return { units, services, apps, sockets, others, listeners };
}

function allFromUnits(units: readonly Unit[], memory: DeploymentMemory, before: FromUnits | undefined): FromUnits {
  const { host } = memory;
  const services = new Map(units.filter((it) => it.name.type === 'service').map((it) => [it.name.full, it]));
  const sockets = units
    .filter((it) => it.name.type === 'socket')
    .map((it) => memory.sockets.get(it, () => socketUnit(it, host)));
  const apps = new Map<string, ServiceApp>();
  for (const [name, unit] of services) {
    const app = memory.apps.get(unit, () => serviceApp(unit, host));
    if (app) apps.set(name, app);
  }
  return {
    listeners: kept(listenersOf(sockets, apps), before?.listeners),
    sockets: kept(sockets, before?.sockets),
    units: new Map(units.map((it) => [it.name.full, it])),
    services,
    apps,
    others: [...services.values()].filter((it) => !apps.has(it.name.full)),
  };
}

/**
 * Parts of earlier deployments, by what they were made of: parts that an edit does not touch stay the same objects, so
 * that what was said of them stays true.
 */
const socketUnits = new WeakMap<Unit, SocketUnit>();
const listenersOfSockets = new WeakMap<SocketUnit, { app: ServiceApp | undefined; listeners: readonly Listener[] }>();
const listenersOfApps = new WeakMap<AppListen, Listener>();

function socketUnit(unit: Unit, host: HostView): SocketUnit {
  const now = readSocketUnit(unit, host);
  const before = socketUnits.get(unit);
  if (before && JSON.stringify(before.fragment) === JSON.stringify(now.fragment)) return before;
  socketUnits.set(unit, now);
  return now;
}

function readSocketUnit(unit: Unit, host: HostView): SocketUnit {
  const starts = activatedService(unit);
  const fragment = starts
    ? findFragment(
        host,
        starts.name,
        unit.fragment ? directoryOf(unit.fragment.path) : ('/etc/systemd/system' as HostPath),
      )
    : ({ is: 'unknown' } as const);
  return { unit, starts, fragment, at: starts?.at ?? headOf(unit) };
}

function headOf(socket: Unit): Place {
  const listen = listOf(socket, 'Socket', 'ListenStream')[0];
  if (listen) return placeOfKey(listen.entry);
  const file = socket.fragment!;
  const section = file.sections.find((it) => it.name === 'Socket') ?? file.sections[0];
  return section ? placeOfHeader(section) : { node: file, start: 0, end: 0 };
}

function listenersOf(sockets: readonly SocketUnit[], apps: ReadonlyMap<string, ServiceApp>): Listener[] {
  const listeners: Listener[] = [];
  const activated = new Set<string>();
  for (const socket of sockets) {
    const app = socket.starts && apps.get(socket.starts.name.full);
    if (socket.starts) activated.add(socket.starts.name.full);
    listeners.push(...listenersOfSocket(socket, app));
  }
  for (const [name, app] of apps) {
    // gunicorn uses the sockets that it inherits and ignores its own bind then: sock.create_sockets.
    if (activated.has(name) && !NEEDS_FD.has(app.server)) continue;
    for (const it of app.listens) {
      let listener = listenersOfApps.get(it);
      if (!listener) {
        const { address, at, protocol, socket, pool } = it;
        listener = { address: normal(address), unit: app.unit, at, serves: 'app', protocol, socket, pool, app };
        listenersOfApps.set(it, listener);
      }
      listeners.push(listener);
    }
  }
  return listeners;
}

function listenersOfSocket(socket: SocketUnit, app: ServiceApp | undefined): readonly Listener[] {
  const before = listenersOfSockets.get(socket);
  if (before && before.app === app) return before.listeners;
  const { unit } = socket;
  const serves = socket.fragment.is === 'absent' || app ? 'app' : 'unsure';
  const listeners = listOf(unit, 'Socket', 'ListenStream').flatMap((setting): Listener[] => {
    const value = expanded(unit, setting);
    const address = value === undefined ? undefined : parseListenAddress(value);
    if (!address) return [];
    const at = placeOfValue(setting.entry);
    return [{ address: normal(address), unit, at, serves, protocol: activatedProtocol(app), app }];
  });
  listenersOfSockets.set(socket, { app, listeners });
  return listeners;
}

/** What an app speaks on a socket that it inherits, where its command line leaves no doubt. */
function activatedProtocol(app: ServiceApp | undefined): Protocol | undefined {
  if (!app || app.server === 'uwsgi') return undefined;
  const spoken = new Set(app.command.binds.map((it) => it.protocol));
  return spoken.size === 1 ? [...spoken][0] : undefined;
}
