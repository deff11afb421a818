/** Which units start which others: by dependencies, by activation, and by links in folders of wishes. */
import { type HostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import { unitsNamedIn } from './dependencies.js';
import { foldersBeside, LOAD_PATH } from './loadPath.js';
import { activatedService, socketsNamedBy } from './socketActivation.js';
import { expanded, isMasked, sectionOf, settingOf, type Unit } from './unit.js';
import { templateOf } from './unitName.js';

const PULLS = ['Requires', 'Wants', 'BindsTo', 'Upholds', 'OnFailure', 'OnSuccess'];

const started = new WeakMap<Unit, readonly string[]>();

/** Full names of the units that a unit starts, or that are enabled with it (`Also=`); instances stand with their templates. */
export function startedBy(unit: Unit): readonly string[] {
  let names = started.get(unit);
  if (!names) started.set(unit, (names = isMasked(unit) ? [] : [...new Set(namesStartedBy(unit))]));
  return names;
}

function namesStartedBy(unit: Unit): string[] {
  const { prefix, instance, type } = unit.name;
  const named = [...unitsNamedIn(unit, 'Unit', PULLS), ...unitsNamedIn(unit, 'Install', ['Also'])];
  const names = named.flatMap(({ name }) => [name.full, templateOf(name)]);
  if (type === 'socket') {
    const service = activatedService(unit)?.name;
    if (service) names.push(service.full, templateOf(service));
  } else if (type === 'timer' || type === 'path') {
    const setting = settingOf(unit, sectionOf(unit), 'Unit');
    const text = setting ? expanded(unit, setting) : undefined;
    if (text !== undefined) names.push(text);
    // Without Unit= it is the service of the same name.
    else if (!setting) names.push(`${prefix}${instance === undefined ? '' : `@${instance}`}.service`);
  } else if (type === 'service') names.push(...socketsNamedBy(unit));
  return names;
}

/** Units in whose folders of wishes (`multi-user.target.wants`, `.requires`, `.upholds`) a link of this name lies. */
export function linkedFrom(host: HostView, name: string, folder: HostPath): string[] {
  return foldersBeside(folder).flatMap((directory) =>
    wishFolders(host, directory).flatMap((it) =>
      namesIn(host, joinPath(directory, it)).includes(name) ? [it.slice(0, it.lastIndexOf('.'))] : [],
    ),
  );
}

/** What the folders of wishes along the load path pull in, by the name of the unit that they belong to. */
export function wishesIn(host: HostView): ReadonlyMap<string, readonly string[]> {
  const wishes = new Map<string, readonly string[]>();
  for (const directory of LOAD_PATH)
    for (const folder of wishFolders(host, directory)) {
      const unit = folder.slice(0, folder.lastIndexOf('.'));
      wishes.set(unit, [...(wishes.get(unit) ?? NONE), ...namesIn(host, joinPath(directory, folder))]);
    }
  return wishes;
}

const foldersOf = new WeakMap<readonly string[], readonly string[]>();

function wishFolders(host: HostView, directory: HostPath): readonly string[] {
  const names = namesIn(host, directory);
  let found = foldersOf.get(names);
  if (!found) foldersOf.set(names, (found = names.filter((it) => /\.(?:wants|requires|upholds)$/.test(it))));
  return found;
}

/** The names of links that lie in a folder of units; empty where there is none or nobody knows. */
export function namesIn(host: HostView, folder: HostPath): readonly string[] {
  const names = host.list(folder);
  return names.known && names.value ? names.value : NONE;
}

const NONE: readonly string[] = [];
