/** What nginx meets when it connects to a program: the listener, the right to connect, the service, its protocol. */
import { addressText, answers, isThisMachine } from '../../base/address.js';
import type { Connection, Deployment, Listener } from '../../deployment/deployment.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import type { Unit } from '../../systemd/unit.js';
import {
  appOf,
  bindsOf,
  commandOf,
  type Fault,
  homeIsHidden,
  isOn,
  isPythonServer,
  madeFor,
  startFault,
  userOf,
  value,
} from './service.js';
import { type Account, account, barredBy, groupId, may, type Owned, ownersCount, WRITE } from './worker.js';

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
}

/** The meetings behind a directive that connects; empty where a variable decides. */
export function meetings(deployment: Deployment, by: Directive, worker: Account | undefined): Meeting[] {
  return deployment.connections
    .filter((it) => it.connector.item === by.item)
    .map((it) => meeting(deployment, it, by, worker));
}

function meeting(deployment: Deployment, connection: Connection, by: Directive, worker: Account | undefined): Meeting {
  const { address } = connection;
  const { host } = deployment;
  const judged = deployment.listeners.map((it) => ({ it, answers: answers(it.address, address) }));
  const listener = judged.find((it) => it.answers)?.it;
  const nothing = { connection, listener, service: undefined, app: undefined };
  if (!listener) {
    const there = address.kind === 'unix' ? host.stat(address.path) : undefined;
    const open =
      judged.some((it) => it.answers === undefined) ||
      (address.kind === 'tcp' && !isThisMachine(address.host)) ||
      (there?.known === true && there.value !== undefined);
    const why = `nothing listens on ${addressText(address)}`;
    return { ...nothing, fault: open ? undefined : { why, at: connection.at }, open };
  }
  const socket = deployment.sockets.find((it) => it.unit.name.full === listener.unit.name.full);
  if (socket?.fragment.is === 'absent') {
    const why = `${listener.unit.name.full} has no ${socket.starts?.name.full ?? 'service'} to start, so systemd does not open the socket`;
    return { ...nothing, fault: { why, at: socket.at }, open: false };
  }
  const service = socket ? socket.starts && deployment.services.get(socket.starts.name.full) : listener.unit;
  const command = service && commandOf(service);
  const app = command && appOf(command);
  const fault =
    sandboxFault(deployment, listener, service) ??
    (worker && rightsFault(deployment, listener, service, worker)) ??
    (service && startFault(service, host, socket !== undefined)) ??
    (service && protocolFault(connection, service, by));
  return {
    connection,
    listener,
    service,
    app: app && `${app.module}:${app.callable}`,
    fault,
    open: service === undefined || !command || !app,
  };
}

/** A private /tmp, home or network of one side that the other does not see. */
function sandboxFault(deployment: Deployment, listener: Listener, service: Unit | undefined): Fault | undefined {
  const { address, unit } = listener;
  const nginx = deployment.services.get('nginx.service');
  const own = unit.name.type === 'service' ? unit : undefined;
  if (address.kind === 'tcp') {
    return own && isOn(own, 'PrivateNetwork')
      ? { why: `PrivateNetwork= gives ${own.name.full} a network of its own`, at: value(own, 'PrivateNetwork')?.at }
      : undefined;
  }
  if (address.kind !== 'unix') return undefined;
  for (const it of [own, nginx]) {
    if (!it) continue;
    if (isOn(it, 'PrivateTmp') && /^\/(?:var\/)?tmp\//.test(address.path))
      return {
        why: `PrivateTmp= gives ${it.name.full} a /tmp of its own, so nginx and the app do not share ${address.path}`,
        at: value(it, 'PrivateTmp')?.at,
      };
    if (homeIsHidden(it, address.path))
      return { why: `ProtectHome= hides ${address.path} from ${it.name.full}`, at: value(it, 'ProtectHome')?.at };
  }
  return service && undefined;
}

function rightsFault(
  deployment: Deployment,
  listener: Listener,
  service: Unit | undefined,
  worker: Account,
): Fault | undefined {
  const { address, unit } = listener;
  const { host } = deployment;
  if (address.kind !== 'unix') return undefined;
  const user = service && userOf(service, host);
  const made = service ? madeFor(service, user) : new Map<string, Owned>();
  const barred = ownersCount(host) || made.size > 0 ? barredBy(host, worker, address.path, made) : undefined;
  if (barred)
    return {
      why: `${worker.name} may not enter ${barred}, so nginx cannot connect to ${address.path}`,
      at: listener.at,
    };
  const owned = unit.name.type === 'socket' ? socketOwner(deployment, unit) : service && boundOwner(service, user);
  if (!owned || may(worker, owned, WRITE)) return undefined;
  const mode = owned.mode.toString(8).padStart(4, '0');
  return {
    why: `the mode ${mode} of ${address.path} does not let ${worker.name} connect`,
    at: value(unit, 'SocketMode', 'Socket')?.at ?? listener.at,
  };
}

function socketOwner({ host }: Deployment, unit: Unit): Owned | undefined {
  const user = value(unit, 'SocketUser', 'Socket')?.value ?? 'root';
  const group = value(unit, 'SocketGroup', 'Socket')?.value;
  const owner = account(host, user);
  const gid = group === undefined ? [...(owner?.gids ?? [])][0] : groupId(host, group);
  const mode = Number.parseInt(value(unit, 'SocketMode', 'Socket')?.value ?? '0666', 8);
  if ((mode & 0o222) === 0o222) return undefined;
  return owner && gid !== undefined ? { uid: owner.uid, gid, mode } : undefined;
}

/** gunicorn sets its own umask, 0 unless told; uvicorn makes its socket 0666 (uvicorn/config.py, bind_socket). */
function boundOwner(service: Unit, user: Account | undefined): Owned | undefined {
  const command = commandOf(service);
  if (!user || !command || bindsOf(command).length === 0) return undefined;
  if (!/gunicorn/.test([command.program, ...command.args.slice(0, 2)].join(' '))) return undefined;
  const { args } = command;
  const given = args.findIndex((it) => it === '-m' || it === '--umask');
  const text =
    given >= 0 && args[given + 1] !== 'gunicorn'
      ? args[given + 1]
      : args.find((it) => it.startsWith('--umask='))?.slice(8);
  const umask =
    text === undefined
      ? 0
      : Number(text.startsWith('0') && text.length > 1 && !/^0[xo]/i.test(text) ? `0o${text}` : text);
  const [gid] = user.gids;
  return Number.isNaN(umask) || gid === undefined ? undefined : { uid: user.uid, gid, mode: 0o777 & ~umask };
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  fastcgi_pass: 'FastCGI',
  uwsgi_pass: 'uwsgi',
  scgi_pass: 'SCGI',
  memcached_pass: 'memcached',
};

function protocolFault(connection: Connection, service: Unit, by: Directive): Fault | undefined {
  const command = commandOf(service);
  if (!command || !isPythonServer(command.program, command.args)) return undefined;
  const spoken = PROTOCOLS[by.name];
  if (spoken)
    return { why: `nginx speaks ${spoken} where ${service.name.full} expects HTTP`, at: connection.connector.at };
  const tls = command.args.some((it) => /^--(?:certfile|ssl-certfile|keyfile|ssl-keyfile)/.test(it));
  const https = by.name === 'proxy_pass' && /^https:/i.test(by.args[0] ?? '');
  if (https && !tls)
    return { why: `nginx begins with TLS where ${service.name.full} expects plain HTTP`, at: connection.connector.at };
  return undefined;
}
