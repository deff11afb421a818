/** The test-only extension: runs the suites once VS Code has started and writes what came of them to a file. */
import { writeFileSync } from 'node:fs';
import { runSuites } from '../suite/run.js';

export async function activate(): Promise<void> {
  const report = process.env.THROUGHLINE_REPORT;
  if (!report) return;
  try {
    writeFileSync(report, JSON.stringify(await runSuites(process.env.THROUGHLINE_ONLY)));
  } catch (error) {
    writeFileSync(report, JSON.stringify({ error: String((error as Error).stack ?? error), tests: [] }));
  }
}
