/** Instances of templates that are enabled: links in the folders of targets, `multi-user.target.wants/app@8001.service`. */
import { directoryOf, type HostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { Unit } from '../systemd/unit.js';
import { parseUnitName, type UnitName } from '../systemd/unitName.js';

/** Each is its template under a name of its own; drop-ins of single instances are not looked for. */
export function enabledInstances(units: readonly Unit[], host: HostView): Unit[] {
  const templates = units.filter((it) => it.name.instance === '' && it.fragment);
  const folders = new Set(templates.map((it) => directoryOf(it.fragment!.path)));
  const links = [...folders].flatMap((folder) =>
    namesIn(host, folder)
      .filter((it) => /\.(?:wants|requires)$/.test(it))
      .flatMap((it) => namesIn(host, joinPath(folder, it))),
  );
  return [...new Set(links)].flatMap((link) => {
    const name = parseUnitName(link);
    const template = name?.instance
      ? templates.find((it) => it.name.prefix === name.prefix && it.name.type === name.type)
      : undefined;
    return name && template ? [instanceOf(template, name)] : [];
  });
}

/** Instances by their template: the same objects as long as that is the same. */
const made = new WeakMap<Unit, Map<string, Unit>>();

function instanceOf(template: Unit, name: UnitName): Unit {
  const instances = made.get(template) ?? new Map<string, Unit>();
  made.set(template, instances);
  const instance = instances.get(name.full) ?? { ...template, name };
  instances.set(name.full, instance);
  return instance;
}

function namesIn(host: HostView, folder: HostPath): readonly string[] {
  const names = host.list(folder);
  return names.known && names.value ? names.value : [];
}
