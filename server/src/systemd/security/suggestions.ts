/** What would lower the exposure of a service, by gain and by the risk of breaking an app behind gunicorn. */
import type { Values } from './confinement.js';
import { type Exposure, exposureOf } from './exposure.js';

/** `safe` breaks no web app known to us; `test` needs a look at what the app does; `breaking` stops common ones. */
export type Risk = 'safe' | 'test' | 'breaking';

export interface Suggestion {
  readonly key: string;
  readonly value: string;
  readonly risk: Risk;
  /** What stops working where it does not fit; undefined when nothing is known to. */
  readonly breaks: string | undefined;
  /** Tenths of a point that it takes off the exposure, by itself. */
  readonly gain: number;
}

interface Candidate {
  readonly key: string;
  readonly value: string;
  readonly risk: Risk | ((about: About) => Risk | undefined);
  readonly breaks?: string;
}

interface About {
  readonly values: Values;
  /** Everything that the service runs, reads or writes, in one text. */
  readonly paths: string;
  readonly root: boolean;
  /** The key has been given a value. */
  readonly has: (key: string) => boolean;
}

const CANDIDATES: readonly Candidate[] = [
  { key: 'NoNewPrivileges', value: 'yes', risk: 'safe', breaks: 'sudo and other setuid programs called by the app' },
  {
    key: 'PrivateTmp',
    value: 'yes',
    risk: ({ paths }) => (/(?:^|[\s:=])(?:\/var)?\/tmp\b/m.test(paths) ? 'breaking' : 'safe'),
    breaks: 'sockets and files in /tmp that nginx or others share with the app',
  },
  { key: 'PrivateDevices', value: 'yes', risk: 'safe', breaks: 'access to GPUs, serial ports and disks' },
  { key: 'ProtectKernelTunables', value: 'yes', risk: 'safe' },
  { key: 'ProtectKernelModules', value: 'yes', risk: 'safe' },
  { key: 'ProtectKernelLogs', value: 'yes', risk: 'safe' },
  { key: 'ProtectControlGroups', value: 'yes', risk: 'safe' },
  { key: 'ProtectClock', value: 'yes', risk: 'safe' },
  { key: 'ProtectHostname', value: 'yes', risk: 'safe' },
  {
    key: 'ProtectProc',
    value: 'invisible',
    risk: ({ root }) => (root ? 'test' : 'safe'),
    breaks: 'looking at processes of other users',
  },
  { key: 'LockPersonality', value: 'yes', risk: 'safe' },
  { key: 'RestrictRealtime', value: 'yes', risk: 'safe' },
  {
    key: 'RestrictSUIDSGID',
    value: 'yes',
    risk: 'safe',
    breaks: 'creating setgid folders, as some deployment scripts do',
  },
  {
    key: 'RestrictNamespaces',
    value: 'yes',
    risk: 'safe',
    breaks: 'headless browsers and other sandboxes started by the app',
  },
  { key: 'RemoveIPC', value: 'yes', risk: 'safe' },
  { key: 'SystemCallArchitectures', value: 'native', risk: 'safe', breaks: '32-bit programs' },
  {
    key: 'RestrictAddressFamilies',
    value: 'AF_UNIX AF_INET AF_INET6',
    risk: ({ has }) => (has('RestrictAddressFamilies') ? undefined : 'safe'),
    breaks: 'netlink and raw packets, which listing network interfaces needs',
  },
  {
    key: 'SystemCallFilter',
    value: '@system-service',
    risk: ({ has }) => (has('SystemCallFilter') ? undefined : 'safe'),
    breaks: 'debuggers, mounts, kernel modules',
  },
  {
    key: 'CapabilityBoundingSet',
    value: '',
    risk: ({ root, has }) =>
      has('CapabilityBoundingSet') || has('AmbientCapabilities') ? undefined : root ? 'breaking' : 'safe',
    breaks: 'whatever needs root: changing users, ports below 1024',
  },
  {
    key: 'ProtectSystem',
    value: 'full',
    risk: ({ values }) => (values('Service', 'ProtectSystem').at(-1) === 'strict' ? undefined : 'safe'),
    breaks: 'writing below /usr, /boot and /etc',
  },
  {
    key: 'ProtectHome',
    value: 'yes',
    risk: ({ paths }) => (/(?:^|[\s:='"-])\/(?:home|root|run\/user)\b/m.test(paths) ? 'breaking' : 'safe'),
    breaks: 'an app, virtual environment or socket below /home',
  },
  {
    key: 'ProtectSystem',
    value: 'strict',
    risk: 'test',
    breaks: 'writing anywhere but to StateDirectory=, ReadWritePaths= and the like',
  },
  {
    key: 'SystemCallFilter',
    value: '~@privileged @resources',
    risk: 'test',
    breaks: 'changing users, priorities and limits, as gunicorn --user does',
  },
  { key: 'ProcSubset', value: 'pid', risk: 'test', breaks: 'reading /proc/cpuinfo and /proc/meminfo' },
  {
    key: 'PrivateUsers',
    value: 'yes',
    risk: 'test',
    breaks: 'files and sockets owned by other users than the service',
  },
  {
    key: 'MemoryDenyWriteExecute',
    value: 'yes',
    risk: 'test',
    breaks: 'just-in-time compilers and some uses of ctypes',
  },
  {
    key: 'UMask',
    value: '0027',
    risk: 'test',
    breaks: 'files and sockets that nginx must reach without being in the group',
  },
  {
    key: 'IPAddressDeny',
    value: 'any',
    risk: 'breaking',
    breaks: 'databases and services on other hosts, and clients unless IPAddressAllow= lets them in',
  },
  { key: 'PrivateNetwork', value: 'yes', risk: 'breaking', breaks: 'every connection but Unix sockets' },
];

const RISKS: readonly Risk[] = ['safe', 'test', 'breaking'];
const PATH_KEYS = [
  'ExecStart',
  'ExecStartPre',
  'WorkingDirectory',
  'EnvironmentFile',
  'Environment',
  'ReadWritePaths',
  'PIDFile',
  'BindPaths',
];

/** What lowers the exposure, the safest first, and of those what gains most. */
export function suggestionsFor(values: Values, version?: number): Suggestion[] {
  const before = exposureOf(values, version).exact;
  const user = values('Service', 'User').at(-1) ?? '';
  const about: About = {
    values,
    paths: PATH_KEYS.flatMap((it) => values('Service', it)).join('\n'),
    root:
      ['', 'root', '0'].includes(user) &&
      !['yes', 'true', '1', 'on'].includes(values('Service', 'DynamicUser').at(-1) ?? ''),
    has: (key) => values('Service', key).length > 0,
  };
  const found = CANDIDATES.flatMap(({ key, value, risk, breaks }): Suggestion[] => {
    const judged = typeof risk === 'string' ? risk : risk(about);
    const gain = before - exposureOf(withSettings(values, [{ key, value }]), version).exact;
    return judged === undefined || gain <= 0 ? [] : [{ key, value, risk: judged, breaks, gain }];
  });
  return found.sort((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk) || b.gain - a.gain);
}

/** The exposure after these settings, as a drop-in would make them. */
export function exposureWith(
  values: Values,
  settings: readonly { key: string; value: string }[],
  version?: number,
): Exposure {
  return exposureOf(withSettings(values, settings), version);
}

function withSettings(values: Values, settings: readonly { key: string; value: string }[]): Values {
  return (section, key) => {
    const before = values(section, key);
    const added = section === 'Service' ? settings.filter((it) => it.key === key).map((it) => it.value) : [];
    return added.length === 0 ? before : [...before, ...added];
  };
}

/** The text of a drop-in with them. */
export function dropInText(settings: readonly { key: string; value: string }[]): string {
  return `[Service]\n${settings.map(({ key, value }) => `${key}=${value}`).join('\n')}\n`;
}
