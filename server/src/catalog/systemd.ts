/** What is known of the sections and keys of unit files and their kin: look-ups over ../../catalog/systemd.json. Knows no file. */
import table from '../../catalog/systemd.json' with { type: 'json' };

export interface UnitKey {
  readonly name: string;
  readonly section: string;
  /** What the value is: boolean, seconds, path, enum, ...; undefined where a parser of its own decides. */
  readonly type: string | undefined;
  readonly values: readonly string[] | undefined;
  /** systemd's own function that reads the value: config_parse_* without the prefix. */
  readonly parser: string | undefined;
  /** The values that came after 252, each with the range in which they came: `253..257`, `>257`. */
  readonly valuesNew: Readonly<Record<string, string>> | undefined;
  /** An enum that also takes booleans. */
  readonly boolValues: boolean;
  /** Of the dumps of 252, 257 and 262 those that have the key; undefined when all have. */
  readonly dumps: readonly number[] | undefined;
  /** A further assignment adds to the earlier ones. */
  readonly multi: boolean;
  /** An empty assignment drops the earlier ones. */
  readonly emptyResets: boolean;
  /** systemd's version that introduced it. */
  readonly since: string | undefined;
  readonly deprecated: boolean;
  /** systemd still accepts the key and does nothing with it. */
  readonly removed: boolean;
  /** Manual page, as in `systemd.exec(5)`. */
  readonly man: string | undefined;
}

interface More {
  type?: string;
  parser?: string;
  new?: Record<string, string>;
  bool?: boolean;
  in?: string[];
  values?: unknown[];
  multi?: boolean;
  resets?: boolean;
  since?: unknown;
  deprecated?: boolean;
  removed?: boolean;
  man?: string;
}

type Keys = Map<string, UnitKey>;
/** File type -> section -> keys. */
const byType = new Map<string, Map<string, Keys>>();

for (const [name, places, more] of table.keys as unknown as [string, string, More][]) {
  for (const place of places.split(',')) {
    const [section, types] = place.split(':') as [string, string];
    const key: UnitKey = {
      name,
      section,
      type: more.type,
      values: more.values?.map(String),
      parser: more.parser,
      valuesNew: more.new,
      boolValues: more.bool === true,
      dumps: more.in?.map(Number),
      multi: more.multi === true,
      emptyResets: more.resets === true,
      since: more.since === undefined ? undefined : String(more.since),
      deprecated: more.deprecated === true,
      removed: more.removed === true,
      man: more.man,
    };
    for (const type of types.split(' ')) keysOf(type, section).set(name, key);
  }
}

function keysOf(type: string, section: string): Keys {
  let sections = byType.get(type);
  if (!sections) byType.set(type, (sections = new Map()));
  let keys = sections.get(section);
  if (!keys) sections.set(section, (keys = new Map()));
  return keys;
}

// Quadlets are turned into services, so the sections of a service pass through: podman-systemd.unit(5).
for (const quadlet of ['container', 'pod', 'volume', 'kube', 'image', 'build', 'network']) {
  for (const section of ['Unit', 'Install', 'Service']) {
    // networkd's .network has no such sections, but a Podman .network does; the two share a suffix.
    for (const [name, key] of byType.get('service')!.get(section)!) keysOf(quadlet, section).set(name, key);
  }
}

/** The sections that a kind of file has; empty for an unknown kind. */
export function sectionsOf(type: string): readonly string[] {
  return [...(byType.get(type)?.keys() ?? [])];
}

/** Undefined when the section does not have the key in this kind of file. Case matters, as in systemd. */
export function keyEntry(section: string, name: string, type: string): UnitKey | undefined {
  return byType.get(type)?.get(section)?.get(name);
}

export function keysIn(section: string, type: string): readonly UnitKey[] {
  return [...(byType.get(type)?.get(section)?.values() ?? [])];
}

/** The sections of this kind of file that do have the key. */
export function sectionsWithKey(name: string, type: string): readonly string[] {
  return [...(byType.get(type) ?? [])].filter(([, keys]) => keys.has(name)).map(([section]) => section);
}

// syslog.socket starts whatever syslog implementation has taken the alias: systemd.special(7), syslog.socket.
const special = new Set<string>([...table.specialUnits, 'syslog.service']);

/** Units that systemd itself brings or treats specially: targets, mostly. */
export function specialUnitNames(): Iterable<string> {
  return special;
}

// Services that a package starts by a socket of its own; an administrator may keep just the socket in /etc.
const PACKAGED =
  /^(?:ssh|sshd|docker|containerd|podman|cups|dbus|dbus-broker|avahi-daemon|libvirtd|virt\w+|rpcbind|uuidd|pcscd|snapd|syslog|rsyslog|acpid|mariadb|mysql|postgresql|memcached|redis(?:-server)?|php[\d.]*-fpm|cockpit|saned|iscsid|multipathd|lvm2-\w+|systemd-[\w-]+)@?\.service$/;

/** Whether systemd gives the name a meaning of its own: such a unit may be an alias that some package provides. */
export function isSpecialUnit(name: string): boolean {
  return special.has(name);
}

/** Whether packages bring a unit of this name, so that its absence from a copy of /etc says nothing. */
export function isVendorUnit(name: string): boolean {
  return special.has(name) || PACKAGED.test(name);
}
