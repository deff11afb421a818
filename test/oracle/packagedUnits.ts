/**
 * The units of the Debian packages in packages.txt. Packages are kept in a cache folder; in CI they are fetched into it,
 * elsewhere only what is there is used (`FETCH_DEBS=1` fetches). `DEBS=folder`: all packages in that folder instead.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PackagedUnit {
  readonly package: string;
  readonly name: string;
  readonly text: string;
}

const CACHE = process.env.DEBS ?? '/var/cache/throughline-oracles/debs';
const ONLY_LISTED = process.env.DEBS === undefined;
const NAMES = readFileSync(new URL('packages.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const FOLDERS = ['lib/systemd/system', 'usr/lib/systemd/system', 'etc/systemd/system'];

/** Every unit file of the packages that are at hand; drop-ins, links and folders are left out. */
export function packagedUnits(): PackagedUnit[] {
  if (ONLY_LISTED && (process.env.CI || process.env.FETCH_DEBS)) fetchMissing();
  return debs().flatMap((deb) => unitsOf(deb));
}

function debs(): string[] {
  return existsSync(CACHE) ? readdirSync(CACHE).filter((it) => it.endsWith('.deb')) : [];
}

function fetchMissing(): void {
  mkdirSync(CACHE, { recursive: true });
  const there = new Set(debs().map((it) => it.split('_')[0]));
  const missing = NAMES.filter((it) => !there.has(it));
  if (missing.length > 0) spawnSync('apt-get', ['download', ...missing], { cwd: CACHE });
}

function unitsOf(deb: string): PackagedUnit[] {
  const name = deb.split('_')[0]!;
  if (ONLY_LISTED && !NAMES.includes(name)) return [];
  const folder = mkdtempSync(join(tmpdir(), 'throughline-deb-'));
  try {
    spawnSync('dpkg-deb', ['-x', join(CACHE, deb), folder]);
    return FOLDERS.filter((it) => existsSync(join(folder, it))).flatMap((it) =>
      readdirSync(join(folder, it), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => ({
          package: name,
          name: entry.name,
          text: readFileSync(join(folder, it, entry.name), 'utf8'),
        })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
