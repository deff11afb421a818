/** Finds the grammars beside the bundle. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes of tree-sitter's runtime and of the grammars. */
export interface GrammarFiles {
  readonly runtime: Uint8Array;
  readonly nginx: Uint8Array;
  readonly systemd: Uint8Array;
  readonly python: Uint8Array;
}

/** Reads the .wasm files from `directory`, where the build puts them. Throws when one is missing. */
export function readGrammars(directory: string): GrammarFiles {
  const read = (name: string): Uint8Array => {
    const path = join(directory, name);
    if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run build"`);
    return readFileSync(path);
  };
  return {
    runtime: read('web-tree-sitter.wasm'),
    nginx: read('tree-sitter-nginx.wasm'),
    systemd: read('tree-sitter-systemd.wasm'),
    python: read('tree-sitter-python.wasm'),
  };
}
