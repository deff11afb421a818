/** A variable that a service does set, under a name like the one that its app asks for. */
import { nearest } from '../base/nearest.js';
import type { Place } from '../base/place.js';
import type { HostView } from '../host/host.js';
import { environmentOf } from '../systemd/effective/environment.js';
import type { ServiceApp } from './serviceApp.js';

/** Where it is set: in `Environment=`, or in the file that `EnvironmentFile=` names. */
export function nearVariable(
  { unit }: ServiceApp,
  missing: string,
  host: HostView,
): { readonly name: string; readonly at: Place } | undefined {
  const { variables } = environmentOf(unit, host);
  const found = variables.get(nearest(missing, variables.keys()) ?? '');
  if (!found) return undefined;
  const { name, file } = found;
  const node = file && { path: file.path, parent: undefined, offset: 0 };
  return { name, at: node ? { node, start: file.start, end: file.end } : found.at };
}
