/** What nginx connects to on this machine and nothing listens on, nginx itself neither. */
import { type Address, isThisMachine } from '../base/address.js';
import type { Deployment } from './deployment.js';
import type { Connection } from './nginxSide.js';
import type { Surroundings } from './surroundings.js';

/** Only TCP: a socket's path may be opened by whatever runs here. */
export function isInVain({ address }: Connection, { listens }: Deployment, around: Surroundings): boolean {
  if (address.kind !== 'tcp' || !isThisMachine(address.host) || around.listenersFor(address).length > 0) return false;
  return listens.every((it) => portOfListen(it.text)?.port !== address.port);
}

/** The address of a `listen`, whose asterisk is IPv4 only; undefined for sockets, names, ranges and templates. */
export function portOfListen(text: string): (Address & { kind: 'tcp' }) | undefined {
  const [, host, port] = /^(?:(\*|[\d.]+|\[[\da-f:.]+\]):)?(\d+)$/i.exec(text) ?? [];
  if (port === undefined) {
    const bare = /^(?:\d+(?:\.\d+){3}|\[[\da-f:.]+\])$/i.test(text);
    return bare ? { kind: 'tcp', host: text.replace(/[[\]]/g, ''), port: 80 } : undefined;
  }
  const name = host === undefined || host === '*' ? '0.0.0.0' : host.replace(/[[\]]/g, '');
  return { kind: 'tcp', host: name, port: Number(port) };
}
