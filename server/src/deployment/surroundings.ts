/**
 * The deployment as one of its parts sees it. Every question that a part asks of it has a name, so that what was said of
 * the part can be remembered until the answer to one of its questions changes.
 */
import { type Address, answers } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import { grouped } from '../base/lists.js';
import { editDistance, nearest } from '../base/nearest.js';
import type { HostView } from '../host/host.js';
import type { FileUse, StaticRoot } from '../nginx/facts.js';
import type { Item } from '../syntax/nginxSyntax.js';
import { startedBy } from '../systemd/starts.js';
import type { Unit } from '../systemd/unit.js';
import { templateOf, type UnitName } from '../systemd/unitName.js';
import type { Deployment, Listener, SocketUnit } from './deployment.js';
import { type Identity, nginxWorker } from './identity.js';
import {
  directoriesOf,
  directoryOfSocket,
  directoryPathsOf,
  type OwnDirectory,
  socketDirectoriesOf,
  tmpfilesDirectories,
} from './madeDirectories.js';
import type { Connection } from './nginxSide.js';
import type { ServiceApp } from './serviceApp.js';

/** What a deployment consists of. */
export type Part =
  | { readonly part: 'unit'; readonly unit: Unit }
  | { readonly part: 'service'; readonly service: Unit }
  | { readonly part: 'app'; readonly app: ServiceApp }
  | { readonly part: 'socket'; readonly socket: SocketUnit }
  | { readonly part: 'listener'; readonly listener: Listener }
  | { readonly part: 'connection'; readonly connection: Connection }
  | { readonly part: 'root'; readonly root: StaticRoot }
  | { readonly part: 'file'; readonly file: FileUse };

/** Who is told which questions were asked, and remembers answers that take long to find. */
export interface Questions {
  note(question: string): void;
  derived<T>(question: string, make: () => T): T;
}

const UNHEARD: Questions = { note: () => undefined, derived: (_, make) => make() };

export class Surroundings {
  constructor(
    private readonly deployment: Deployment,
    private readonly questions: Questions = UNHEARD,
  ) {}

  get host(): HostView {
    return this.deployment.host;
  }

  /** The configuration's relative paths start here. */
  get prefix(): HostPath {
    this.questions.note('prefix');
    return this.deployment.prefix;
  }

  /** nginx's workers; undefined where a default that nobody sees decides. */
  worker(): Identity | undefined {
    this.questions.note('worker');
    return this.questions.derived('worker', () => {
      this.questions.note('user');
      this.questions.note('service nginx.service');
      return nginxWorker(this.deployment);
    });
  }

  /** `user` of the configuration. */
  user(): Deployment['user'] {
    this.questions.note('user');
    return this.deployment.user;
  }

  service(name: string): Unit | undefined {
    this.questions.note(`service ${name}`);
    return this.deployment.services.get(name);
  }

  /** Whether the tree has a unit of this name, or a template that it is an instance of; asking is cheap. */
  hasUnit(name: UnitName): boolean {
    for (const it of [name.full, templateOf(name)]) {
      this.questions.note(`${EXISTS}${it}`);
      if (this.deployment.units.has(it)) return true;
    }
    return false;
  }

  /** Whether a unit of the tree, other than `except`, starts one of this full name, or is enabled together with it. */
  isStarted(name: string, except?: string): boolean {
    this.questions.note(`${STARTS}${name}`);
    return (
      startsOf(this.deployment)
        .get(name)
        ?.some((it) => it !== except) ?? false
    );
  }

  /** The unit of the same type whose name somebody probably meant. */
  unitNear(name: string): string | undefined {
    const type = name.slice(name.lastIndexOf('.'));
    const names = [...this.deployment.units.keys()].filter((it) => it.endsWith(type));
    const near = nearest(
      name.slice(0, -type.length),
      names.map((it) => it.slice(0, -type.length)),
    );
    if (near === undefined || !isSlip(name.slice(0, -type.length), near)) return undefined;
    this.questions.note(`${EXISTS}${near}${type}`);
    return near + type;
  }

