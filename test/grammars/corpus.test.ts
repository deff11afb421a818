/** The grammars' corpora through the committed .wasm: what users load, without the tree-sitter CLI. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Language, Parser } from 'web-tree-sitter';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly tree: string;
}

/** tree-sitter's corpus format: a title between rules of `=`, the text, a rule of `-`, the tree. */
function readCorpus(source: string): Case[] {
  const cases: Case[] = [];
  const heading = /^={3,}\n(.+)\n={3,}\n/gm;
  const heads = [...source.matchAll(heading)];
  heads.forEach((head, i) => {
    const body = source.slice(head.index + head[0].length, heads[i + 1]?.index ?? source.length);
    const rule = body.search(/^---$/m);
    // The blank lines around the text belong to the format.
    const text = body.slice(1, Math.max(1, rule - 1));
    const tree = body
      .slice(rule + 3)
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/ \)/g, ')');
    cases.push({ name: head[1]!, text, tree });
  });
  return cases;
}

const root = new URL('../..', import.meta.url).pathname;

describe.each(['nginx', 'systemd'])('%s', (name) => {
  const folder = `${root}server/grammars/${name}`;
  const parser = { current: undefined as Parser | undefined };

  beforeAll(async () => {
    await Parser.init();
    parser.current = new Parser();
    parser.current.setLanguage(await Language.load(readFileSync(`${folder}/tree-sitter-${name}.wasm`)));
  });

  const cases = readdirSync(`${folder}/test/corpus`).flatMap((file) =>
    readCorpus(readFileSync(`${folder}/test/corpus/${file}`, 'utf8')),
  );

  it('has a corpus', () => expect(cases.length).toBeGreaterThan(10));

  it.each(cases.map((it) => [it.name, it] as const))('%s', (_, { text, tree }) => {
    const parsed = parser.current!.parse(text)!;
    // The corpus names no fields.
    expect(parsed.rootNode.toString().replace(/\b\w+: /g, '')).toBe(tree);
    expect(parsed.rootNode.hasError).toBe(false);
    parsed.delete();
  });
});
