// VS Code itself: installs its server if need be, runs the suites inside it and drives its page; ends with one line that counts.
// Usage: node test/editor/run.mjs [--keep]   (--keep copies the README's pictures to docs/images)
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installHost } from './host/install.mjs';
import { CHROMIUM } from './host/vscode.mjs';
import { runInHost } from './inHost.mjs';
import { runPage } from './page.mjs';

const root = new URL('../..', import.meta.url).pathname;
const screenshots = join(root, 'test-results/screenshots');
const PICTURES = ['problems', 'quick-fix', 'hover'];

function finish(counts) {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

/** What cannot be had here is skipped on a laptop and fails in CI. */
function unavailable(reason) {
  console.log(`VS Code was not run: ${reason}`);
  finish(process.env.CI ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 });
}

mkdirSync(screenshots, { recursive: true });
if (spawnSync(CHROMIUM, ['--version']).status !== 0) unavailable(`${CHROMIUM} is missing (apt-get install chromium)`);
try {
  installHost();
} catch (error) {
  unavailable(`its server could not be installed: ${error.message}`);
}

execFileSync(process.execPath, [join(root, 'scripts/package.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
const vsix = join(root, 'throughline.vsix');
const counts = { passed: 0, failed: 0, skipped: 0 };
const show = ({ title, state, error }) => {
  counts[state === 'pending' ? 'skipped' : state]++;
  console.log(
    `${state === 'passed' ? 'ok    ' : state === 'failed' ? 'FAILED' : 'skipped'} ${title}${error ? `\n${error}` : ''}`,
  );
};

for (const [what, run] of [
  [
    'the suites in the extension host',
    async () => {
      const { tests, figures = {}, error } = await runInHost({ vsix, screenshots });
      for (const test of tests) show(test);
      if (error) show({ title: 'the suites', state: 'failed', error });
      for (const [name, value] of Object.entries(figures)) console.log(`       ${name}: ${value.toFixed(0)}`);
      writeFileSync(join(root, 'test-results/editor.json'), JSON.stringify({ tests, figures }, undefined, 2));
    },
  ],
  [
    'the page',
    async () => {
      for (const result of await runPage({ vsix, screenshots })) show({ ...result, title: `a person ${result.title}` });
    },
  ],
]) {
  try {
    await run();
  } catch (error) {
    show({ title: what, state: 'failed', error: error.stack });
  }
}
if (process.argv.includes('--keep')) {
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  for (const name of PICTURES) copyFileSync(join(screenshots, `${name}.png`), join(root, `docs/images/${name}.png`));
}
finish(counts);