  /** The app server that the service of this full name runs. */
  app(name: string): ServiceApp | undefined {
    this.questions.note(`app ${name}`);
    return this.deployment.apps.get(name);
  }

  /** The sockets that start the service of this full name. */
  socketsOf(service: string): readonly SocketUnit[] {
    this.questions.note(`sockets of ${service}`);
    return servicesOfSockets(this.deployment.sockets).get(service) ?? [];
  }

  /** The socket unit of this full name. */
  socket(name: string): SocketUnit | undefined {
    this.questions.note(`socket ${name}`);
    return namesOfSockets(this.deployment.sockets).get(name);
  }

  /** What a socket unit or a service of this full name opens. */
  listenersOf(unit: string): readonly Listener[] {
    this.questions.note(`listeners of ${unit}`);
    return unitsOfListeners(this.deployment.listeners).get(unit) ?? [];
  }

  /** Listeners that answer on this address, and those that may. */
  listenersFor(address: Address): readonly Listener[] {
    const at = portOf(address);
    this.questions.note(`listeners on ${at}`);
    return (portsOfListeners(this.deployment.listeners).get(at) ?? []).filter(
      (it) => answers(it.address, address) !== false,
    );
  }

  /** Apps that wait for nginx where nginx does not connect. */
  waitingApps(): readonly Listener[] {
    this.questions.note(WAITING);
    return unreachedListeners(this.deployment, new Surroundings(this.deployment)).filter((it) => it.serves === 'app');
  }

  /** The connections that a listener on this address answers, and those that it may. */
  connectionsTo(address: Address): readonly Connection[] {
    const at = portOf(address);
    this.questions.note(`connections to ${at}`);
    return connectionsAt(this.deployment, at).filter((it) => answers(address, it.address) !== false);
  }

  /** What a directive of nginx's connects to. */
  connectionsOf(pass: Item): readonly Connection[] {
    this.questions.note(`connections of ${numberOf(pass)}`);
    return this.deployment.connectionsOf.get(pass) ?? [];
  }

  /** What will be made of a directory before programs come, by any service (RuntimeDirectory= and its kin) or tmpfiles.d. */
  madeDirectory(directory: HostPath): OwnDirectory | undefined {
    const { deployment, questions } = this;
    questions.note(`made ${directory}`);
    const service = madeByServices(deployment.services).get(directory);
    if (service) return directoriesOf(service, deployment.host).find((it) => it.path === directory);
    questions.note('tmpfiles.d');
    const ownership = questions.derived('tmpfiles.d', () => tmpfilesDirectories(deployment.host)).get(directory);
    if (ownership) return { path: directory, key: 'tmpfiles.d', ownership };
    const socket = madeBySockets(deployment.sockets).get(directory);
    return socket && directoryOfSocket(socket, directory, deployment.host);
  }
}

/** Listeners that no connection reaches, for certain. */
export function unreachedListeners(deployment: Deployment, around = new Surroundings(deployment)): Listener[] {
  return deployment.listeners.filter((it) => around.connectionsTo(it.address).length === 0);
}

/**
 * Whether the one name is the other one mistyped. Numbered ones are units of their own, and what one distribution calls
 * `chrony` is `chronyd` in another.
 */
function isSlip(written: string, meant: string): boolean {
  const bare = (it: string) => it.replace(/\d+/g, '').replace(/d$/, '');
  if (written[0] !== meant[0] || bare(written) === bare(meant)) return false;
  return editDistance(written, meant, 3) <= (written.length < 5 ? 0 : written.length < 9 ? 1 : 2);
}

/** Any listener, and any connection, may be the one that changes it. */
const WAITING = 'waiting apps';

/** Begins questions that have the same answer when one object takes the place of another. */
export const EXISTS = 'exists ';

/** A unit that still starts the same others after an edit is no other answer. */
const STARTS = `${EXISTS}starter of `;

const starts = new WeakMap<Deployment, ReadonlyMap<string, readonly string[]>>();

