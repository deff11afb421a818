// A copy of the example deployment that a test may change.
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function copyOfSeed() {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-seed-'));
  cpSync(new URL('../../../examples/seed', import.meta.url).pathname, folder, {
    recursive: true,
    verbatimSymlinks: true,
  });
  return folder;
}
