/** systemd as the first process of name spaces of its own, over a root of the oracles that stays as it is. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(process.env.THROUGHLINE_ORACLES ?? '/var/cache/throughline-oracles', 'trixie');

/** What is written goes into memory; /probe is a folder of ours. Only probe.target is started. */
const BOOT = `set -e
mount --make-rprivate /
mkdir -p "$2/ov"; mount -t tmpfs tmpfs "$2/ov"; mkdir "$2/ov/up" "$2/ov/work" "$2/ov/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/ov/up,workdir=$2/ov/work" "$2/ov/root"
cd "$2/ov/root"
mount -t proc proc proc; mount -t tmpfs tmpfs run; mkdir -p sys/fs/cgroup; mount -t tmpfs tmpfs sys
mkdir -p sys/fs/cgroup; mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --rbind /dev dev
mkdir -p probe; mount --bind "$2/probe" probe
cp "$2"/units/* etc/systemd/system/
sh "$2/prepare"
exec env -i container=other PATH=/usr/bin:/usr/sbin:/bin:/sbin chroot . /lib/systemd/systemd --system --log-level=err --log-target=console --unit=probe.target
`;

export function canBoot(): boolean {
  return process.getuid?.() === 0 && existsSync(join(ROOT, 'lib/systemd/systemd'));
}

/**
 * Starts services side by side, each Type=oneshot with its output in a file, and gives what each has written.
 * @param prepare shell commands that run in the root before systemd does, by relative paths.
 * @param seconds how long to wait for all of them.
 */
export async function bootWith(
  folder: string,
  services: ReadonlyMap<string, string>,
  prepare: string,
  seconds: number,
): Promise<Map<string, string>> {
  for (const it of ['probe', 'units']) mkdirSync(join(folder, it), { recursive: true });
  writeFileSync(join(folder, 'prepare'), prepare);
  const names = [...services.keys()];
  const target = `[Unit]\nDefaultDependencies=no\nWants=${names.map((it) => `${it}.service`).join(' ')}\n`;
  writeFileSync(join(folder, 'units/probe.target'), target);
  for (const [name, text] of services) {
    const output = `StandardOutput=file:/probe/${name}\nStandardError=null\n`;
    const unit = `[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\n${output}${text}`;
    writeFileSync(join(folder, `units/${name}.service`), unit);
  }
  const spaces = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child'];
  const child = spawn('unshare', [...spaces, 'sh', '-c', BOOT, 'boot', ROOT, folder], { stdio: 'ignore' });
  const probe = join(folder, 'probe');
  const done = () => readdirSync(probe).filter((it) => readFileSync(join(probe, it)).includes('end'));
  for (let waited = 0; waited < seconds * 10 && done().length < names.length; waited++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  // The first process of a name space hears nothing but this.
  child.kill('SIGKILL');
  return new Map(readdirSync(probe).map((it) => [it, readFileSync(join(probe, it), 'utf8')]));
}
