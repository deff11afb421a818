/**
 * Units by the path of their fragment. Each stays the same object until the text of one of its files, or an answer of the
 * host that it rests on, changes: what was concluded from it stays true as long.
 */
import { directoryOf, fileName, type HostPath, hostPath } from '../base/hostPath.js';
import { AnsweredMemory } from '../host/answeredMemory.js';
import type { RememberedHost } from '../host/remembered.js';
import type { UnitFile, UnitSection } from '../syntax/unitSyntax.js';
import { filesOf, findFragment, loadUnit, type Unit, type UnitSources } from '../systemd/unit.js';
import { kindOfFile, parseUnitName, type UnitName } from '../systemd/unitName.js';

const NGINX = parseUnitName('nginx.service')!;
const SYSTEM = hostPath('/etc/systemd/system');

interface Read {
  readonly unit: Unit | undefined;
  readonly files: readonly UnitFile[];
  readonly sections: readonly (readonly UnitSection[])[];
  readonly wereOpen: readonly boolean[];
}

interface Slot {
  readonly path: HostPath;
  /** The value is remembered by this object; another one forgets it. */
  key: object;
  read: Read | undefined;
}

/** The units of all files, and of what they were the answer. */
interface All {
  readonly paths: readonly HostPath[];
  readonly revision: number;
  readonly opened: number;
  readonly units: readonly Unit[];
  /** Units that open files belong to, with their number: only these can change while the rest stays. */
  readonly open: readonly { readonly slot: Slot; readonly at: number }[];
}

export class UnitsMemory {
  private readonly slots = new Map<HostPath, Slot>();
  private readonly answered: AnsweredMemory<object, Read>;
  private latest: All | undefined;

  constructor(private readonly host: RememberedHost) {
    this.answered = new AnsweredMemory(host);
  }

  /**
   * The units of all unit files: those whose fragments are among them, and those that only their drop-ins are among, and
   * nginx's, if the host shows the fragment. `opened` is another number when other files are open.
   */
  of(paths: readonly HostPath[], sources: UnitSources, opened: number): readonly Unit[] {
    const { latest, host } = this;
    const same = latest?.paths === paths && latest.revision === host.revision && latest.opened === opened;
    return (same && this.edited(latest, sources)) || this.all(paths, sources, opened);
  }

  /** Undefined when more has changed than single units. */
  private edited(latest: All, sources: UnitSources): readonly Unit[] | undefined {
    let units: Unit[] | undefined;
    for (const { slot, at } of latest.open) {
      const unit = this.unit(slot.path, sources);
      if (!unit) return undefined;
      if (unit !== latest.units[at]) (units ??= [...latest.units])[at] = unit;
    }
    if (!units) return latest.units;
    this.latest = { ...latest, units };
    return units;
  }

  private all(paths: readonly HostPath[], sources: UnitSources, opened: number): readonly Unit[] {
    const units: Unit[] = [];
    const open: { slot: Slot; at: number }[] = [];
    const { fragments, dropIns } = sortedOut(paths);
    const seen = new Set<HostPath>();
    const add = (path: HostPath): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const unit = this.unit(path, sources);
      if (!unit) return;
      const slot = this.slots.get(path)!;
      if (slot.read?.wereOpen.includes(true)) open.push({ slot, at: units.length });
      units.push(unit);
    };
    for (const path of fragments) add(path);
    const loaded = new Set(dropIns.length === 0 ? [] : units.map((it) => it.name.full));
    for (const { name, path } of dropIns) {
      if (loaded.has(name.full)) continue;
      const fragment = findFragment(this.host, name, directoryOf(directoryOf(path)));
      if (fragment.is === 'found') add(fragment.path);
    }
    // Its sandbox is nginx's, and packages bring one: PrivateTmp= of Red Hat's and Fedora's.
    const own = units.some((it) => it.name.full === NGINX.full) ? undefined : findFragment(this.host, NGINX, SYSTEM);
    if (own?.is === 'found') add(own.path);
    this.latest = { paths, revision: this.host.revision, opened, units, open };
    return units;
  }

  private unit(path: HostPath, sources: UnitSources): Unit | undefined {
    let slot = this.slots.get(path);
    if (!slot) this.slots.set(path, (slot = { path, key: {}, read: undefined }));
    const { read } = slot;
    // A file that could not be read may have been opened since.
    if (read && (!read.unit || !isAsRead(read, sources))) slot.key = {};
    const now = this.answered.get(slot.key, () => {
      const unit = loadUnit(sources, path);
      const files = unit ? filesOf(unit) : [];
      const wereOpen = files.map((it) => sources.isOpen?.(it.path) ?? false);
      return { unit, files, sections: files.map((it) => it.sections), wereOpen };
    });
    slot.read = now;
    return now.unit;
  }
}

/** Closed files change only with the host's answers, so the memory of those knows. */
function isAsRead({ files, sections, wereOpen }: Read, sources: UnitSources): boolean {
  return files.every((it, i) => {
    const isOpen = sources.isOpen?.(it.path) ?? false;
    if (isOpen !== wereOpen[i]) return false;
    return !isOpen || (it.sections === sections[i] && sources.file(it.path) === it);
  });
}

interface SortedOut {
  readonly fragments: readonly HostPath[];
  /** Of units by a full name: folders like `service.d` and `app-.service.d` belong to many. */
  readonly dropIns: readonly { readonly name: UnitName; readonly path: HostPath }[];
}

const sorted = new WeakMap<readonly HostPath[], SortedOut>();

function sortedOut(paths: readonly HostPath[]): SortedOut {
  let found = sorted.get(paths);
  if (found) return found;
  const replaced = new Set(paths.flatMap((path) => editedFragment(path) ?? []));
  const fragments: HostPath[] = [];
  const dropIns: SortedOut['dropIns'][number][] = [];
  for (const path of paths) {
    if (replaced.has(path)) continue;
    const kind = kindOfFile(path);
    const name = kind?.isDropIn ? parseUnitName(kind.unit) : undefined;
    if (!kind?.isDropIn) fragments.push(path);
    else if (name && !name.prefix.endsWith('-')) dropIns.push({ name, path });
  }
  sorted.set(paths, (found = { fragments, dropIns }));
  return found;
}

/** The unit file that `systemctl edit --full` shows a copy of under a temporary name. */
function editedFragment(path: HostPath): HostPath | undefined {
  const kind = fileName(path).startsWith('.#') ? kindOfFile(path) : undefined;
  return kind && !kind.isDropIn ? (`${directoryOf(path)}/${kind.unit}` as HostPath) : undefined;
}
