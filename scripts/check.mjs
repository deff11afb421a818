// Types, lint, house rules and stale files: `npm run check`. Seconds, so that nothing is checked only in CI.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const bin = (name) => join(root, 'node_modules/.bin', name);

const steps = [
  ['types of the server', bin('tsc'), ['-p', 'server/tsconfig.json']],
  ['types of the client', bin('tsc'), ['-p', 'client/tsconfig.json']],
  ['types of the tests', bin('tsc'), ['-p', 'test/tsconfig.json']],
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  [
    'layers, doors, cycles, sizes, stale files',
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--silent', '--reporter=dot', 'test/house'],
  ],
];

const failed = [];
for (const [what, command, args] of steps) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, THROUGHLINE_BUILT: '1' },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${what} (${seconds} s)`);
  if (status === 0) continue;
  failed.push(what);
  console.log(`${stdout}${stderr}`);
}
process.exit(failed.length > 0 ? 1 : 0);
