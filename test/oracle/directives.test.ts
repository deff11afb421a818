/**
 * Every directive that both an nginx of this machine and the catalog know: where it may stand, with how many arguments,
 * with which values. `THROUGHLINE_PROBES=all` asks all of it; otherwise the installed nginx is asked every second question
 * in CI and every eighth elsewhere, the nginx of other releases a tenth of that.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  directiveEntries,
  directiveIn,
  directiveNames,
  type NginxContext,
  type NginxDirective,
} from '../../server/src/catalog/nginx.js';
import { existsIn, NEWEST, takes } from '../../server/src/catalog/nginxVersion.js';
import { grammars } from '../fixture/deployment.js';
import { reasonFor } from './directiveDifferences.js';
import { AROUND, askNginx, errorsOf, type NginxOracle, nginxOracles, type Verdict } from './nginxProbe.js';

beforeAll(grammars);

const STRIDE = process.env.THROUGHLINE_PROBES === 'all' ? 1 : process.env.CI ? 2 : 8;
const strideOf = ({ root }: NginxOracle) => (root === '/' || STRIDE === 1 ? STRIDE : STRIDE * 10);
const contexts = Object.keys(AROUND) as NginxContext[];

interface Probe {
  readonly name: string;
  readonly context: NginxContext;
  readonly what: string;
  readonly text: string;
}

interface Outcome extends Probe {
  readonly oracle: NginxOracle;
  readonly nginx: Verdict;
}

/** Blocks that are no directive of one line, or change what the scaffold means. */
const SKIPPED = new Set(['include', 'load_module', 'if', 'daemon', 'user', 'pid', 'error_log', 'working_directory']);

function* known({ target }: NginxOracle): Generator<string> {
  for (const name of directiveNames()) {
    if (!SKIPPED.has(name) && directiveEntries(name).some((it) => existsIn(it, target))) yield name;
  }
}

function statement(name: string, args: readonly string[], block: boolean): string {
  return `${[name, ...args].join(' ')}${block ? ' { }' : ';'}`;
}

const inside = (context: NginxContext, text: string) => AROUND[context]!.join(text);

/**
 * Where two modules have a directive, each in contexts of its own, and only one of them is loaded: the other one's
 * contexts are not allowed then, and nginx does not say why. Debian ships Lua for http but not for stream.
 */
function lacksModule({ name, context, nginx }: Outcome): boolean {
  if (!/is not allowed here/.test(nginx.words)) return false;
  const entry = directiveIn(name, context);
  return entry !== undefined && (entry.thirdParty || entry.commercial);
}

async function outcomes(oracle: NginxOracle, probes: readonly Probe[]): Promise<Outcome[]> {
  const chosen = probes.filter((_, i) => i % strideOf(oracle) === 0);
  const verdicts = await askNginx(
    chosen.map((it) => it.text),
    oracle,
    (i) => !directiveEntries(chosen[i]!.name).some((it) => it.thirdParty || it.commercial),
  );
  return chosen
    .map((it, i) => ({ ...it, oracle, nginx: verdicts[i]! }))
    .filter((it) => !/unknown directive/.test(it.nginx.words) && !lacksModule(it));
}

/**
 * Fails on what disagrees without a reason, or, where a share is given, on more than that; and when agreement is below
 * the bar in spite of all reasons.
 */
function judge(
  all: readonly Outcome[],
  ours: (it: Outcome) => boolean,
  theirs: (it: Outcome) => boolean,
  bar: number,
  unexplained = 0,
) {
  const disagree = all.filter((it) => ours(it) !== theirs(it));
  const share = 1 - disagree.length / all.length;
  const reasonOf = (it: Outcome) =>
    reasonFor({
      name: it.name,
      question: it.what.slice(it.name.length + 1),
      weRefuse: ours(it),
      nginx: it.oracle.name,
    });
  const told = (it: Outcome) => `${it.what}: ${ours(it) ? 'we refuse' : 'we accept'}; nginx: ${it.nginx.words}`;
  console.log(`${all.length} probes, ${disagree.length} disagree: ${(share * 100).toFixed(2)} %`);
  if (process.env.LIST) console.log(disagree.map((it) => `${told(it)} (${reasonOf(it) ?? 'NO REASON'})`).join('\n'));
  expect(all.length).toBeGreaterThan(30);
  const listed = disagree.filter((it) => !reasonOf(it)).map(told);
  expect(listed.length, listed.slice(0, 30).join('\n')).toBeLessThanOrEqual(Math.ceil(unexplained * all.length));
  // In a sample a single disagreement may be more than the bar leaves room for in the whole.
  expect(disagree.length).toBeLessThanOrEqual(Math.ceil((1 - bar) * all.length));
}

