// The same suites in desktop VS Code, on machines that can download it: `npm run test:desktop`.
// VSCODE_EXECUTABLE_PATH names an installed one instead.
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from '../../scripts/build.mjs';
import { bundleSuites } from './bundle.mjs';
import { copyOfSeed } from './host/seed.mjs';

await build();
const seed = copyOfSeed();
try {
  await runTests({
    ...(process.env.VSCODE_EXECUTABLE_PATH && { vscodeExecutablePath: process.env.VSCODE_EXECUTABLE_PATH }),
    extensionDevelopmentPath: join(import.meta.dirname, '../..'),
    extensionTestsPath: await bundleSuites(),
    launchArgs: [seed.folder, '--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  seed.remove();
}
