// A copy of the example deployment that a test may change.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary.mjs';

const SEED = join(import.meta.dirname, '../../../examples/seed');

/** Returns the copy's path and what takes it away. Its last part is always the same: it is seen in screenshots. */
export function copyOfSeed() {
  const { folder: parent, remove } = temporaryFolder('seed');
  const folder = join(parent, 'seed');
  cpSync(SEED, folder, { recursive: true, verbatimSymlinks: true });
  return { folder, remove };
}
