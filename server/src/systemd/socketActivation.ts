/** Which service a socket starts: systemd.socket(5), `Service=` and `Accept=`. */
import type { Place } from '../base/place.js';
import { placeOfValue } from '../syntax/unitSyntax.js';
import { expanded, listOf, settingOf, type Unit } from './unit.js';
import { parseUnitName, type UnitName } from './unitName.js';

export interface ActivatedService {
  readonly name: UnitName;
  /** The `Service=` that names it; undefined when it follows from the socket's own name. */
  readonly at: Place | undefined;
}

/** Undefined when the name depends on the machine or is none. */
export function activatedService(socket: Unit): ActivatedService | undefined {
  const named = settingOf(socket, 'Socket', 'Service');
  if (named) {
    const text = expanded(socket, named);
    const name = text === undefined ? undefined : parseUnitName(text);
    return name && { name, at: placeOfValue(named.entry) };
  }
  const { prefix, instance } = socket.name;
  const at = instance === undefined ? '' : `@${instance}`;
  const full = accepts(socket) ? `${prefix}@.service` : `${prefix}${at}.service`;
  const name = parseUnitName(full);
  return name && { name, at: undefined };
}

/** Whether each connection gets a service instance of its own, so that the socket needs a template. */
export function accepts(socket: Unit): boolean {
  const accept = settingOf(socket, 'Socket', 'Accept')?.entry.value.toLowerCase() ?? 'no';
  return ['1', 'yes', 'y', 'true', 't', 'on'].includes(accept);
}

/** The sockets that a service takes over when it is started, by their own `Service=` or by its `Sockets=`. */
export function socketsNamedBy(service: Unit): string[] {
  return listOf(service, 'Service', 'Sockets').flatMap((it) =>
    (expanded(service, it) ?? '').split(/\s+/).filter(Boolean),
  );
}