const says = (rule: string) => (it: Outcome) =>
  errorsOf(it.text, it.oracle.target).some(({ finding }) => finding.rule === rule);
const nginxSays = (pattern: RegExp) => (it: Outcome) => pattern.test(it.nginx.words);

const oracles = nginxOracles();

// Without any nginx the suite is skipped, which CI counts as a failure.
describe
  .skipIf(oracles.length === 0)
  .each(oracles.length > 0 ? oracles : [{ name: 'none', root: '/', target: NEWEST }])(
  'directives, against nginx $name',
  { timeout: 3_600_000 },
  (oracle) => {
    it('stand where nginx takes them', async () => {
      const probes: Probe[] = [];
      for (const name of known(oracle)) {
        for (const context of contexts) {
          const entry = directiveIn(name, context) ?? directiveEntries(name)[0]!;
          if (AROUND[context]![0].includes(`${name} `) && entry.block && context === 'main') continue;
          const text = inside(context, statement(name, [], entry.block));
          probes.push({ name, context, what: `${name} in ${context}`, text });
        }
      }
      judge(await outcomes(oracle, probes), says('nginx/misplaced-directive'), nginxSays(/is not allowed here/), 0.998);
    });

    it('take as many arguments as nginx wants', async () => {
      const probes: Probe[] = [];
      for (const name of known(oracle)) {
        for (const entry of directiveEntries(name)) {
          const context = entry.contexts.find((it) => AROUND[it]);
          if (!context || directiveIn(name, context) !== entry || !existsIn(entry, oracle.target)) continue;
          for (let count = 0; count <= 8; count++) {
            const args = Array.from({ length: count }, () => 'x');
            const text = inside(context, statement(name, args, entry.block));
            probes.push({ name, context, what: `${name} with ${count} in ${context}`, text });
          }
        }
      }
      // A module of another version may take it elsewhere; then nothing is said of its arguments.
      const asked = (await outcomes(oracle, probes)).filter((it) => !/is not allowed here/.test(it.nginx.words));
      judge(asked, says('nginx/wrong-argument-count'), nginxSays(/invalid number of arguments/), 0.998);
    });

    it('take the values that nginx takes', async () => {
      const probes: Probe[] = [];
      for (const { name, entry, context } of oneLiners(oracle)) {
        for (const value of valuesFor(entry)) {
          const args = entry.type === 'bufs' ? ['4', value] : [value];
          probes.push({
            name,
            context,
            what: `${name} ${args.join(' ')} in ${context}`,
            text: inside(context, statement(name, args, false)),
          });
        }
      }
      const refused = (it: Outcome) => it.nginx.refuses && it.nginx.line > 0;
      judge(await outcomes(oracle, probes), says('nginx/invalid-value'), refused, 0.98, 0.02);
    });
  },
);

/** Directives with one typed argument. */
function* oneLiners(oracle: NginxOracle): Generator<{ name: string; entry: NginxDirective; context: NginxContext }> {
  for (const name of known(oracle)) {
    for (const entry of directiveEntries(name)) {
      const context = entry.contexts.find((it) => AROUND[it]);
      if (!context || directiveIn(name, context) !== entry || entry.block) continue;
      if (!existsIn(entry, oracle.target) || !entry.type || !takes(entry, entry.type === 'bufs' ? 2 : 1, oracle.target))
        continue;
      yield { name, entry, context };
    }
  }
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  flag: ['on', 'off', 'ON', 'yes', '1', 'true'],
  size: ['64k', '128K', '1m', '4096', '1g', '-1', '1kb', 'big', '1.5m', '99999999999999999999'],
  off_t: ['64k', '1m', '1g', '4096', '1t', '-1', 'x'],
  msec: ['30', '30s', '500ms', '1m30s', '1m30', '1h', '1d', '1w', '1M', '1y', '30s1m', '1x', 's', '-1', '1.5s'],
  sec: ['30', '30s', '500ms', '1m30s', '1M', '1y', '30s1m', '1x', '-1'],
  num: ['1', '100', '512', '0', '-1', 'x', '1k', '1.5'],
  bufs: ['4k', '0', 'x', '8K'],
};

function valuesFor(entry: NginxDirective): readonly string[] {
  const listed = entry.values ?? [];
  if (entry.type === 'enum' || entry.type === 'bitmask')
    return listed.length > 0 ? [...listed, listed[0]!.toUpperCase(), `${listed[0]}x`, 'nonsense'] : [];
  return VALUES[entry.type!] ?? [];
}
