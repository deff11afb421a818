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
type Row = readonly [name: string, places: string, more: More];

/** File type -> section -> keys; a type's are made when somebody asks for it, as most hosts have three or four types. */
const byType = new Map<string, ReadonlyMap<string, Keys>>();

// Quadlets are turned into services, so the sections of a service pass through: podman-systemd.unit(5).
const QUADLETS = new Set(['container', 'pod', 'volume', 'kube', 'image', 'build', 'network']);

function sectionsAndKeys(type: string): ReadonlyMap<string, Keys> {
  const made = byType.get(type);
  if (made) return made;
  const sections = new Map<string, Keys>();
  const keysOf = (section: string): Keys => {
    let keys = sections.get(section);
    if (!keys) sections.set(section, (keys = new Map()));
    return keys;
  };
  for (const row of table.keys as unknown as Row[]) {
    // `Section:type type,Section:type`
    if (!row[1].includes(type)) continue;
    for (const place of row[1].split(',')) {
      const [section, types] = place.split(':') as [string, string];
      if (types.split(' ').includes(type)) keysOf(section).set(row[0], keyOf(section, row));
    }
  }
  if (QUADLETS.has(type)) {
    // networkd's .network has no such sections, but a Podman .network does; the two share a suffix.
    for (const section of ['Unit', 'Install', 'Service'])
      for (const [name, key] of sectionsAndKeys('service').get(section)!) keysOf(section).set(name, key);
  }
  byType.set(type, sections);
  return sections;
}

function keyOf(section: string, [name, , more]: Row): UnitKey {
  return {
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
}

/** The sections that a kind of file has; empty for an unknown kind. */
export function sectionsOf(type: string): readonly string[] {
  return [...sectionsAndKeys(type).keys()];
}

/** Undefined when the section does not have the key in this kind of file. Case matters, as in systemd. */
export function keyEntry(section: string, name: string, type: string): UnitKey | undefined {
  return sectionsAndKeys(type).get(section)?.get(name);
}

export function keysIn(section: string, type: string): readonly UnitKey[] {
  return [...(sectionsAndKeys(type).get(section)?.values() ?? [])];
}

/** The sections of this kind of file that do have the key. */
export function sectionsWithKey(name: string, type: string): readonly string[] {
  return [...sectionsAndKeys(type)].filter(([, keys]) => keys.has(name)).map(([section]) => section);
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
