/** What nginx meets when it connects to a program: the listener, the right to connect, the service, its protocol. */
import { type Address, addressText, answers, isThisMachine } from '../../base/address.js';
import type { HostPath } from '../../base/hostPath.js';
import { appSpec } from '../../deployment/appModule.js';
import { composePorts, isPublished } from '../../deployment/composePorts.js';
import type { Deployment, Listener } from '../../deployment/deployment.js';
import { type Identity, nginxService } from '../../deployment/identity.js';
import { missesLocalhost } from '../../deployment/localhost.js';
import { type Connection, connectionsOf } from '../../deployment/nginxSide.js';
import { poolPage, scriptRefusal } from '../../deployment/phpScript.js';
import { limitsBehind } from '../../deployment/proxiedRequest.js';
import { may, obstacleAbove, ownershipText, WRITE } from '../../deployment/rights.js';
import { hiddenBy, isTemporary, privateNetwork, privateTmp } from '../../deployment/sandbox.js';
import { type ServiceApp, serviceApp } from '../../deployment/serviceApp.js';
import { socketOwnership } from '../../deployment/socketOwner.js';
import { spokenBy, understands } from '../../deployment/spoken.js';
import { isStarted } from '../../deployment/startOf.js';
import { Surroundings } from '../../deployment/surroundings.js';
import type { HostView } from '../../host/host.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import type { Request } from '../../nginx/effective/request.js';
import type { Passed } from '../../nginx/effective/route.js';
import type { UpstreamFacts } from '../../nginx/facts.js';
import { parsePassTarget } from '../../nginx/passTarget.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { listOf, type Setting, settingOf, type Unit } from '../../systemd/unit.js';
import type { Snapshot } from '../../workspace/hostSpace.js';
import { type Answer, appAnswer } from './appAnswer.js';
import { answerFault, type Fault, type Findings, startFault } from './stops.js';

export type { Fault } from './stops.js';

export interface Meeting {
  readonly connection: Connection;
  readonly listener: Listener | undefined;
  readonly service: Unit | undefined;
  /** `module:callable`. */
  readonly app: string | undefined;
  /** Why the connection fails; undefined where nothing speaks against it. */
  readonly fault: Fault | undefined;
  /** Whether who answers is not shown by the files. */
  readonly open: boolean;
  /** What the app answers to everything, where that is known. */
  readonly answers?: Answer | undefined;
}

export interface Situation {
  readonly snapshot: Snapshot;
  readonly findings: Findings;
  readonly worker: Identity | undefined;
  /** Bytes of the request's body. */
  readonly body: number | undefined;
}

/** The meetings behind a directive that connects, in the order in which nginx tries them; empty where nobody can tell. */
export function meetings(situation: Situation, passed: Passed, request: Request): Meeting[] {
  const connections = connectionsFor(situation.snapshot, passed);
  const order = { always: 0, backup: 1 };
  return [...connections]
    .sort((a, b) => order[a.use] - order[b.use])
    .map((connection) => meeting(situation, connection, passed, request));
}

