/**
 * The exposure of real services: `systemd-analyze security --offline=true` and ours, on every service that is installed
 * and on services that a seeded hand has confined. `SECURITY_COUNT` of the latter.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostPath } from '../../server/src/base/hostPath.js';
import { parseSystemdVersion } from '../../server/src/catalog/systemdVersion.js';
import { parseUnit } from '../../server/src/syntax/unitDocument.js';
import { exposureOf } from '../../server/src/systemd/security/exposure.js';
import { valuesOf } from '../../server/src/systemd/security/ofUnit.js';
import { parseUnitName } from '../../server/src/systemd/unitName.js';
import { grammars } from '../fixture/deployment.js';
import { randomNumbers } from '../fuzz/edits.js';
import { isThere } from './programs.js';

const ORACLES = process.env.THROUGHLINE_ORACLES ?? '/var/cache/throughline-oracles';
const COUNT = Number(process.env.SECURITY_COUNT ?? 100);
const FOLDER = '/lib/systemd/system';
const there = isThere('systemd-analyze', ['--version']);
const HOST = there
  ? parseSystemdVersion(spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout)
  : undefined;

const random = randomNumbers(Number(process.env.SECURITY_SEED ?? 4));
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const KEYS: Record<string, readonly string[]> = {
  CapabilityBoundingSet: [
    '',
    '~',
    'CAP_NET_ADMIN CAP_SYS_ADMIN',
    '~CAP_SYS_PTRACE CAP_KILL',
    'CAP_CHOWN',
    '~cap_mknod',
  ],
  RestrictNamespaces: ['yes', 'no', '', 'user mnt', '~net pid', 'uts'],
  RestrictAddressFamilies: ['', 'none', 'AF_UNIX', 'AF_INET AF_INET6', '~AF_PACKET', '~AF_NETLINK AF_ALG', 'AF_CAN'],
  SystemCallFilter: [
    '',
    '@system-service',
    '~@swap',
    '~@mount @clock',
    '@basic-io',
    '~@privileged @resources',
    '~swapon:EPERM',
    'reboot',
  ],
  SystemCallArchitectures: ['', 'native', 'x86-64', 'native x86'],
  IPAddressDeny: ['any', '', '10.0.0.0/8', '0.0.0.0/0 ::/0'],
  IPAddressAllow: ['localhost', '192.168.0.0/16', '', '127.0.0.1'],
  DevicePolicy: ['strict', 'closed', 'auto'],
  DeviceAllow: ['', '/dev/null rw', 'char-rtc'],
  ProtectHome: ['yes', 'read-only', 'tmpfs', 'no', 'perhaps'],
  ProtectSystem: ['yes', 'full', 'strict', 'no'],
  ProtectProc: ['invisible', 'noaccess', 'ptraceable', 'default'],
  ProcSubset: ['pid', 'all'],
  KeyringMode: ['private', 'shared', 'inherit'],
  NotifyAccess: ['all', 'main', 'none'],
  UMask: ['0077', '0027', '022', '0000', '07'],
  User: ['root', 'nobody', 'www-data', '', '0'],
  DynamicUser: ['yes', 'no'],
  SupplementaryGroups: ['adm', ''],
  AmbientCapabilities: ['CAP_NET_BIND_SERVICE', '', 'CAP_CHOWN', '~CAP_CHOWN'],
  Delegate: ['yes', 'no', 'cpu'],
  RootDirectory: ['/srv/x', '/', ''],
};
for (const key of 'PrivateDevices PrivateMounts PrivateNetwork PrivateTmp PrivateUsers ProtectControlGroups ProtectKernelModules ProtectKernelTunables ProtectKernelLogs ProtectClock ProtectHostname LockPersonality MemoryDenyWriteExecute NoNewPrivileges RemoveIPC RestrictRealtime RestrictSUIDSGID'.split(
  ' ',
))
  KEYS[key] = ['yes', 'no', 'true', 'ON', 'off', 'maybe'];

function service(): string {
  const lines = Array.from({ length: 5 + Math.floor(random() * 40) }, () => {
    const key = pick(Object.keys(KEYS));
    return `${key}=${pick(KEYS[key]!)}`;
  });
  const early = random() < 0.1 ? '[Unit]\nDefaultDependencies=no\n' : '';
  return `${early}[Service]\nExecStart=/bin/true\n${lines.join('\n')}\n`;
}

function ours(name: string, text: string, version = HOST) {
  const fragment = parseUnit(hostPath(`/etc/systemd/system/${name}`), text);
  return exposureOf(valuesOf({ name: parseUnitName(name)!, fragment, dropIns: [] }), version);
}

/** systemd's own figure; undefined when it does not give one. */
function theirs(folder: string, name: string, root = '/'): string | undefined {
  const inside = join(folder, name).slice(root === '/' ? 0 : root.length);
  const command = ['systemd-analyze', 'security', '--offline=true', '--no-pager', inside];
  const [program, ...args] = root === '/' ? command : ['chroot', root, ...command];
  const { stdout } = spawnSync(program!, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', COLUMNS: '300' },
  });
  return /Overall exposure level for [^:]*: ([\d.]+) (\w+)/.exec(stdout)?.slice(1, 3).join(' ');
}

/** The root of another release, as scripts/oracles.mjs makes it. In CI none may be missing. */
function isRootThere(root: string): boolean {
  const found = existsSync(join(root, 'usr/bin/systemd-analyze'));
  if (!found && process.env.CI) throw new Error(`${root} is missing, and in CI it must not be`);
  return found;
}

describe.runIf(there)('exposure', () => {
  beforeAll(grammars);

  it('is what systemd says of every installed service', { timeout: 600_000 }, () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const name of readdirSync(FOLDER)) {
      // Drop-ins of packages would count for systemd alone.
      if (!name.endsWith('.service') || name.endsWith('@.service') || readdirSync(FOLDER).includes(`${name}.d`))
        continue;
      const said = theirs(FOLDER, name);
      if (said === undefined) continue;
      asked++;
      const { text, level } = ours(name, readFileSync(join(FOLDER, name), 'utf8'));
      if (`${text} ${level}` !== said) wrong.push(`${name}: ours ${text} ${level}, systemd ${said}`);
    }
    expect(asked).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  });

  const releases = [
    [HOST, '/'],
    [257, join(ORACLES, 'trixie')],
    [262, join(ORACLES, 'sid')],
  ] as const;
  it.each(releases.filter(([, root]) => isRootThere(root)))(
    `is what systemd %i says of ${COUNT} made services`,
    { timeout: 600_000 },
    (version, root) => {
      const folder = mkdtempSync(join(root, 'tmp/throughline-security-'));
      const wrong: string[] = [];
      try {
        for (let i = 0; i < COUNT; i++) {
          const name = `made${i}.service`;
          const text = service();
          writeFileSync(join(folder, name), text);
          const said = theirs(folder, name, root);
          const mine = ours(name, text, version);
          if (`${mine.text} ${mine.level}` !== said)
            wrong.push(`ours ${mine.text} ${mine.level}, systemd ${said}\n${text}`);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      expect(wrong).toEqual([]);
    },
  );
});
