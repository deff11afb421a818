// The real programs of other Debian releases, to ask what they refuse: `node scripts/oracles.mjs [release...]` makes a root
// for each (trixie: nginx 1.26, systemd 257; sid: nginx 1.30, systemd 262; servers: a virtual environment with the newest gunicorn). The machine's own programs need none.
// A root that is there and works is left alone. Needs root and mmdebstrap; a root takes one to three minutes.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What each release is asked to bring; a root with another nginx is made anew. */
const RELEASES = { trixie: /^1\.26\./, sid: /^1\.(?:29|[3-9]\d)\./ };
const home = process.env.THROUGHLINE_ORACLES ?? '/var/cache/throughline-oracles';
const asked = process.argv.slice(2);

/** A copy of the archive may be older than its own notes on how long it is good for. */
const APT = 'Acquire::Check-Valid-Until "false"';

function run(command, args, options = {}) {
  return spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
}

const inside = (root, command, args) =>
  run('chroot', [root, command, ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } });

function must(what, { status, stderr, error }) {
  if (status === 0) return;
  throw new Error(`${what}: ${error?.message ?? stderr.trim().split('\n').slice(-3).join('\n')}`);
}

/** The versions of the programs in a root, or undefined when they are not there or do not run. */
function versions(root) {
  const nginx = /nginx\/([\d.]+)/.exec(inside(root, 'nginx', ['-v']).stderr ?? '')?.[1];
  const systemd = /^systemd (\d+)/.exec(inside(root, 'systemd-analyze', ['--version']).stdout ?? '')?.[1];
  return nginx && systemd ? { nginx, systemd } : undefined;
}

function make(release) {
  const root = join(home, release);
  const fresh = `${root}.tmp`;
  rmSync(fresh, { recursive: true, force: true });
  try {
    must('mmdebstrap', run('mmdebstrap', ['--variant=apt', '--mode=root', `--aptopt=${APT}`, release, fresh]));
    // Nothing is started: the programs only read configurations.
    writeFileSync(join(fresh, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n');
    chmodSync(join(fresh, 'usr/sbin/policy-rc.d'), 0o755);
    must('apt-get update', inside(fresh, 'apt-get', ['update', '-qq']));
    const modules = inside(fresh, 'apt-cache', ['pkgnames', 'libnginx-mod-'])
      .stdout.split('\n')
      .filter((it) => it && !it.endsWith('-dev'))
      .sort();
    const install = (packages) => inside(fresh, 'apt-get', ['install', '-y', '--no-install-recommends', ...packages]);
    must('nginx and systemd', install(['nginx', 'systemd']));
    // In a moving release a module may be built for another nginx: then the others are taken one by one.
    if (install(modules).status !== 0) {
      const left = modules.filter((it) => install([it]).status !== 0);
      console.warn(`${release}: without ${left.join(', ')}`);
    }
    inside(fresh, 'apt-get', ['clean']);
    rmSync(root, { recursive: true, force: true });
    renameSync(fresh, root);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function ensure(release) {
  const wanted = RELEASES[release];
  if (!wanted) throw new Error(`no such release here: ${release} (known: ${Object.keys(RELEASES).join(', ')})`);
  const root = join(home, release);
  const there = existsSync(root) ? versions(root) : undefined;
  if (there && wanted.test(there.nginx)) return { ...there, made: false };
  if (process.getuid?.() !== 0) throw new Error('only root can make it (chroot, mmdebstrap --mode=root)');
  if (run('mmdebstrap', ['--version']).error) throw new Error('mmdebstrap is missing: apt-get install mmdebstrap');
  make(release);
  const now = versions(root);
  if (!now) throw new Error(`the programs in ${root} do not run`);
  return { ...now, made: true };
}

/** The newest gunicorn from PyPI, in a virtual environment of its own; Debian's is the other one that is asked. */
function ensureServers() {
  const python = join(home, 'servers/bin/python');
  const ask = () => run(python, ['-c', 'import gunicorn; print(gunicorn.__version__)']).stdout?.trim();
  const there = ask();
  if (there) return { version: there, made: false };
  must('python3 -m venv', run('python3', ['-m', 'venv', '--clear', join(home, 'servers')]));
  must('pip install gunicorn', run(python, ['-m', 'pip', 'install', '--quiet', 'gunicorn']));
  return { version: ask(), made: true };
}

mkdirSync(home, { recursive: true });
let failed = 0;
if (asked.length === 0 || asked.includes('servers')) {
  // Without the network there is none, and its cases are left out with a word.
  try {
    const { version, made } = ensureServers();
    console.log(`servers: gunicorn ${version}, ${made ? 'made' : 'there'} (${join(home, 'servers')})`);
  } catch (error) {
    console.error(`servers: no oracle. ${error instanceof Error ? error.message : error}`);
  }
}
for (const release of asked.length > 0 ? asked.filter((it) => it !== 'servers') : Object.keys(RELEASES)) {
  const started = Date.now();
  try {
    const { nginx, systemd, made } = ensure(release);
    const how = made ? `made in ${Math.round((Date.now() - started) / 1000)} s` : 'there';
    console.log(`${release}: nginx ${nginx}, systemd ${systemd}, ${how} (${join(home, release)})`);
  } catch (error) {
    failed++;
    console.error(`${release}: no oracle. ${error instanceof Error ? error.message : error}`);
  }
}
process.exit(failed > 0 ? 1 : 0);