function startsOf(deployment: Deployment): ReadonlyMap<string, readonly string[]> {
  let names = starts.get(deployment);
  if (!names) {
    const all = new Map<string, string[]>();
    for (const unit of deployment.units.values())
      for (const it of startedBy(unit)) {
        const others = all.get(it);
        if (others) others.push(unit.name.full);
        else all.set(it, [unit.name.full]);
      }
    starts.set(deployment, (names = all));
  }
  return names;
}

/** The questions to which a part is an answer. */
export function answeredBy(it: Part): readonly string[] {
  switch (it.part) {
    case 'unit':
      return [EXISTS + it.unit.name.full, ...startedBy(it.unit).map((name) => STARTS + name)];
    case 'service':
      return [`service ${it.service.name.full}`, ...directoryPathsOf(it.service).map((path) => `made ${path}`)];
    case 'app':
      return [`app ${it.app.unit.name.full}`];
    case 'socket': {
      const starts = it.socket.starts?.name.full;
      return [
        `socket ${it.socket.unit.name.full}`,
        ...(starts === undefined ? [] : [`sockets of ${starts}`]),
        ...socketDirectoriesOf(it.socket.unit).map((path) => `made ${path}`),
      ];
    }
    case 'listener':
      return [`listeners on ${portOf(it.listener.address)}`, `listeners of ${it.listener.unit.name.full}`, WAITING];
    case 'connection':
      return [
        `connections to ${portOf(it.connection.address)}`,
        `connections of ${numberOf(it.connection.connector.item)}`,
        WAITING,
      ];
    case 'root':
    case 'file':
      return [];
  }
}

/** Addresses that differ here never answer each other. */
function portOf(address: Address): string {
  if (address.kind === 'tcp') return `port ${address.port}`;
  return address.kind === 'unix' ? address.path : `@${address.name}`;
}

/** A name for a directive, good as long as it stands unchanged. */
function numberOf(item: Item): number {
  let number = numbers.get(item);
  if (number === undefined) numbers.set(item, (number = ++lastNumber));
  return number;
}

const numbers = new WeakMap<Item, number>();
let lastNumber = 0;

type Units = ReadonlyMap<HostPath, Unit>;

/** By the list that they were made of, which the next deployment keeps while nothing in it has changed; made when asked for. */
const portsOfListeners = index((all: readonly Listener[]) => grouped(all, (it) => portOf(it.address)));
const unitsOfListeners = index((all: readonly Listener[]) => grouped(all, (it) => it.unit.name.full));
const portsOfConnections = index((all: readonly Connection[]) => grouped(all, (it) => portOf(it.address)));
const namesOfSockets = index((all: readonly SocketUnit[]) => new Map(all.map((it) => [it.unit.name.full, it])));
const servicesOfSockets = index((all: readonly SocketUnit[]) => grouped(all, (it) => it.starts?.name.full ?? ''));

const madeByServices = index((all: Deployment['services']): Units => {
  const made = new Map<HostPath, Unit>();
  for (const it of all.values()) for (const path of directoryPathsOf(it)) made.set(path, it);
  return made;
});

const madeBySockets = index((all: readonly SocketUnit[]): Units => {
  const made = new Map<HostPath, Unit>();
  for (const { unit } of all) for (const path of socketDirectoriesOf(unit)) made.set(path, unit);
  return made;
});

/**
 * Connections to what `portOf` calls this. Of ten thousand of them a table is made only where more than a few questions
 * come: most edits of a site make another list, and ask once.
 */
function connectionsAt({ connections }: Deployment, port: string): readonly Connection[] {
  const asked = (questions.get(connections) ?? 0) + 1;
  questions.set(connections, asked);
  if (asked > FEW) return portsOfConnections(connections).get(port) ?? [];
  return connections.filter((it) => portOf(it.address) === port);
}

const questions = new WeakMap<object, number>();
const FEW = 2;

function index<A extends object, I>(make: (all: A) => I): (all: A) => I {
  const indexes = new WeakMap<A, I>();
  return (all) => {
    let found = indexes.get(all);
    if (found === undefined) indexes.set(all, (found = make(all)));
    return found;
  };
}
