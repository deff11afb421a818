// Regenerates the parsers and their .wasm from the grammars, and runs the corpora: `npm run grammars`.
// Needs the tree-sitter CLI, clang, wasm-ld and wasi-libc; nobody else does, since what they make is committed.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprints, grammarFolder, grammarNames, toolchain } from './grammarsStale.mjs';

const { treeSitter, clang } = toolchain();
if (!treeSitter || !clang) {
  console.error(
    `${treeSitter ? 'clang' : 'the tree-sitter CLI'} is missing: see CONTRIBUTING.md, "A grammar construct"`,
  );
  process.exit(2);
}

// web-tree-sitter loads position-independent side modules; wasi-libc's headers are all that the scanners need of a C library.
const COMPILE = [
  '--target=wasm32-unknown-emscripten',
  '-isystem',
  '/usr/include/wasm32-wasi',
  '-O2',
  '-fPIC',
  '-fvisibility=hidden',
  '-I',
  'src',
];
const LINK = ['-shared', '--experimental-pic', '--no-entry', '--allow-undefined', '--strip-all'];

for (const name of grammarNames) {
  const cwd = grammarFolder(name);
  const run = (command, args) => execFileSync(command, args, { cwd, stdio: 'inherit' });
  run(treeSitter, ['generate', '--abi', '15']);
  for (const part of ['parser', 'scanner'])
    run('clang', [...COMPILE, '-c', `src/${part}.c`, '-o', `/tmp/${name}-${part}.o`]);
  run('wasm-ld', [
    ...LINK,
    `--export=tree_sitter_${name}`,
    `/tmp/${name}-parser.o`,
    `/tmp/${name}-scanner.o`,
    '-o',
    `tree-sitter-${name}.wasm`,
  ]);
  run(treeSitter, ['test']);
  const version = (command, args) => execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0].trim();
  const lines = [
    `tree-sitter: ${version(treeSitter, ['--version'])}`,
    'abi: 15',
    `clang: ${version('clang', ['--version'])}`,
    ...Object.entries(fingerprints(name)).map(([file, hash]) => `sha256 ${file}: ${hash}`),
  ];
  writeFileSync(join(cwd, 'parser.info'), `${lines.join('\n')}\n`);
}
