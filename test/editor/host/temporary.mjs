// Folders that are gone when the run is, however it ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const standing = new Set();
process.on('exit', () => {
  for (const remove of standing) remove();
});
// A signal alone would end the process without the event above.
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }))
  process.once(signal, () => process.exit(128 + number));

/** A new empty folder below the system's temporary one, and what removes it. `before` runs first, whoever removes it. */
export function temporaryFolder(name, before = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), `throughline-${name}-`));
  const remove = () => {
    standing.delete(remove);
    before();
    // Processes that were ended a moment ago may still write.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  standing.add(remove);
  return { folder, remove };
}
