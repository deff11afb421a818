// The same suites in desktop VS Code, on machines that can download it: `npm run test:desktop`.
// VSCODE_EXECUTABLE_PATH names an installed one instead.
import { runTests } from '@vscode/test-electron';
import { bundleSuites } from './bundle.mjs';
import { copyOfSeed } from './host/seed.mjs';

const root = new URL('../..', import.meta.url).pathname;
await runTests({
  ...(process.env.VSCODE_EXECUTABLE_PATH && { vscodeExecutablePath: process.env.VSCODE_EXECUTABLE_PATH }),
  extensionDevelopmentPath: root,
  extensionTestsPath: await bundleSuites(),
  launchArgs: [copyOfSeed(), '--disable-extensions', '--disable-workspace-trust'],
});
