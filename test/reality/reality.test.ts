/**
 * Deployments in scratch trees, run for real: nginx under its own user, services under theirs, in private mounts and a
 * network of their own. What came is compared with what `explain` predicted and with what the rules said.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadHosts, settledSnapshot } from '../../server/src/cli/load.js';
import { DEFAULT_CHECKS, diagnostics, FindingsMemory, filesToCheck } from '../../server/src/features/diagnostics.js';
import { type Explanation, explain } from '../../server/src/features/explain/explain.js';
import { type LocatedFinding, located } from '../../server/src/features/located.js';
import { grammars } from '../fixture/deployment.js';
import { agrees, severalAtATime, urlOf } from './judging.js';
import { cases } from './kinds.js';
import { hindrance, run } from './running.js';
import { type Asked, build, type Case } from './tree.js';

interface Answered {
  readonly asked: Asked;
  /** A status, or `refused` or `tls` where no request could be made. */
  readonly got: number | string | undefined;
  readonly predicted: Explanation['answer'] | undefined;
}

interface Outcome {
  readonly of: Case;
  readonly answered: readonly Answered[];
  readonly findings: readonly string[];
  /** `path | line` of each. */
  readonly lines: readonly string[];
  /** What is said as information or hint only. */
  readonly faint: readonly string[];
  readonly log: string;
}

async function outcome(of: Case): Promise<Outcome> {
  const root = build(of.tree);
  try {
    const [loaded] = loadHosts([], { root });
    const memory = new FindingsMemory();
    const { found, all } = settledSnapshot(loaded!.space, (snapshot) => ({
      found: of.asks.map((it) => {
        const { method = 'GET', body } = it;
        return explain(
          snapshot,
          { url: urlOf(it), method, body, client: '127.0.0.1', address: `127.0.0.1:${it.port ?? 80}` },
          memory,
          DEFAULT_CHECKS,
        );
      }),
      all: [...filesToCheck(snapshot, memory)]
        .flatMap((it) => diagnostics(snapshot, it, memory, DEFAULT_CHECKS))
        .flatMap((it) => located(snapshot, it) ?? []),
    }));
    const findings = all.filter((it) => it.severity === 'error' || it.severity === 'warning');
    const { statuses, log } = await run(root, of.asks);
    const answered = of.asks.map((it, i) => ({ asked: it, got: statuses[i], predicted: found[i]?.answer }));
    const lineOf = (it: LocatedFinding) =>
      `${it.file.slice(1)} | ${readFileSync(root + it.file, 'utf8')
        .split('\n')
        [it.range.start.line]?.trim()}`;
    return {
      of,
      answered,
      findings: [...new Set(findings.map((it) => it.code))],
      lines: findings.map(lineOf),
      faint: all.filter((it) => !findings.includes(it)).map((it) => `${it.code} at ${lineOf(it)}`),
      log,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** `THROUGHLINE_REALITY` picks kinds by a part of their name. */
const hindered = hindrance();
const named = cases.filter((it) => it.kind.includes(process.env.THROUGHLINE_REALITY ?? ''));
const lacking = (it: Case) => (it.needs ?? []).filter((path) => !existsSync(path));
const picked = named.filter((it) => lacking(it).length === 0);

describe('what deployments need to run', () => {
  it.runIf(process.env.CI)('is here', () => {
    expect(hindered).toBeUndefined();
    expect([...new Set(named.flatMap(lacking))]).toEqual([]);
  });
  it.skipIf(!hindered)(`is missing: ${hindered}`, () => undefined);
});

describe.skipIf(hindered !== undefined)('deployments in reality', () => {
  beforeAll(grammars);

  it('are predicted, and their faults told', { timeout: 900_000 }, async () => {
    const outcomes = await severalAtATime(picked, 4, outcome);
    const kinds = [...new Set(picked.map((it) => it.kind))];
    const working = (it: Outcome) => it.of.kind.startsWith('good');
    const rows = kinds.map((kind) => {
      const here = outcomes.filter((it) => it.of.kind === kind);
      const requests = here.flatMap((it) => it.answered);
      const right = requests.filter((it) => agrees(it.got, it.predicted)).length;
      const told = here.filter((it) => it.findings.length > 0).length;
      return `${kind.padEnd(36)} ${right}/${requests.length} predicted, ${told} of ${here.length} with findings: ${[...new Set(here.flatMap((it) => it.findings))].join(' ')}`;
    });
    const requests = outcomes.flatMap((of) => of.answered.map((it) => ({ of, it })));
    const wrong = requests.filter(({ it }) => !agrees(it.got, it.predicted));
    const text = wrong.map(
      ({ of, it }) =>
        `${of.of.kind} (${of.of.shape}) ${urlOf(it.asked)}: got ${it.got}, predicted ${it.predicted?.status} ${it.predicted?.why ?? ''}`,
    );
    const share = 1 - wrong.length / requests.length;
    console.log(
      [
        ...rows,
        ...text,
        `${outcomes.length} deployments, ${(share * 100).toFixed(1)} % of ${requests.length} answers predicted`,
      ].join('\n'),
    );
    if (process.env.THROUGHLINE_REALITY_LOG)
      console.log(
        [...new Set(wrong.map(({ of }) => of))]
          .map((it) => `${it.of.kind} (${it.of.shape}): ${it.log}`)
          .join('\n---\n'),
      );
    const alarms = outcomes.filter((it) => working(it) && it.findings.length > 0);
    const faults = outcomes.filter((it) => it.of.rules.length > 0 || it.of.mended);
    const onLine = ({ of, lines }: Outcome) =>
      !of.mended ||
      of.mended.some((one) => {
        const [path, part = ''] = one.split(' | ');
        return lines.some((it) => it.startsWith(`${path} | `) && it.includes(part));
      });
    const told = (it: Outcome) => (it.of.rules.length > 0 ? it.of.rules.some((one) => says(it, one)) : onLine(it));
    const says = ({ findings, faint }: Outcome, rule: string) =>
      rule.startsWith('~') ? faint.some((it) => it.startsWith(`${rule.slice(1)} `)) : findings.includes(rule);
    const named = (it: Outcome) => `${it.of.kind} (${it.of.shape}): ${it.findings.join(' ')}`;
    const untold = faults.filter((it) => !told(it)).map(named);
    const marked = faults.filter((it) => it.of.mended);
    const elsewhere = marked
      .filter((it) => !onLine(it))
      .map((it) => `elsewhere: ${named(it)} | ${it.lines.join(', ')} | faint: ${it.faint.join(', ')}`);
    const alarm = alarms.map((it) => `${it.of.kind} (${it.of.shape}): ${it.findings.join(' ')}`);
    console.log(
      [
        `${faults.length - untold.length} of ${faults.length} causes told`,
        ...untold,
        `${marked.length - elsewhere.length} of ${marked.length} on a line to mend`,
        ...elsewhere,
        ...alarm,
      ].join('\n'),
    );
    expect(alarm).toEqual([]);
    expect(untold.length, untold.join('\n')).toBeLessThanOrEqual(faults.length * 0.05);
    expect(share, text.join('\n')).toBeGreaterThanOrEqual(0.97);
  });
});
