// Bundles the test extension with the suites, and packs it as a VSIX.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';

const root = new URL('../..', import.meta.url).pathname;

async function bundle(entry, outfile) {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    logLevel: 'error',
  });
}

/** Returns the path of the VSIX. */
export async function packTester() {
  const tester = join(root, 'test/editor/tester');
  await bundle('test/editor/tester/main.ts', join(tester, 'dist/main.js'));
  mkdirSync(join(root, 'test-results'), { recursive: true });
  const vsix = join(root, 'test-results/tester.vsix');
  const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
  execFileSync(
    process.execPath,
    [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix],
    { cwd: tester, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return vsix;
}

/** Returns the path of the bundle that @vscode/test-electron loads. */
export async function bundleSuites() {
  const outfile = join(root, 'test-results/suites.cjs');
  await bundle('test/editor/suite/run.ts', outfile);
  return outfile;
}
