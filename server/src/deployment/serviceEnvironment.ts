/** The environment that a service's own files give to its program, as app servers ask for it. */
import type { Environment } from '../apps/environment.js';
import type { HostView } from '../host/host.js';
import { environmentOf } from '../systemd/effective/environment.js';
import type { Unit } from '../systemd/unit.js';

/** 'unknown' for every name once a file that may exist cannot be read. */
export function serviceEnvironment(service: Unit, host: HostView): Environment {
  const { variables, unsure, complete } = environmentOf(service, host);
  return (name) => (!complete || unsure.has(name) ? 'unknown' : variables.get(name)?.value);
}
