/** Each way in which a deployment fails is found where it is written, and the tree in order is silent. */
import { beforeAll, describe, expect, it } from 'vitest';
import { findings, grammars, load } from '../fixture/deployment.js';
import { readFixture } from '../fixture/reader.js';
import { SITE, WAYS } from './fortyWays.js';

beforeAll(grammars);

/** What is said of a tree: severity, rule, and the text that it speaks of. */
function said(source: string): string[] {
  const tree = readFixture(source);
  return findings(load(tree)).map(({ shown: { file, range, severity, code } }) => {
    const line = tree.files.find((it) => `/${it.path}` === file)?.text.split('\n')[range.start.line] ?? '';
    return `${severity} ${code} at ${line.slice(range.start.character, range.end.line > range.start.line ? undefined : range.end.character)}`;
  });
}

const broken = (source: string, edits: readonly (readonly [string, string])[]): string =>
  edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the tree does not hold ${from}`);
    return text.replace(from, () => to);
  }, source);

describe('40 ways a deployment fails', () => {
  it.each([...WAYS])('$way: $what', ({ of = SITE, breaks, says, at }) => {
    const all = said(broken(of, breaks));
    expect(all, all.join('\n')).toContain(`${says} at ${at}`);
  });

  it('says nothing that is a warning of a tree in order', () => {
    const trees = [...new Set(WAYS.map(({ of = SITE }) => of))];
    expect(trees.map((it) => said(it).filter((line) => !/^(hint|information)/.test(line)))).toEqual(
      trees.map(() => []),
    );
  });

  it('leaves none out', () => {
    const seen = new Set(WAYS.map(({ way }) => Number.parseInt(way, 10)));
    expect(Array.from({ length: 40 }, (_, at) => at + 1).filter((way) => !seen.has(way))).toEqual([23, 30, 32]);
  });
});