function connectionsFor(snapshot: Snapshot, { by, target }: Passed): readonly Connection[] {
  const { deployment, configuration } = snapshot;
  const written = deployment.connections.filter((it) => it.connector.item === by.item);
  if (written.length > 0 || target === undefined) return written;
  // A variable that the request determines, or an upstream whose servers an include brings.
  const connector = configuration.facts.flatMap((it) => it.connectors).find((it) => it.item === by.item);
  if (!connector) return [];
  const filled = parsePassTarget(target, connector.target.scheme !== '' || /^(?!unix:)\w+:\/\//.test(target));
  return connectionsOf({ ...connector, text: target, target: filled }, knownUpstreams(snapshot, by));
}

/** The upstreams of http by name, without those of which something is not known. */
function knownUpstreams({ configuration }: Snapshot, by: Directive): ReadonlyMap<string, UpstreamFacts> {
  let http = by.within;
  while (http.parent && http.context !== 'http') http = http.parent;
  const whole = new Set<unknown>(http.all('upstream').flatMap((it) => (it.body?.complete ? [it.item] : [])));
  const all = configuration.facts.flatMap((it) => it.upstreams);
  return new Map(all.flatMap((it) => (whole.has(it.at.node) ? [[it.name, it] as const] : [])));
}

function meeting(situation: Situation, connection: Connection, passed: Passed, request: Request): Meeting {
  const { by } = passed;
  const { deployment } = situation.snapshot;
  const { address } = connection;
  const known = deployment.listeners.find((it) => answers(it.address, address));
  const guessed = known ? undefined : probableApp(deployment, address);
  const listener = known ?? guessed?.listener;
  const nothing = { connection, listener, service: undefined, app: undefined };
  if (!listener) return { ...nothing, ...withoutListener(situation, connection) };
  const socket = deployment.sockets.find((it) => it.unit.name.full === listener.unit.name.full);
  if (socket?.fragment.is === 'absent') {
    const why = `${listener.unit.name.full} has no ${socket.starts?.name.full ?? 'service'} to start, so systemd does not open the socket`;
    return { ...nothing, fault: { why, at: socket.at }, open: false };
  }
  const service = socket ? socket.starts && deployment.services.get(socket.starts.name.full) : listener.unit;
  const running = guessed?.app ?? (service && deployment.apps.get(service.name.full));
  const spec = running && appSpec(running);
  const fault =
    resolverFault(deployment.host, connection, listener) ??
    sandboxFault(deployment, listener) ??
    rightsFault(situation, listener) ??
    (socket ? startFault(situation.findings, socket.unit, true) : undefined) ??
    (service && startFault(situation.findings, service, socket !== undefined)) ??
    protocolFault(connection, listener, by.name, by.args[0]!) ??
    bodyFault(situation.body, running, connection);
  const refusal = fault === undefined ? undefined : refusalOf(listener, by.name, fault);
  return {
    connection,
    listener,
    service,
    app: spec && `${spec.module}:${spec.name ?? 'application'}`,
    fault: refusal ? undefined : fault,
    open: !running,
    answers: refusal
      ? refusal
      : fault || !service
        ? undefined
        : (answerFault(situation.findings, service) ??
          poolPage(listener, passed.script, passed.scriptName) ??
          scriptRefusal(listener, passed.script, deployment.host) ??
          (running && appAnswer(running, deployment.host, passed, request))),
  };
}

/** An app that listens there unless an environment file that cannot be read says otherwise. */
function probableApp(
  { services, apps, host }: Deployment,
  address: Address,
): { readonly app: ServiceApp; readonly listener: Listener } | undefined {
  for (const unit of services.values()) {
    if (!apps.get(unit.name.full)?.open || !isStarted(unit)) continue;
    const app = serviceApp(unit, host, true);
    const found = app?.listens.find((it) => answers(it.address, address));
    if (app && found) return { app, listener: { ...found, unit, app, serves: 'app' } };
  }
  return undefined;
}

function withoutListener(
  { snapshot, findings }: Situation,
  { address, at }: Connection,
): Pick<Meeting, 'fault' | 'open'> {
  const { deployment } = snapshot;
  const there = address.kind === 'unix' ? deployment.host.stat(address.path) : undefined;
  const stands = there?.known ? there.value?.kind : undefined;
  if (address.kind === 'unix' && stands !== undefined && stands !== 'socket')
    return { fault: { why: `${address.path} is no socket`, at }, open: false };
  const open =
    stands === 'socket' ||
    deployment.listeners.some((it) => answers(it.address, address) === undefined) ||
    (address.kind === 'tcp' && !isThisMachine(address.host)) ||
    isPublished(composePorts(deployment.host), address) ||
    mayListenAnywhere(deployment, findings);
  return { fault: open ? undefined : { why: `nothing listens on ${addressText(address)}`, at }, open };
}

/** Whether a service runs a program that we do not know, or an app whose settings are not all read. */
function mayListenAnywhere(deployment: Deployment, findings: Findings): boolean {
  const activated = new Set(deployment.sockets.map((it) => it.starts?.name.full));
  return [...deployment.services.values()].some((it) => {
    if (!isStarted(it) || it.name.full === 'nginx.service' || activated.has(it.name.full)) return false;
    const app = deployment.apps.get(it.name.full);
    if (app) return app.open && !startFault(findings, it, false);
    const type = settingOf(it, 'Service', 'Type')?.entry.value;
    const starts = listOf(it, 'Service', 'ExecStart').length > 0;
    return starts && type !== 'oneshot' && !startFault(findings, it, false);
  });
}

function resolverFault(host: HostView, { address, at }: Connection, listener: Listener): Fault | undefined {
  if (!missesLocalhost(listener.address, address, host)) return undefined;
  return { why: 'localhost is 127.0.0.1 alone in /etc/hosts, and the app listens on ::1', at };
}

/** A private /tmp, home or network of one side that the other does not see. */
function sandboxFault(deployment: Deployment, { address, unit }: Listener): Fault | undefined {
  const nginx = nginxService(deployment);
  const own = unit.name.type === 'service' ? unit : undefined;
  if (address.kind === 'tcp') {
    const alone = own && privateNetwork(own);
    return alone && { why: `PrivateNetwork= gives ${unit.name.full} a network of its own`, at: at(alone) };
  }
  if (address.kind !== 'unix') return undefined;
  for (const it of [own, nginx]) {
    const tmp = it && isTemporary(address.path) && privateTmp(it);
    if (tmp)
      return {
        why: `PrivateTmp= gives ${it.name.full} a /tmp of its own, so nginx and the app do not share ${address.path}`,
        at: at(tmp),
      };
    const hides = it && hiddenBy(it, address.path)?.setting;
    if (hides) return { why: `${hides.entry.key}= hides ${address.path} from ${it.name.full}`, at: at(hides) };
  }
  return undefined;
}

const at = ({ entry }: Setting) => placeOfValue(entry);

function rightsFault({ snapshot, worker }: Situation, listener: Listener): Fault | undefined {
  const { address } = listener;
  const { deployment, host } = snapshot;
  if (address.kind !== 'unix' || !worker) return undefined;
  const around = new Surroundings(deployment);
  const made = (it: HostPath) => around.madeDirectory(it)?.ownership;
  const obstacle = obstacleAbove(worker, address.path, host, made);
  if (obstacle)
    return {
      why: `${worker.name} may not enter ${obstacle.path} (${ownershipText(obstacle.ownership, host)}), so nginx cannot connect to ${address.path}`,
      at: obstacle.ownership.at ?? listener.at,
    };
  const owner = socketOwnership(listener, host);
  const verdict = owner && may(worker, owner, WRITE);
  if (verdict !== 'no' && verdict !== 'likely-no') return undefined;
  return {
    why: `${worker.name} may not connect to ${address.path}, which will be ${ownershipText(owner!, host)}`,
    at: owner!.at ?? listener.at,
  };
}

/** uWSGI closes the connection before it has read a body that is larger than limit-post. */
function bodyFault(body: number | undefined, app: ServiceApp | undefined, connection: Connection): Fault | undefined {
  const limit = app?.server === 'uwsgi' ? limitsBehind(app, connection).body : undefined;
  if (!app || !limit || body === undefined || body <= limit.value) return undefined;
  return {
    why: `uWSGI takes bodies of ${limit.value} bytes (limit-post) and closes the connection`,
    at: connection.at,
  };
}

function protocolFault({ connector }: Connection, listener: Listener, by: string, target: string): Fault | undefined {
  // The scheme may come from a variable.
  const scheme = /^\w+:\/\//.exec(target)?.[0] ?? (by === 'proxy_pass' ? 'http://' : '');
  const spoken = spokenBy(by, scheme);
  if (!spoken || understands(listener, spoken) !== false) return undefined;
  return {
    why: `nginx speaks ${spoken} where ${listener.unit.name.full} expects ${listener.protocol}`,
    at: connector.at,
  };
}

/**
 * h11 answers at once what is no HTTP, and nginx takes a status line for an answer of uwsgi and scgi, too:
 * ngx_http_uwsgi_process_status_line().
 */
function refusalOf({ app, protocol }: Listener, by: string, { why }: Fault): Meeting['answers'] {
  const h11 = app?.server === 'uvicorn' || app?.server === 'hypercorn';
  return h11 && protocol === 'http' && /^(?:uwsgi|scgi)_pass$/.test(by) && why.startsWith('nginx speaks')
    ? { status: 400, why }
    : undefined;
}

/** Addresses that reach nginx itself: one of its servers listens there. */
export function isOwnAddress(address: Address, listens: ReadonlySet<string>): boolean {
  if (address.kind === 'unix') return listens.has(`unix:${address.path}`);
  if (address.kind !== 'tcp' || !isThisMachine(address.host)) return false;
  return listens.has(`*:${address.port}`) || listens.has(`127.0.0.1:${address.port}`);
}
