/**
 * Working deployments with one fault each, of the sort that people make by hand, run for real: nginx and systemd
 * themselves, services under their users. What came is compared with what `explain` predicted; where the answer became
 * worse a finding has to tell it that the base did not have, and where nothing changed no new error may be shown.
 *
 * `MUTANT_SEED` and `MUTANTS` draw others, `ONLY` picks kinds by a part of their name, `LIST=1` shows each miss.
 */
import { existsSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadHosts, settledSnapshot } from '../../server/src/cli/load.js';
import { DEFAULT_CHECKS, diagnostics, FindingsMemory } from '../../server/src/features/diagnostics.js';
import { type Explanation, explain } from '../../server/src/features/explain/explain.js';
import { located } from '../../server/src/features/located.js';
import { shownFiles } from '../../server/src/features/shownFiles.js';
import { grammars } from '../fixture/deployment.js';
import { type Mutant, mutants } from './hands/hand.js';
import { agrees, severalAtATime, urlOf } from './judging.js';
import { cases } from './kinds.js';
import { hindrance, run } from './running.js';
import { type Asked, build, type Case, type Tree } from './tree.js';

const SEED = Number(process.env.MUTANT_SEED ?? 20261124);
const COUNT = Number(process.env.MUTANTS ?? 6);
const ABREAST = 2;

