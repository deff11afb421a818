// Everything that proves the product: `npm test`. Builds, runs the suites, then VS Code itself; ends with one line that counts.
// Arguments go to vitest (`npm test -- --update`, `npm test -- test/rules`); with a path VS Code is left out.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';

const root = new URL('..', import.meta.url).pathname;
const results = join(root, 'test-results');
const args = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

function run(command, commandArgs, options = {}) {
  return spawnSync(command, commandArgs, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, THROUGHLINE_BUILT: '1' },
    ...options,
  });
}

function add({ passed, failed, skipped }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

/** vitest's own report says what ran; a run that ended without one has failed. */
function vitest() {
  const report = join(results, 'vitest.json');
  rmSync(report, { force: true });
  const update = args.includes('--update');
  if (update && process.env.CI) throw new Error('CI never rewrites what is expected');
  const paths = args.filter((it) => it !== '--update');
  const { status } = run(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...paths,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      env: { ...process.env, THROUGHLINE_BUILT: '1', ...(update && { UPDATE: '1' }) },
    },
  );
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A suite that could not be loaded has no tests that fail.
  const failed = Math.max(numFailedTests, status === 0 ? 0 : 1, numFailedTests === 0 ? numFailedTestSuites : 0);
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}

/** The run in VS Code prints the same closing line as this script. */
function editor() {
  const { status, stdout } = run(process.execPath, [join(root, 'test/editor/run.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  process.stdout.write(stdout);
  const counts = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(stdout);
  if (!counts) return { passed: 0, failed: 1, skipped: 0 };
  const failed = Number(counts[2]);
  return {
    passed: Number(counts[1]),
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: Number(counts[3] ?? 0),
  };
}

mkdirSync(results, { recursive: true });
await build();
add(vitest());
if (args.every((it) => it.startsWith('-'))) add(editor());
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);
