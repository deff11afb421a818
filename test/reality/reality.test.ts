/**
 * Deployments in scratch trees, run for real: nginx under its own user, services under theirs, in private mounts and a
 * network of their own. What came is compared with what `explain` predicted and with what the rules said.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadHosts, settledSnapshot } from '../../server/src/cli/load.js';
import { DEFAULT_CHECKS, diagnostics, FindingsMemory } from '../../server/src/features/diagnostics.js';
import { explain } from '../../server/src/features/explain/explain.js';
import { grammars } from '../fixture/deployment.js';
import { cases } from './kinds.js';
import { build, type Case } from './tree.js';

const runner = new URL('runner.py', import.meta.url).pathname;

/** Root, namespaces and the programs; a laptop without them is told so and skips. */
function runs(): boolean {
  const there = ['/usr/sbin/nginx', '/usr/bin/gunicorn', '/usr/bin/python3'].every((it) => existsSync(it));
  const able =
    process.getuid?.() === 0 && spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status === 0;
  return there && able;
}

interface Outcome {
  readonly of: Case;
  readonly got: number | string | undefined;
  readonly predicted: number | null | undefined;
  readonly why: string | undefined;
  readonly findings: readonly string[];
  readonly log: string;
}

async function outcome(of: Case): Promise<Outcome> {
  const root = build(of.tree);
  try {
    const [loaded] = loadHosts([], { root });
    const memory = new FindingsMemory();
    const { path, host = 'localhost', method = 'GET', body, port } = of.ask;
    const url = `http://${host}${port === undefined ? '' : `:${port}`}${path}`;
    const { found, findings } = settledSnapshot(loaded!.space, (snapshot) => ({
      found: explain(snapshot, { url, method, body, client: '127.0.0.1' }, memory, DEFAULT_CHECKS),
      findings: [...new Set([...snapshot.nginxFiles, ...snapshot.unitFiles])]
        .flatMap((it) => diagnostics(snapshot, it, memory, DEFAULT_CHECKS))
        .filter((it) => it.severity === 'error' || it.severity === 'warning')
        .map((it) => it.rule),
    }));
    const job = `${root}/job.json`;
    writeFileSync(job, JSON.stringify({ tree: root, settle: true, requests: [{ ...of.ask }] }));
    const { statuses, log } = await run(job);
    return { of, got: statuses[0], predicted: found?.answer.status, why: found?.answer.why, findings, log };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function run(job: string): Promise<{ statuses: (number | string)[]; log: string }> {
  return new Promise((resolve) => {
    const child = spawn('unshare', [
      '--mount',
      '--net',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'python3',
      runner,
      job,
    ]);
    let out = '';
    let err = '';
    child.stdout.on('data', (it) => (out += it));
    child.stderr.on('data', (it) => (err += it));
    const late = setTimeout(() => child.kill('SIGKILL'), 45_000);
    child.on('close', () => {
      clearTimeout(late);
      const line = out.trim().split('\n').at(-1) ?? '';
      resolve(line.startsWith('{') ? JSON.parse(line) : { statuses: [], log: err });
    });
  });
}

/** Runs several at a time: most of a deployment's life is waiting. */
async function all(of: readonly Case[], abreast: number): Promise<Outcome[]> {
  const found: Outcome[] = [];
  const rest = [...of];
  const worker = async () => {
    for (let it = rest.shift(); it; it = rest.shift()) found.push(await outcome(it));
  };
  await Promise.all(Array.from({ length: abreast }, worker));
  return found;
}

/** `THROUGHLINE_REALITY` picks kinds by a part of their name. */
const picked = cases.filter((it) => it.kind.includes(process.env.THROUGHLINE_REALITY ?? ''));

describe.skipIf(!runs())('deployments in reality', () => {
  beforeAll(grammars);

  it('are predicted, and their faults told', { timeout: 900_000 }, async () => {
    const outcomes = await all(picked, 4);
    const kinds = [...new Set(picked.map((it) => it.kind))];
    const working = (it: Outcome) => it.of.kind.startsWith('good');
    const rows = kinds.map((kind) => {
      const here = outcomes.filter((it) => it.of.kind === kind);
      const right = here.filter((it) => it.got === it.predicted);
      const told = here.filter((it) => it.findings.length > 0);
      return `${kind.padEnd(36)} ${right.length}/${here.length} predicted, ${told.length} with findings: ${[...new Set(here.flatMap((it) => it.findings))].join(' ')}`;
    });
    const wrong = outcomes.filter((it) => it.got !== it.predicted);
    const alarms = outcomes.filter((it) => working(it) && it.findings.length > 0);
    const text = wrong.map(
      (it) => `${it.of.kind} (${it.of.shape}): got ${it.got}, predicted ${it.predicted} ${it.why ?? ''}`,
    );
    const share = 1 - wrong.length / outcomes.length;
    console.log(
      [...rows, ...text, `${outcomes.length} deployments, ${(share * 100).toFixed(1)} % predicted`].join('\n'),
    );
    if (process.env.THROUGHLINE_REALITY_LOG) console.log(wrong.map((it) => `${it.of.kind}: ${it.log}`).join('\n---\n'));
    const told = outcomes.filter(
      (it) => it.of.rules.length > 0 && !it.of.rules.some((one) => it.findings.includes(one)),
    );
    expect(alarms.map((it) => `${it.of.kind}: ${it.findings.join(' ')}`)).toEqual([]);
    const untold = told.map((it) => `${it.of.kind} (${it.of.shape}): ${it.findings.join(' ')}`);
    const faults = outcomes.filter((it) => it.of.rules.length > 0).length;
    console.log([`${faults - told.length} of ${faults} causes told`, ...untold].join('\n'));
    expect(told.length, untold.join('\n')).toBeLessThanOrEqual(faults * 0.05);
    expect(share, text.join('\n')).toBeGreaterThanOrEqual(0.97);
  });
});
