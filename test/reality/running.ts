/** Runs a scratch tree for real: in name spaces of its own, by runner.py. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import type { Asked } from './tree.js';

const runner = new URL('runner.py', import.meta.url).pathname;

/** Without these nothing runs; without the others some deployments are left out. */
const NEEDED = ['/usr/sbin/nginx', '/usr/bin/gunicorn', '/usr/bin/python3', '/usr/bin/openssl'];

/** What keeps the deployments from running here: root, namespaces, programs. Undefined where nothing does. */
export function hindrance(): string | undefined {
  const missing = NEEDED.filter((it) => !existsSync(it));
  if (missing.length > 0) return `${missing.join(', ')} missing`;
  if (process.getuid?.() !== 0) return 'only root may make namespaces and give files to users';
  const tried = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `unshare: ${tried.stderr?.trim()}`;
}

export interface Run {
  readonly statuses: (number | string)[];
  readonly log: string;
  /** ActiveState of each unit, where systemd has started them. */
  readonly units?: Readonly<Record<string, string>>;
}

/**
 * A status for each request, or `refused` or `tls` where none could be made.
 * @param booted systemd itself starts the units, instead of the runner.
 */
export function run(root: string, asks: readonly Asked[], booted = false): Promise<Run> {
  const job = `${root}/job.json`;
  writeFileSync(job, JSON.stringify({ tree: root, requests: asks, booted }));
  return new Promise((resolve) => {
    const child = spawn('unshare', [
      '--mount',
      '--net',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'python3',
      runner,
      job,
    ]);
    let out = '';
    let err = '';
    child.stdout.on('data', (it) => (out += it));
    child.stderr.on('data', (it) => (err += it));
    const late = setTimeout(() => child.kill('SIGKILL'), 100_000);
    child.on('close', () => {
      clearTimeout(late);
      const line = out.trim().split('\n').at(-1) ?? '';
      resolve(line.startsWith('{') ? JSON.parse(line) : { statuses: [], log: err });
    });
  });
}
