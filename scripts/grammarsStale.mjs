// Whether what is committed of the grammars still follows from their sources.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const grammarNames = ['nginx', 'systemd'];

export function grammarFolder(name) {
  return fileURLToPath(new URL(`../server/grammars/${name}`, import.meta.url));
}

/** The tools, as paths or names that can be run; undefined where one is missing. */
export function toolchain() {
  const candidates = [
    process.env.TREE_SITTER,
    'tree-sitter',
    '/opt/tree-sitter/bin/tree-sitter',
    join(homedir(), '.cargo/bin/tree-sitter'),
  ];
  const works = (command) => command && spawnSync(command, ['--version']).status === 0;
  return { treeSitter: candidates.find(works), clang: works('clang') && works('wasm-ld') ? 'clang' : undefined };
}

/** SHA-256 of what the grammar is made from and of what is made from it. */
export function fingerprints(name) {
  const files = ['grammar.js', 'src/scanner.c', 'src/parser.c', `tree-sitter-${name}.wasm`];
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(grammarFolder(name), file)))
        .digest('hex'),
    ]),
  );
}

/** Messages about what is stale; empty if nothing is. With the CLI at hand the parser is generated anew and compared. */
export function staleGrammars() {
  const stale = [];
  const { treeSitter } = toolchain();
  for (const name of grammarNames) {
    const info = join(grammarFolder(name), 'parser.info');
    const recorded = existsSync(info) ? readFileSync(info, 'utf8') : '';
    for (const [file, hash] of Object.entries(fingerprints(name))) {
      if (!recorded.includes(`sha256 ${file}: ${hash}`))
        stale.push(`server/grammars/${name}/${file} is not what parser.info was made from. Run: npm run grammars`);
    }
    if (treeSitter && !generatesTheSame(treeSitter, name))
      stale.push(`server/grammars/${name}/src/parser.c is stale. Run: npm run grammars`);
  }
  return stale;
}

function generatesTheSame(treeSitter, name) {
  const copy = mkdtempSync(join(tmpdir(), 'throughline-grammar-'));
  try {
    cpSync(grammarFolder(name), copy, { recursive: true });
    // grammar.js is an ES module because the server's package is one; the copy must say so itself.
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
    execFileSync(treeSitter, ['generate', '--abi', '15'], { cwd: copy, stdio: 'ignore' });
    const read = (folder) => readFileSync(join(folder, 'src/parser.c'), 'utf8');
    return read(copy) === read(grammarFolder(name));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
