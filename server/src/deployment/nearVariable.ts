/** A variable that a service does set, under a name like the one that its app asks for. */
import { nearest } from '../base/nearest.js';
import type { FileAnchor, Place } from '../base/place.js';
import type { HostView } from '../host/host.js';
import { environmentOf, type Variable } from '../systemd/effective/environment.js';
import type { ServiceApp } from './serviceApp.js';

/** Its name is nearly the one that is asked for, or ends or begins as that does: somebody named it otherwise. */
export function nearVariable(
  { unit }: ServiceApp,
  missing: string,
  host: HostView,
): { readonly name: string; readonly at: Place } | undefined {
  const { variables } = environmentOf(unit, host);
  const others = [...variables.keys()];
  const last = missing.split('_').at(-1);
  const isKin = (it: string) =>
    it.endsWith(`_${missing}`) || missing.endsWith(`_${it}`) || it.split('_').at(-1) === last;
  const name = nearest(missing, others) ?? others.find(isKin);
  const found = name === undefined ? undefined : variables.get(name);
  return found && { name: found.name, at: placeOfVariable(found) };
}

/** In `Environment=`, or in the file that `EnvironmentFile=` names. */
export function placeOfVariable({ at, file }: Variable): Place {
  if (!file) return at;
  const node: FileAnchor = { path: file.path, parent: undefined, offset: 0 };
  return { node, start: file.start, end: file.end };
}