interface Said {
  readonly severity: string;
  readonly rule: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

interface Lived {
  readonly asks: readonly Asked[];
  readonly got: readonly (number | string | undefined)[];
  readonly predicted: readonly (Explanation['answer'] | undefined)[];
  readonly said: readonly Said[];
  readonly log: string;
  readonly units: Readonly<Record<string, string>>;
}

interface Judged {
  readonly mutant: Mutant;
  readonly base: Lived;
  readonly lived: Lived;
  readonly right: number;
  readonly worse: boolean;
  readonly told: readonly Said[];
  readonly near: boolean;
  /** Nothing in the files could tell: see `isBeyond()`. */
  readonly beyond: boolean;
  readonly falseErrors: readonly Said[];
  readonly warnings: readonly Said[];
  readonly seconds: number;
}

async function live(tree: Tree, asks: readonly Asked[]): Promise<Lived> {
  const root = build(tree);
  try {
    const [loaded] = loadHosts([], { root });
    const memory = new FindingsMemory();
    const { predicted, said } = settledSnapshot(loaded!.space, (snapshot) => ({
      predicted: asks.map((it) => {
        const { method = 'GET', body, port } = it;
        const address = `127.0.0.1:${port ?? (it.scheme === 'https' ? 443 : 80)}`;
        return explain(snapshot, { url: urlOf(it), method, body, client: '127.0.0.1', address }, memory, DEFAULT_CHECKS)
          ?.answer;
      }),
      said: [...shownFiles(snapshot, memory, DEFAULT_CHECKS)]
        .flatMap((file) => diagnostics(snapshot, file, memory, DEFAULT_CHECKS))
        .filter((one) => one.severity === 'error' || one.severity === 'warning')
        .flatMap((one) => {
          const at = located(snapshot, one);
          return at
            ? [
                {
                  severity: one.severity,
                  rule: at.code,
                  message: at.message,
                  file: at.file.slice(1),
                  line: at.range.start.line + 1,
                },
              ]
            : [];
        }),
    }));
    const { statuses, log, units = {} } = await run(root, asks, true);
    return { asks, got: asks.map((_, i) => statuses[i]), predicted, said, log, units };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const fails = (got: number | string | undefined) => typeof got !== 'number' || got >= 400;
const key = ({ rule, message }: Said) => `${rule} ${message.replace(/\d+/g, '#')}`;

/** What somebody may want as well: another port, or a site less. */
const isIntended = (mutant: Mutant, lived: Lived): boolean =>
  (/- listen\b|-.*ListenStream=80/.test(mutant.what) ||
    (mutant.hand.startsWith('file:') && /^etc\/nginx\/\w+-?\w*(?:\/|$)/.test(mutant.path ?? ''))) &&
  lived.got.every((it, i) => agrees(it, lived.predicted[i]));

/** The app itself failed at a request: its views are not read. */
const isBeyond = (mutant: Mutant, { log, got }: Lived): boolean =>
  mutant.path?.endsWith('.py') === true &&
  got.some((it) => typeof it !== 'number' || it >= 400) &&
  /Error handling request|Exception in ASGI|no valid HTTP/.test(log);

/** What the programs say of the mutant and did not say of the base. */
function complaints(lived: Lived, before: Lived): string {
  const known = new Set(before.log.split('\n').map((it) => it.replace(/\d+/g, '#')));
  return lived.log
    .split('\n')
    .filter((it) => !known.has(it.replace(/\d+/g, '#')) && !/INFO|Starting|listening/i.test(it))
    .join('\n');
}

/** systemd or the program has said the same, or a unit has another state than it had. */
function isBorneOut(it: Said, lived: Lived, before: Lived): boolean {
  const unit = it.file
    .replace(/\.d\/[^/]*$/, '')
    .split('/')
    .at(-1)!;
  const other = Object.keys({ ...before.units, ...lived.units }).some((one) => before.units[one] !== lived.units[one]);
  return other || complaints(lived, before).includes(unit);
}

const bases = new Map<Case, Promise<Lived>>();

/** Apps answer every path, so that an answer of theirs is what explain takes for granted. */
const treeOf = ({ tree }: Case): Tree =>
  Object.fromEntries(
    Object.entries(tree).map(([path, it]) => [
      path,
      typeof it === 'string' ? it.replace("found = path in ('/', '/api/', '/slow')", 'found = path') : it,
    ]),
  );

/** Virtual environments list what is installed in them: what Debian has for the programs that run. */
function environmentsOf({ tree }: Case): Tree {
  const made: Tree = {};
  for (const path of Object.keys(tree)) {
    const root = /^(.*)\/bin\/[^/]+$/.exec(path)?.[1];
    if (root === undefined || !path.includes('venv') || Object.keys(tree).some((it) => it.startsWith(`${root}/lib`)))
      continue;
    made[`${root}/pyvenv.cfg`] = 'home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n';
    for (const it of INSTALLED) made[`${root}/lib/python3.11/site-packages/${it}/__init__.py`] = '';
  }
  return made;
}

const INSTALLED =
  'gunicorn uvicorn hypercorn flask django werkzeug jinja2 click asgiref h11 whitenoise streamlit'.split(' ');

/** A fault shows where requests go: the root of each site is asked, too. */
const asksOf = ({ asks }: Case): readonly Asked[] => {
  const { host, port, scheme } = asks[0]!;
  const root: Asked = { path: '/', ...(host && { host }), ...(port && { port }), ...(scheme && { scheme }) };
  return asks.some((it) => it.path === '/') ? asks : [...asks, root];
};

async function judge(mutant: Mutant): Promise<Judged> {
  const { base, tree, asks, path, line } = mutant;
  if (!bases.has(base)) bases.set(base, live(base.tree, base.asks));
  const before = await bases.get(base)!;
  const begun = Date.now();
  const lived = await live(tree, asks);
  const known = new Set(before.said.map(key));
  const fresh = lived.said.filter((it) => !known.has(key(it)));
  const isFault = path !== undefined;
  const worse = isFault && !isIntended(mutant, lived) && lived.got.some((it, i) => fails(it) && !fails(before.got[i]));
  const same = lived.got.every((it, i) => it === before.got[i]);
  return {
    mutant,
    base: before,
    lived,
    right: lived.got.filter((it, i) => agrees(it, lived.predicted[i])).length,
    worse,
    told: worse ? fresh : [],
    near: fresh.some((it) => it.file === path && (line === undefined || Math.abs(it.line - line) <= 1)),
    beyond: isBeyond(mutant, lived),
    falseErrors: isFault && same ? fresh.filter((it) => it.severity === 'error' && !isBorneOut(it, lived, before)) : [],
    warnings: isFault && same ? fresh.filter((it) => it.severity === 'warning') : [],
    seconds: (Date.now() - begun) / 1000,
  };
}

async function judgeAll(of: readonly Mutant[]): Promise<Judged[]> {
  const found = await severalAtATime(of, ABREAST, judge);
  return found.sort((a, b) => a.mutant.number - b.mutant.number);
}

const percent = (part: number, of: number) => `${part}/${of}${of > 0 ? ` ${((100 * part) / of).toFixed(1)} %` : ''}`;
const text = (it: Said) => `      ${it.severity} ${it.rule} ${it.file}:${it.line} ${it.message}`;

function row(name: string, all: readonly Judged[]): string {
  const of = all.filter((it) => !it.beyond);
  const answers = of.reduce((sum, it) => sum + it.lived.got.length, 0);
  const right = of.reduce((sum, it) => sum + it.right, 0);
  const worse = of.filter((it) => it.worse);
  const told = worse.filter((it) => it.told.length > 0);
  const near = told.filter((it) => it.near);
  return `${name.padEnd(40)} ${String(of.length).padStart(4)}  answers ${percent(right, answers)}  told ${percent(told.length, worse.length)}  there ${near.length}  false errors ${of.filter((it) => it.falseErrors.length > 0).length}  warned ${of.filter((it) => it.warnings.length > 0).length}`;
}

function story({ mutant, base, lived, worse, told, falseErrors, warnings }: Judged): string {
  const marks = [
    lived.got.some((it, i) => !agrees(it, lived.predicted[i])) && 'ANSWER',
    worse && told.length === 0 && 'UNTOLD',
    falseErrors.length > 0 && 'FALSE',
    warnings.length > 0 && 'WARNED',
  ].filter(Boolean);
  const answers = lived.got.map((it, i) => {
    const of = lived.predicted[i];
    return `    ${agrees(it, of) ? ' ' : '!'} ${lived.asks[i]!.method ?? 'GET'} ${urlOf(lived.asks[i]!)}: came ${it}, was ${base.got[i]}, said ${of?.status} ${of?.kind} ${of?.why ?? ''} ${of?.dependsOn ?? ''}`;
  });
  const said = lived.said.filter((it) => !base.said.some((one) => key(one) === key(it)));
  const log = marks.some((it) => it === 'ANSWER' || it === 'UNTOLD')
    ? lived.log
        .split('\n')
        .filter((it) => it && !NOISE.test(it))
        .slice(-30)
        .map((it) => `        ${it.slice(0, 300)}`)
    : [];
  return [
    `#${mutant.number} ${marks.join(' ')} ${mutant.hand} (${mutant.base.kind}: ${mutant.base.shape})`,
    `    ${mutant.what}`,
    ...answers,
    ...said.map(text),
    ...log,
  ].join('\n');
}

const NOISE =
  /autofs4|running in system mode|Detected (?:virtual|archit)|Couldn't move remaining|Startup finished|\[(?:access|error)\.log\]|Starting gunicorn|Using worker/;

const hindered = hindrance();
const working = cases
  .filter((it) => it.kind.startsWith('good') && (it.needs ?? []).every((path) => existsSync(path)))
  .map((it) => ({ ...it, tree: { ...environmentsOf(it), ...treeOf(it) }, asks: asksOf(it) }));

describe.skipIf(hindered !== undefined)('mutants of deployments', () => {
  beforeAll(grammars);

  it('are predicted, and told', { timeout: 7_200_000 }, async (context) => {
    // Control groups may be denied to us; then systemd does not come up.
    const root = build({ 'etc/systemd/system/probe.service': '[Service]\nExecStart=/bin/sleep 60\n' });
    const probe = await run(root, [], true);
    rmSync(root, { recursive: true, force: true });
    if (probe.units?.['probe.service'] !== 'active') return context.skip();
    // As many of the shapes that differ in little as of the others.
    const drawn = mutants(working, SEED, COUNT).filter(
      (it) =>
        it.hand.includes(process.env.ONLY ?? '') &&
        (process.env.NUMBER === undefined || process.env.NUMBER.split(',').includes(String(it.number))),
    );
    const judged = await judgeAll(drawn);
    const hands = [...new Set(judged.map((it) => it.mutant.hand))].sort();
    console.log(
      [
        ...hands.map((it) =>
          row(
            it,
            judged.filter((one) => one.mutant.hand === it),
          ),
        ),
        row('all', judged),
      ].join('\n'),
    );
    const answers = judged
      .filter((it) => !it.beyond)
      .flatMap((it) => it.lived.got.map((got, i) => agrees(got, it.lived.predicted[i])));
    const unsaid = judged.flatMap((it) =>
      it.lived.got.filter((got, i) => !agrees(got, it.lived.predicted[i]) && it.lived.predicted[i]?.status === null),
    );
    const worse = judged.filter((it) => it.worse);
    const bad = judged.filter(
      (it) =>
        !it.beyond &&
        (it.right < it.lived.got.length ||
          (it.worse && it.told.length === 0) ||
          it.falseErrors.length > 0 ||
          it.warnings.length > 0),
    );
    if (process.env.LIST) console.log(bad.map(story).join('\n'));
    console.log(
      `${unsaid.length} of the wrong answers are "unknown"; ${(judged.reduce((sum, it) => sum + it.seconds, 0) / judged.length).toFixed(2)} s a mutant`,
    );
    expect(judged.filter((it) => it.falseErrors.length > 0).map(story)).toEqual([]);
    expect(answers.filter(Boolean).length / answers.length).toBeGreaterThanOrEqual(0.8);
    expect(worse.filter((it) => it.told.length > 0).length).toBeGreaterThanOrEqual(worse.length / 3);
  });
});
