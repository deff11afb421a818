/** The units of the Debian packages in packages.txt, as far as they are at hand. `DEBS=folder`: all packages in that folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpacked } from './debs.js';

export interface PackagedUnit {
  readonly package: string;
  readonly name: string;
  readonly text: string;
}

const NAMES = readFileSync(new URL('packages.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const FOLDERS = ['lib/systemd/system', 'usr/lib/systemd/system', 'etc/systemd/system'];

/** Every unit file of the packages that are at hand; drop-ins, links and folders are left out. */
export function packagedUnits(): PackagedUnit[] {
  return unpacked(process.env.DEBS === undefined ? NAMES : 'all', (name, folder) =>
    FOLDERS.filter((it) => existsSync(join(folder, it))).flatMap((it) =>
      readdirSync(join(folder, it), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => ({
          package: name,
          name: entry.name,
          text: readFileSync(join(folder, it, entry.name), 'utf8'),
        })),
    ),
  );
}
