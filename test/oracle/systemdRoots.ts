/** systemd-analyze of several releases: the machine's own, and those of the roots that scripts/oracles.mjs makes. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ORACLES = process.env.THROUGHLINE_ORACLES ?? '/var/cache/throughline-oracles';

/** Main version and root; the machine's own has the root ''. */
export const SYSTEMDS: readonly (readonly [version: number, root: string])[] = [
  [252, ''],
  [257, join(ORACLES, 'trixie')],
  [262, join(ORACLES, 'sid')],
];

export function hasSystemd(root: string): boolean {
  return existsSync(join(root || '/', 'usr/bin/systemd-analyze')) && (root === '' || process.getuid?.() === 0);
}

/** With /proc, or systemd would take the machine for one without IPv6. */
const INSIDE = 'mount -t proc proc "$0/proc" 2>/dev/null; exec chroot "$0" "$@"';

/** Runs it; paths among the arguments are those inside the root. */
export function systemdAnalyze(
  root: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', ...environment };
  const options = { encoding: 'utf8' as const, env, maxBuffer: 1 << 28 };
  return root
    ? spawnSync('unshare', ['--mount', 'sh', '-c', INSIDE, root, 'systemd-analyze', ...args], options)
    : spawnSync('systemd-analyze', args, options);
}

/** The main version of the systemd that is asked, such as `252`; undefined where there is none. */
export function systemdVersion(root = ''): string | undefined {
  return /^systemd (\d+)/.exec(systemdAnalyze(root, ['--version']).stdout ?? '')?.[1];
}
