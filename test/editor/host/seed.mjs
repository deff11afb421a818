// Copies of deployments that a test may change.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary.mjs';

const SEED = join(import.meta.dirname, '../../../examples/seed');
const SHOP = join(import.meta.dirname, '../shop');

/** The example that the README begins with, with two faults. */
export const copyOfSeed = () => copyOf(SEED, 'seed');

/** A site from nginx to the Python module, with a timer, and with a socket that nginx may not open. */
export const copyOfShop = () => copyOf(SHOP, 'shop');

/** Returns the copy's path and what takes it away. Its last part is always the same: it is seen in screenshots. */
function copyOf(original, name) {
  const { folder: parent, remove } = temporaryFolder(name);
  const folder = join(parent, name);
  cpSync(original, folder, { recursive: true, verbatimSymlinks: true });
  return { folder, remove };
}
