/**
 * Debian packages in a cache folder; in CI what is missing is fetched into it, elsewhere only what is there is used
 * (`FETCH_DEBS=1` fetches).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CACHE = process.env.DEBS ?? '/var/cache/throughline-oracles/debs';

/** The packages among these, or all, that are at hand, unpacked one after the other into a folder that lasts as long as `use`. */
export function unpacked<T>(
  names: readonly string[] | 'all',
  use: (name: string, folder: string) => readonly T[],
): T[] {
  if (names !== 'all' && (process.env.CI || process.env.FETCH_DEBS)) fetchMissing(names);
  return debs().flatMap((deb) => {
    const name = nameOf(deb);
    if (names !== 'all' && !names.includes(name)) return [];
    const folder = mkdtempSync(join(tmpdir(), 'throughline-deb-'));
    try {
      spawnSync('dpkg-deb', ['-x', join(CACHE, deb), folder]);
      return use(name, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

const nameOf = (deb: string) => deb.split('_')[0]!;

function debs(): string[] {
  return existsSync(CACHE) ? readdirSync(CACHE).filter((it) => it.endsWith('.deb')) : [];
}

function fetchMissing(names: readonly string[]): void {
  mkdirSync(CACHE, { recursive: true });
  const there = new Set(debs().map(nameOf));
  const missing = names.filter((it) => !there.has(it));
  if (missing.length > 0) spawnSync('apt-get', ['download', ...missing], { cwd: CACHE });
}
