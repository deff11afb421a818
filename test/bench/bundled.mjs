// Our own sources, for benches that look below the command line and the server.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

export const top = new URL('../..', import.meta.url).pathname;

/** What `contents`, a module in TypeScript that stands at the top of the repository, exports; `name` is that of a file beside which nobody else writes. */
export async function bundled(name, contents) {
  const outfile = join(top, `node_modules/.cache-${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: top, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    define: { 'import.meta.url': JSON.stringify(new URL('test/fixture/deployment.ts', `file://${top}`).href) },
    outfile,
    logLevel: 'error',
  });
  const exported = await import(outfile);
  rmSync(outfile);
  return exported;
}
