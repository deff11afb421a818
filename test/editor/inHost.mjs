// The Mocha suites inside the extension host of VS Code's server. Returns their report.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packTester } from './bundle.mjs';
import { copyOfSeed } from './host/seed.mjs';
import { temporaryFolder } from './host/temporary.mjs';
import { openPage, startVsCode } from './host/vscode.mjs';

const LONGEST = 180_000;

/**
 * Runs all tests, or those whose title has `only` in it. Throws, with the server's log, when the suites do not come to an end.
 */
export async function runInHost({ vsix, screenshots, only = '' }) {
  const tester = await packTester();
  const seed = copyOfSeed();
  const results = temporaryFolder('report');
  const report = join(results.folder, 'report.json');
  let code;
  try {
    code = await startVsCode({ vsixes: [vsix, tester], env: { THROUGHLINE_REPORT: report, THROUGHLINE_ONLY: only } });
    const { page, close } = await openPage(code.url(seed.folder));
    try {
      const end = Date.now() + LONGEST;
      while (!existsSync(report)) {
        if (Date.now() > end) throw new Error(`the suites have written no report\n${code.log()}`);
        await page.waitForTimeout(100);
      }
      return JSON.parse(readFileSync(report, 'utf8'));
    } finally {
      await page.screenshot({ path: join(screenshots, 'suites-end.png') });
      await close();
    }
  } finally {
    code?.stop();
    seed.remove();
    results.remove();
  }
}
