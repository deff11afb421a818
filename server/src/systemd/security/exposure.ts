/** The exposure of a service as `systemd-analyze security --offline=true` computes it: analyze-security.c. */
import { type Assessment, assessments, systemCalls } from '../../catalog/systemdSecurity.js';
import { NEWEST_SYSTEMD } from '../values/table.js';
import { type Confinement, confinementOf, type Values } from './confinement.js';

export interface Assessed {
  readonly assessment: Assessment;
  /** From 0 to the range of the assessment; undefined where it does not apply. */
  readonly badness: number | undefined;
  /** What it adds to the exposure, in tenths of a point as systemd prints them. */
  readonly share: number;
}

export interface Exposure {
  /** 0 to 100: tenths of the points that systemd prints. */
  readonly tenths: number;
  /** The same before it was rounded up. */
  readonly exact: number;
  /** As `9.2`. */
  readonly text: string;
  /** systemd's word for it: DANGEROUS, UNSAFE, EXPOSED, MEDIUM, OK, SAFE, PERFECT. */
  readonly level: string;
  readonly table: readonly Assessed[];
}

const LEVELS: readonly (readonly [from: number, word: string])[] = [
  [100, 'DANGEROUS'],
  [90, 'UNSAFE'],
  [75, 'EXPOSED'],
  [50, 'MEDIUM'],
  [10, 'OK'],
  [1, 'SAFE'],
  [0, 'PERFECT'],
];

/** As systemd of the main version rates it. */
export function exposureOf(values: Values, version: number = NEWEST_SYSTEMD): Exposure {
  const confinement = confinementOf(values, version);
  let sum = 0;
  let weights = 0;
  const judged = assessments.map((assessment) => {
    const skipped = assessment.defaultDependencies && !confinement.defaultDependencies;
    const badness = skipped ? undefined : assess(assessment, confinement);
    if (badness === undefined) return { assessment, badness, weighed: 0 };
    const weighed = Math.ceil((badness * assessment.weight) / assessment.range);
    sum += weighed;
    weights += assessment.weight;
    return { assessment, badness, weighed };
  });
  const tenths = Math.ceil((sum * 100) / weights);
  return {
    tenths,
    exact: (sum * 100) / weights,
    text: `${Math.floor(tenths / 10)}.${tenths % 10}`,
    level: LEVELS.find(([from]) => tenths >= from)![1],
    table: judged.map(({ assessment, badness, weighed }) => ({
      assessment,
      badness,
      share: (weighed * 100) / weights,
    })),
  };
}

function assess({ id, kind, of }: Assessment, it: Confinement): number | undefined {
  const key = id.replace(/=.*/, '');
  switch (kind) {
    case 'user':
      return user(it);
    case 'supplementary_groups':
      return privileged(it) ? undefined : Number(it.supplementaryGroups);
    case 'remove_ipc':
      return privileged(it) ? undefined : Number(!it.flag('RemoveIPC'));
    case 'protect_home':
      return { no: 10, 'read-only': 5, tmpfs: 1, yes: 0 }[it.protectHome];
    case 'protect_system':
      return { no: 10, yes: 5, full: 3, strict: 0 }[it.protectSystem];
    case 'root_directory':
      return Number(!it.ownRoot);
    case 'capability_bounding_set':
      return Number(of.some(it.canCapability));
    case 'umask':
      return umask(it.umask);
    case 'keyring_mode':
      return Number((it.word('KeyringMode') ?? 'private') !== 'private');
    case 'protect_proc':
      return { noaccess: 1, invisible: 0, ptraceable: 0 }[it.word('ProtectProc') ?? ''] ?? 3;
    case 'proc_subset':
      return Number(it.word('ProcSubset') !== 'pid');
    case 'notify_access':
      return Number(it.word('NotifyAccess') === 'all');
    case 'restrict_namespaces':
      return Number(of.some((flag) => it.canNamespace(NAMESPACES[flag] ?? flag)));
    case 'system_call_architectures':
      return it.architectures.size === 0 ? 10 : it.architectures.size === 1 && it.architectures.has('native') ? 0 : 8;
    case 'system_call_filter':
      return calls(it, of[0]!);
    case 'ip_address_allow':
      return { filtered: 0, all: 10, other: 5, localhost: 2, none: 0 }[it.addresses];
    case 'device_allow':
      return { all: 10, some: 5, none: 0 }[it.devices];
    case 'ambient_capabilities':
      return Number(it.ambient);
    default:
      if (key === 'Delegate') return Number(it.delegates);
      return Number(key === 'RestrictAddressFamilies' ? !restricted(it, id) : !it.flag(key));
  }
}

const NAMESPACES: Readonly<Record<string, string>> = {
  CLONE_NEWUSER: 'user',
  CLONE_NEWNS: 'mnt',
  CLONE_NEWIPC: 'ipc',
  CLONE_NEWPID: 'pid',
  CLONE_NEWCGROUP: 'cgroup',
  CLONE_NEWNET: 'net',
  CLONE_NEWUTS: 'uts',
};

function privileged({ user: name, dynamicUser }: Confinement): boolean {
  if (name === '0' || name === 'root') return true;
  return !dynamicUser && name === undefined;
}

function user({ user: name, dynamicUser }: Confinement): number {
  if (name === 'nobody') return 9;
  const root = name === '0' || name === 'root';
  return !root && (dynamicUser || name !== undefined) ? 0 : 10;
}

function umask(mask: number): number {
  if (!(mask & 0o002)) return 10;
  if (!(mask & 0o004)) return 5;
  if (!(mask & 0o020)) return 2;
  return mask & 0o040 ? 0 : 1;
}

const NAMED_FAMILIES = ['AF_INET', 'AF_INET6', 'AF_UNIX', 'AF_LOCAL', 'AF_NETLINK', 'AF_ROUTE', 'AF_PACKET'];

function restricted({ families: { allow, names } }: Confinement, id: string): boolean {
  const meant = id.includes('INET')
    ? ['AF_INET', 'AF_INET6']
    : id.includes('UNIX')
      ? ['AF_UNIX', 'AF_LOCAL']
      : id.includes('NETLINK')
        ? ['AF_NETLINK', 'AF_ROUTE']
        : id.includes('PACKET')
          ? ['AF_PACKET']
          : undefined;
  const named = meant ? meant.some((it) => names.has(it)) : [...names].some((it) => !NAMED_FAMILIES.includes(it));
  return named !== allow;
}

function calls({ calls: filter }: Confinement, group: string): number {
  if (!filter) return 10;
  const bad = systemCalls(group).some((it) => filter.names.has(it) === filter.allow);
  return bad ? (filter.allow ? 9 : 10) : 0;
}
