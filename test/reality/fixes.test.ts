/**
 * What fixes promise, run for real: each repair of a deployment that fails is applied to its tree, which is run again. The
 * answer has to be the one that the deployment was made for, and no other finding may come of it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadHosts, settledSnapshot } from '../../server/src/cli/load.js';
import { DEFAULT_CHECKS, diagnostics, FindingsMemory } from '../../server/src/features/diagnostics.js';
import { type LocatedFinding, type LocatedFix, located } from '../../server/src/features/located.js';
import { shownFiles } from '../../server/src/features/shownFiles.js';
import { grammars } from '../fixture/deployment.js';
import { cases } from './kinds.js';
import { hindrance, run } from './running.js';
import { build, type Case } from './tree.js';

/** Faults of kinds of their own, each the only one in its deployment. */
const single = cases.filter((it) => it.rules.length > 0 && !it.kind.startsWith('asked'));

/** All of them with THROUGHLINE_PROBES=all; else one shape of each kind. */
const everything = process.env.THROUGHLINE_PROBES === 'all';
const picked = everything ? single : single.filter((it, i) => single.findIndex((one) => one.kind === it.kind) === i);

interface Tried {
  readonly of: string;
  readonly fix: string;
  readonly statuses: readonly (number | string)[];
  readonly left: readonly string[];
}

function findingsIn(root: string): LocatedFinding[] {
  const [loaded] = loadHosts([], { root });
  const memory = new FindingsMemory();
  return settledSnapshot(loaded!.space, (snapshot) =>
    [...shownFiles(snapshot, memory, DEFAULT_CHECKS)]
      .flatMap((it) => diagnostics(snapshot, it, memory, DEFAULT_CHECKS))
      .filter((it) => it.severity === 'error' || it.severity === 'warning')
      .flatMap((it) => located(snapshot, it) ?? []),
  );
}

function apply(root: string, fix: LocatedFix): void {
  for (const { file, text } of fix.creates) {
    mkdirSync(dirname(root + file), { recursive: true });
    writeFileSync(root + file, text);
  }
  for (const file of new Set(fix.edits.map((it) => it.file))) {
    const before = readFileSync(root + file, 'utf8');
    const starts = [0, ...[...before.matchAll(/\n/g)].map((it) => it.index + 1)];
    const offset = ({ line, character }: { line: number; character: number }) => starts[line]! + character;
    const edits = fix.edits.filter((it) => it.file === file);
    const sorted = edits.sort((a, b) => offset(b.range.start) - offset(a.range.start));
    const after = sorted.reduce(
      (text, { range, newText }) => text.slice(0, offset(range.start)) + newText + text.slice(offset(range.end)),
      before,
    );
    writeFileSync(root + file, after);
  }
}

/** The fixes of the first finding that tells the cause, each in a tree of its own. */
async function tryFixes(of: Case): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (let i = 0, most = 1; i < most; i++) {
    const root = build(of.tree);
    try {
      const told = findingsIn(root).find((it) => of.rules.includes(it.code) && it.fixes.length > 0);
      if (!told) break;
      most = told.fixes.length;
      const fix = told.fixes[i]!;
      const before = new Set(findingsIn(root).map((it) => `${it.code}: ${it.message}`));
      apply(root, fix);
      const left = findingsIn(root)
        .map((it) => `${it.code}: ${it.message}`)
        .filter((it) => !before.has(it) || it.startsWith(told.code));
      const { statuses } = await run(root, of.asks);
      tried.push({ of: `${of.kind} (${of.shape})`, fix: fix.title, statuses, left });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return tried;
}

async function tryAll(of: readonly Case[], abreast: number): Promise<Tried[]> {
  const found: Tried[] = [];
  const rest = [...of];
  const worker = async () => {
    for (let it = rest.shift(); it; it = rest.shift()) found.push(...(await tryFixes(it)));
  };
  await Promise.all(Array.from({ length: abreast }, worker));
  return found;
}

describe.skipIf(hindrance() !== undefined)('fixes of broken deployments', () => {
  beforeAll(grammars);

  it('make them work', { timeout: 600_000 }, async () => {
    const tried = await tryAll(
      picked.filter((it) => (it.needs ?? []).every((path) => existsSync(path))),
      4,
    );
    const text = ({ of, fix, statuses, left }: Tried) => `${of}: "${fix}" ${statuses.join(' ')} ${left.join('; ')}`;
    const mends = ({ statuses, left }: Tried) => statuses.every((it) => it === 200) && left.length === 0;
    console.log(tried.map(text).sort().join('\n'));
    expect(tried.filter((it) => !mends(it)).map(text)).toEqual([]);
    expect(tried.length).toBeGreaterThan(20);
  });
});
