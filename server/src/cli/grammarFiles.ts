/** Finds the grammars beside the bundle, or in the source tree when run from there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GrammarBytes } from '../syntax/parsers.js';

/** Reads the three .wasm files from `directory`, where the build puts them. Throws when one is missing. */
export function readGrammars(directory: string): GrammarBytes {
  const read = (name: string): Uint8Array => {
    const path = join(directory, name);
    if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run build"`);
    return readFileSync(path);
  };
  return {
    runtime: read('web-tree-sitter.wasm'),
    nginx: read('tree-sitter-nginx.wasm'),
    systemd: read('tree-sitter-systemd.wasm'),
  };
}
