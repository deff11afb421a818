// The Mocha suites inside the extension host of VS Code's server. Returns their report.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packTester } from './bundle.mjs';
import { copyOfSeed } from './host/seed.mjs';
import { openPage, startVsCode } from './host/vscode.mjs';

const LONGEST = 180_000;

export async function runInHost({ vsix, screenshots }) {
  const folder = copyOfSeed();
  const results = mkdtempSync(join(tmpdir(), 'throughline-report-'));
  const report = join(results, 'report.json');
  const code = await startVsCode({ vsixes: [vsix, await packTester()], env: { THROUGHLINE_REPORT: report } });
  const { page, close } = await openPage(code.url(folder));
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
    code.stop();
    for (const it of [folder, results]) rmSync(it, { recursive: true, force: true });
  }
}
