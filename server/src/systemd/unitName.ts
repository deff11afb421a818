/** Unit names: `gunicorn.socket`, `getty@tty1.service`, `app@.service`, and which files belong to which unit. */
import { directoryOf, fileName, type HostPath } from '../base/hostPath.js';

/** The types of systemd.unit(5). */
export const UNIT_TYPES = [
  'service',
  'socket',
  'device',
  'mount',
  'automount',
  'swap',
  'target',
  'path',
  'timer',
  'slice',
  'scope',
] as const;
export type UnitType = (typeof UNIT_TYPES)[number];

/** Files in the same dialect that are no units: networkd, nspawn and Podman's quadlets. */
export const OTHER_TYPES = [
  'network',
  'netdev',
  'link',
  'nspawn',
  'container',
  'pod',
  'volume',
  'kube',
  'image',
  'build',
] as const;
export type OtherType = (typeof OTHER_TYPES)[number];
export type FileType = UnitType | OtherType;

export interface UnitName {
  /** As written: `app@1.service`. */
  readonly full: string;
  /** Before the `@`, or before the suffix: `app`. */
  readonly prefix: string;
  /** Undefined without `@`; empty for a template. */
  readonly instance: string | undefined;
  readonly type: UnitType;
}

/** The parts of a unit name; undefined when the suffix is no unit type or the name has characters that systemd refuses. */
export function parseUnitName(full: string): UnitName | undefined {
  if (names.has(full)) return names.get(full);
  // The same few names stand in many units; the bound is for a server that runs for months.
  if (names.size > 50_000) names.clear();
  const name = readUnitName(full);
  names.set(full, name);
  return name;
}

const names = new Map<string, UnitName | undefined>();

function readUnitName(full: string): UnitName | undefined {
  const match = /^([A-Za-z0-9:_.\\-]+?)(?:@([A-Za-z0-9:_.\\@-]*))?\.([a-z]+)$/.exec(full);
  const type = UNIT_TYPES.find((it) => it === match?.[3]);
  if (!match || !type) return undefined;
  return { full, prefix: match[1]!, instance: match[2], type };
}

/** The template of an instance: `app@1.service` -> `app@.service`. The name itself otherwise. */
export function templateOf(name: UnitName): string {
  return name.instance ? `${name.prefix}@.${name.type}` : name.full;
}

/** What a file of systemd's dialect configures. */
export interface UnitFileKind {
  readonly type: FileType;
  /** The unit's name: the file's own, or for a drop-in the folder's without `.d`. */
  readonly unit: string;
  readonly isDropIn: boolean;
}

/**
 * What the file at `path` is, by its name: a unit, or a drop-in in a folder like `app.service.d`, `service.d` or
 * `app-.service.d`, including the temporary files of `systemctl edit`. Undefined for other files.
 */
export function kindOfFile(path: HostPath): UnitFileKind | undefined {
  if (kinds.has(path)) return kinds.get(path);
  // Names say it once and for all; the bound is for a server that sees names come and go for months.
  if (kinds.size > 50_000) kinds.clear();
  const kind = readKind(path);
  kinds.set(path, kind);
  return kind;
}

const kinds = new Map<HostPath, UnitFileKind | undefined>();

function readKind(path: HostPath): UnitFileKind | undefined {
  const name = fileName(path);
  const folder = fileName(directoryOf(path));
  if (folder.endsWith('.d') && /\.conf$|^\.#.*\.conf[0-9a-f]+$/.test(name)) {
    const unit = folder.slice(0, -2);
    const type = typeOf(unit.includes('.') ? unit : `x.${unit}`);
    return type && { type, unit, isDropIn: true };
  }
  // systemctl edit --full works on a temporary copy: .#app.service1a2b3c.
  const plain = /^\.#(.+\.[a-z]+)[0-9a-f]{16}$/.exec(name)?.[1] ?? name;
  const type = typeOf(plain);
  return type && { type, unit: plain, isDropIn: false };
}

function typeOf(name: string): FileType | undefined {
  const suffix = /\.([a-z]+)$/.exec(name)?.[1];
  return [...UNIT_TYPES, ...OTHER_TYPES].find((it) => it === suffix);
}
