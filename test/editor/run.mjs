// VS Code itself: installs its server if need be, packs the extension, runs the suites inside and drives the page; ends
// with one line that counts. Usage: node test/editor/run.mjs [--keep]
// --keep copies the README's pictures to docs/images.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installHost } from './host/install.mjs';
import { CHROMIUM } from './host/vscode.mjs';
import { runInHost } from './inHost.mjs';
import { runPage } from './page.mjs';

const root = join(import.meta.dirname, '../..');
const vsix = join(root, 'throughline.vsix');
const screenshots = join(root, 'test-results/screenshots');
const PICTURES = ['problems', 'quick-fix', 'hover', 'lenses-nginx', 'explain'];
/** The end of the title of the test that measures time. */
const MEASURED = 'within 300 ms of activation';
const SIGNS = { passed: 'ok    ', failed: 'FAILED', pending: 'skipped' };
const counts = { passed: 0, failed: 0, pending: 0 };

function show({ title, state, error }) {
  counts[state]++;
  console.log(`${SIGNS[state]} ${title}${error ? `\n${error}` : ''}`);
}

function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.pending} skipped`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

/** Runs a part of the whole; one that ends with an exception has failed, and the others go on. */
async function part(title, run) {
  try {
    await run();
    return true;
  } catch (error) {
    show({ title, state: 'failed', error: error.stack });
    return false;
  }
}

/** What cannot be had on this machine is skipped on a laptop and fails in CI. */
function unavailable(reason) {
  show({ title: `VS Code was not run: ${reason}`, state: process.env.CI ? 'failed' : 'pending' });
  finish();
}

async function suites() {
  const { tests, figures = {}, error } = await runInHost({ vsix, screenshots });
  for (const test of tests) show(test.title.endsWith(MEASURED) ? await inQuiet(test, figures) : test);
  if (error) show({ title: 'the suites', state: 'failed', error });
  for (const [name, value] of Object.entries(figures)) console.log(`       ${name}: ${value.toFixed(0)}`);
  writeFileSync(join(root, 'test-results/editor.json'), JSON.stringify({ tests, figures }, undefined, 2));
}

/** A measurement, taken again if it has failed: what else a machine does makes times longer, never shorter. */
async function inQuiet(test, figures) {
  let last = test;
  for (let again = 0; last.state === 'failed' && again < 2; again++) {
    console.log(`       again in a new window: ${last.title}: ${last.error.split('\n')[0]}`);
    const report = await runInHost({ vsix, screenshots, only: MEASURED });
    last = report.tests.find((it) => it.title === test.title) ?? last;
    Object.assign(figures, report.figures);
  }
  return last;
}

async function page() {
  for (const result of await runPage({ vsix, screenshots })) show({ ...result, title: `a person ${result.title}` });
}

// Those of an earlier run would pass for this one's.
rmSync(screenshots, { recursive: true, force: true });
mkdirSync(screenshots, { recursive: true });
if (spawnSync(CHROMIUM, ['--version']).status !== 0) unavailable(`${CHROMIUM} is missing (apt-get install chromium)`);
try {
  installHost();
} catch (error) {
  unavailable(`its server could not be installed: ${error.message}`);
}
const packed = await part('packing the extension', () =>
  execFileSync(process.execPath, [join(root, 'scripts/package.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] }),
);
if (packed) {
  await part('the suites in the extension host', suites);
  await part('the page', page);
}
if (process.argv.includes('--keep') && counts.failed === 0) {
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  for (const name of PICTURES) copyFileSync(join(screenshots, `${name}.png`), join(root, `docs/images/${name}.png`));
}
finish();
