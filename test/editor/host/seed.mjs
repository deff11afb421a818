// A copy of the example deployment that a test may change.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SEED = join(import.meta.dirname, '../../../examples/seed');

/** Returns the copy's path and what takes it away. Its last part is always the same: it is seen in screenshots. */
export function copyOfSeed() {
  const parent = mkdtempSync(join(tmpdir(), 'throughline-'));
  const folder = join(parent, 'seed');
  cpSync(SEED, folder, { recursive: true, verbatimSymlinks: true });
  return { folder, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
