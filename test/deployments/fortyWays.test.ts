/** Each way in which a deployment fails is found where it is written, and the tree in order is silent. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { findings, grammars, load } from '../fixture/deployment.js';
import { readFixture } from '../fixture/reader.js';
import { TREES } from './trees.js';

interface Way {
  readonly way: string;
  readonly tree: string;
  readonly edits: readonly (readonly [string, string])[];
  /** Severity, rule and the text that it speaks of. */
  readonly says: string;
}

/** The cases of a file; its first paragraph says how they are written. */
function waysIn(name: string): Way[] {
  const paragraphs = readFileSync(new URL(name, import.meta.url), 'utf8').split('\n\n');
  return paragraphs.slice(1).map((text): Way => {
    const [way = '', tree = '', ...lines] = text.trimEnd().split('\n');
    const edits = lines.slice(0, -1).map((it): [string, string] => {
      const [from = '', to = ''] = it.replaceAll('\\n', '\n').slice(2).split(/ => ?/);
      return [from, to];
    });
    return { way, tree: TREES[tree.replace('  in ', '')]!, edits, says: lines.at(-1)!.replace('  says ', '') };
  });
}

const WAYS = waysIn('fortyWays.txt');

beforeAll(grammars);

function said(source: string): string[] {
  const tree = readFixture(source);
  return findings(load(tree)).map(({ shown: { file, range, severity, code } }) => {
    const line = tree.files.find((it) => `/${it.path}` === file)?.text.split('\n')[range.start.line] ?? '';
    const end = range.end.line > range.start.line ? undefined : range.end.character;
    return `${severity} ${code} at ${line.slice(range.start.character, end)}`;
  });
}

function broken({ tree, edits }: Way): string {
  return edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  }, tree);
}

describe('40 ways a deployment fails', () => {
  it.each([...WAYS, ...waysIn('theJoin.txt')])('$way', (way) => {
    const all = said(broken(way));
    expect(all, all.join('\n')).toContain(way.says);
  });

  it.each(Object.entries(TREES))('nothing is wrong with %s', (_, tree) => {
    expect(said(tree).filter((it) => /^(?:error|warning)/.test(it))).toEqual([]);
  });

  it('leaves out none that files can show', () => {
    const seen = new Set(WAYS.map(({ way }) => Number.parseInt(way, 10)));
    const all = Array.from({ length: 40 }, (_, at) => at + 1);
    expect(all.filter((way) => !seen.has(way))).toEqual([23]);
  });
});
