import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar, type IRawGrammar } from 'vscode-textmate';

/** A piece of a line and the scopes that colour it, outermost first. */
export interface Token {
  readonly text: string;
  readonly scopes: readonly string[];
}

const root = join(import.meta.dirname, '../..');

/** Stands in for VS Code's own Lua grammar: knows only what decides where a Lua block ends. */
const lua: IRawGrammar = {
  scopeName: 'source.lua',
  repository: {} as IRawGrammar['repository'],
  patterns: [
    { match: '--.*$', name: 'comment.line.lua' },
    { begin: '"', end: '"', name: 'string.quoted.lua' },
    { match: '\\blocal\\b', name: 'keyword.local.lua' },
  ],
};

/** Loads the grammar `syntaxes/NAME.tmLanguage.json` into the engine that VS Code uses. */
export async function loadGrammar(name: 'nginx' | 'systemd'): Promise<IGrammar> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => {
      if (scope === 'source.lua') return lua;
      const path = join(root, `syntaxes/${scope.replace('source.', '')}.tmLanguage.json`);
      return textmate.parseRawGrammar(readFileSync(path, 'utf8'), path);
    },
  });
  const grammar = await registry.loadGrammar(`source.${name}`);
  if (!grammar) throw new Error(`no grammar for ${name}`);
  return grammar;
}

/** Cuts `text` into tokens, line by line. */
export function tokenize(grammar: IGrammar, text: string): Token[] {
  const tokens: Token[] = [];
  let state = textmate.INITIAL;
  for (const line of text.split(/\r?\n/)) {
    const result = grammar.tokenizeLine(line, state);
    for (const { startIndex, endIndex, scopes } of result.tokens) {
      tokens.push({ text: line.slice(startIndex, endIndex), scopes });
    }
    state = result.ruleStack;
  }
  return tokens;
}

/** The scopes of the one token whose text is `piece`; an error when there is none, or several with different scopes. */
export function scopesOf(grammar: IGrammar, text: string, piece: string): string {
  const found = new Set(
    tokenize(grammar, text)
      .filter((token) => token.text.trim() === piece)
      .map((token) => token.scopes.join(' ')),
  );
  if (found.size !== 1) {
    const all = tokenize(grammar, text).map((token) => `${JSON.stringify(token.text)} ${token.scopes.at(-1)}`);
    throw new Error(`${found.size} different answers for ${piece}:\n${all.join('\n')}`);
  }
  return [...found][0]!;
}
