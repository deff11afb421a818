#!/usr/bin/env node
// Bundles the extension, the language server and the command line, and lays the data that they load at run time
// beside the server bundle. Usage: node scripts/build.mjs [--minify]

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { nginxDocs } from './gen-catalog.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const serverDist = join(root, 'server/dist');

/**
 * What is bundled. `.cjs`, because client/ and server/ are ES modules for their sources, while the extension host
 * and the forked server load CommonJS. `without` names packages that must not be in a bundle: each costs start-up time.
 */
const bundles = [
  {
    entry: 'client/src/extension.ts',
    outfile: 'client/dist/extension.cjs',
    external: ['vscode', './main.cjs'],
    without: ['vscode-languageclient'],
  },
  { entry: 'client/src/main.ts', outfile: 'client/dist/main.cjs', external: ['vscode'], without: [] },
  {
    entry: 'server/src/lsp/node.ts',
    outfile: 'server/dist/server.cjs',
    external: [],
    without: ['@nginx/reference-lib'],
  },
  {
    entry: 'server/src/cli/main.ts',
    outfile: 'server/dist/cli.cjs',
    external: ['./server.cjs'],
    without: ['@nginx/reference-lib', 'vscode-languageserver', 'vscode-languageserver-protocol', 'vscode-jsonrpc'],
  },
];

/** Builds everything into client/dist and server/dist. Returns the files written, relative to the repository. */
export async function build({ minify = false } = {}) {
  for (const directory of ['client/dist', 'server/dist']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  // All are waited for, so that a mistake in one leaves the others usable.
  const results = await Promise.allSettled([writeData(), ...bundles.map((bundle) => writeBundle(bundle, minify))]);
  const failure = results.find(({ status }) => status === 'rejected');
  if (failure) throw failure.reason;
  return [...bundles.map(({ outfile }) => outfile), ...results[0].value];
}

/** V8 reads a table several times faster from a string by JSON.parse than as an object literal of the program. */
const jsonByParse = {
  name: 'json-by-parse',
  setup(build) {
    build.onLoad({ filter: /\/server\/catalog\/[^/]+\.json$/ }, ({ path }) => {
      const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
      return { contents: `export default JSON.parse(${JSON.stringify(text)})`, loader: 'js' };
    });
  },
};

async function writeBundle({ entry, outfile, external, without }, minify) {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external,
    minify,
    // A linked map lets breakpoints bind in development; the package ships none, so nothing must point to one.
    sourcemap: minify ? 'external' : 'linked',
    metafile: true,
    plugins: [jsonByParse],
    logLevel: 'warning',
    // Its ES module asks for import.meta.url, which a CommonJS bundle does not have; its CommonJS twin does not.
    alias: { 'web-tree-sitter': join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
  });
  for (const input of Object.keys(metafile.inputs)) {
    const stranger = without.find((name) => input.startsWith(`node_modules/${name}/`));
    if (stranger) throw new Error(`${outfile} must not contain ${stranger}, but ${entry} leads to ${input}`);
  }
}

/** Copies the WebAssembly that the server loads, and writes the documentation texts as JSON that is read on first use. */
async function writeData() {
  const written = [];
  const wasm = [
    'node_modules/web-tree-sitter/web-tree-sitter.wasm',
    ...readdirSync(join(root, 'server/grammars'), { recursive: true })
      .filter((file) => /^[^/]+\/tree-sitter-[^/]+\.wasm$/.test(file.replaceAll('\\', '/')))
      .map((file) => `server/grammars/${file}`),
  ];
  for (const file of wasm) {
    copyFileSync(join(root, file), join(serverDist, basename(file)));
    written.push(`server/dist/${basename(file)}`);
  }
  copyFileSync(join(root, 'server/catalog/systemd-docs.json'), join(serverDist, 'systemd-docs.json'));
  written.push('server/dist/systemd-docs.json');
  writeFileSync(join(serverDist, 'nginx-docs.json'), JSON.stringify(nginxDocs()));
  written.push('server/dist/nginx-docs.json');
  return written;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = performance.now();
  try {
    const files = await build({ minify: process.argv.includes('--minify') });
    console.log(`${files.join('\n')}\nbuilt in ${Math.round(performance.now() - started)} ms`);
  } catch (error) {
    // esbuild has shown its errors in full already.
    console.error(error.errors ? 'not built' : error);
    process.exitCode = 1;
  }
}
