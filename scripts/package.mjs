#!/usr/bin/env node
// Writes throughline.vsix in the repository's root: a minified build, and of the rest only what .vscodeignore names.

import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { build } from './build.mjs';

const root = join(import.meta.dirname, '..');
const vsix = join(root, 'throughline.vsix');
const limit = 4 * 1024 * 1024;

// What an earlier build left behind must not be shipped.
for (const directory of ['client/dist', 'server/dist']) rmSync(join(root, directory), { recursive: true, force: true });
await build({ minify: true });

const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
const missing = required().filter((file) => !files.includes(file));
if (missing.length > 0) throw new Error(`.vscodeignore leaves out, or nothing has written: ${missing.join(', ')}`);

await createVSIX({
  cwd: root,
  packagePath: vsix,
  dependencies: false, // all of them are in the bundles
  allowMissingRepository: true,
  rewriteRelativeLinks: false, // there is no public repository yet to point them at
});
const { size } = statSync(vsix);
console.log(`throughline.vsix: ${files.length} files, ${(size / 1024).toFixed(0)} KiB of ${limit / 1024} KiB`);
if (size > limit) throw new Error('throughline.vsix is larger than 4 MB: npx vsce ls --tree shows what is in it');

/** What the manifest points at and what the server loads at run time. */
function required() {
  const { main, icon, contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const paths = [
    main,
    icon,
    ...contributes.languages.map(({ configuration }) => configuration),
    ...contributes.grammars.map(({ path }) => path),
    ...contributes.snippets.map(({ path }) => path),
    ...readdirSync(join(root, 'server/dist'))
      .filter((file) => !file.endsWith('.map'))
      .map((file) => `server/dist/${file}`),
    'LICENSE',
    ...['README.md', 'CHANGELOG.md'].filter((file) => existsSync(join(root, file))),
  ];
  return paths.map((path) => path.replace(/^\.\//, ''));
}
