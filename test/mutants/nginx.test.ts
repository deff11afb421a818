/**
 * Single faults in valid configurations: where nginx refuses, an error of ours stands on that line or on the line that
 * was broken; where it accepts, there is none. `MUTANTS=3000 MUTANT_SEED=5 LIST=1` for more, or others.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { NEWEST } from '../../server/src/catalog/nginxVersion.js';
import { grammars } from '../fixture/deployment.js';
import { askNginx, askUs, type NginxOracle, nginxOracles } from '../oracle/nginxProbe.js';
import { type Mutant, mutant } from './mutate.js';
import { strangerMutant } from './mutateStranger.js';
import { tokenMutant } from './mutateTokens.js';

beforeAll(grammars);

const textsOf = (folder: string) => readdirSync(folder).map((it) => readFileSync(`${folder}${it}`, 'utf8'));
const folderOf = (name: string) => new URL(`${name}/`, import.meta.url).pathname;
/** Configurations that rules were held to; and such as people publish, written before anybody knew what we miss in them. */
const known = textsOf(process.env.MUTANTS_OF ?? folderOf('valid'));
const published = textsOf(process.env.STRANGERS_OF ?? folderOf('unseen'));
const all = [...known, ...published];
const COUNT = Number(process.env.MUTANTS ?? (process.env.CI ? 1500 : 300));
const SEED = Number(process.env.MUTANT_SEED ?? 1);

/**
 * Faults in lines are those that people make most. Faults in words are harder: some of them only DNS, the disk or a library
 * that a module is linked with can tell, and there are too few of them here for a share of 0.5 %.
 */
const HANDS = [
  { name: 'lines', hand: mutant, of: known, share: 1, recall: 0.99, alarms: 0.005 },
  { name: 'words', hand: tokenMutant, of: known, share: 0.4, recall: 0.97, alarms: 0.01 },
  { name: 'strangers', hand: strangerMutant, of: published, share: 0.2, recall: 0.96, alarms: 0.02 },
];

const errorLines = (text: string, { target, root }: NginxOracle) =>
  askUs(text, target, root)
    .filter(({ finding }) => finding.severity === 'error')
    .map(({ shown, finding }) => ({
      isMain: shown.file === '/etc/nginx/nginx.conf',
      from: shown.range.start.line + 1,
      to: shown.range.end.line + 1,
      shown,
      finding,
    }));

const oracles = nginxOracles();
const NONE: NginxOracle = { name: 'none', root: '/', target: NEWEST };

describe.skipIf(oracles.length === 0).each(oracles.length > 0 ? oracles : [NONE])(
  'mutants of nginx configurations, nginx $name',
  { timeout: 900_000 },
  (oracle) => {
    // A release may lack the module that a configuration is about.
    let texts: string[] = [];
    /** Those that need modules of third parties. */
    const special = new Set<string>();
    beforeAll(async () => {
      const verdicts = await askNginx(all, oracle, () => true);
      all.forEach((it, i) => {
        if (verdicts[i]!.allModules) special.add(it);
      });
      texts = all.filter((_, i) => !/unknown directive/.test(verdicts[i]!.words));
      if (oracle.root === '/') expect(texts.length).toBe(all.length);
      expect(texts.length).toBeGreaterThan(all.length / 2);
    });

    it('are valid before', async () => {
      const verdicts = await askNginx(texts, oracle);
      expect(verdicts.map((it) => it.words)).toEqual(texts.map(() => ''));
      expect(texts.flatMap((it) => errorLines(it, oracle)).map((it) => `${it.from} ${it.shown.message}`)).toEqual([]);
    });

    it.each(HANDS)(
      'of $name are refused where nginx refuses them, and only there',
      async ({ hand, of, share, recall, alarms }) => {
        const here = texts.filter((it) => of.includes(it));
        const mutants: Mutant[] = [];
        const plain: boolean[] = [];
        const count = (oracle.root === '/' ? COUNT : COUNT / 3) * share;
        for (let i = 0; i < count; i++) {
          const from = here[i % here.length]!;
          const made = hand(from, SEED * 1_000_003 + Math.floor(i / here.length) * 7919 + i);
          if (!made || texts.includes(made.text)) continue;
          mutants.push(made);
          plain.push(!special.has(from));
        }
        const verdicts = await askNginx(
          mutants.map((it) => it.text),
          oracle,
          (i) => plain[i]!,
        );
        const missed: string[] = [];
        const falseAlarms: string[] = [];
        let refused = 0;
        const byKind = new Map<string, { refused: number; missed: number; accepted: number; alarms: number }>();
        mutants.forEach((it, i) => {
          const { refuses, line, words } = verdicts[i]!;
          const ours = errorLines(it.text, oracle);
          const tally = byKind.get(it.kind) ?? { refused: 0, missed: 0, accepted: 0, alarms: 0 };
          byKind.set(it.kind, tally);
          const where = `${it.kind} ${it.lines[0]}: ${it.text.split('\n')[it.lines[0]! - 1]?.trim()}`;
          if (refuses) {
            refused++;
            tally.refused++;
            const wanted = line > 0 ? [line, ...it.lines] : [];
            // Some names nginx looks up when a block ends, and gives the line of its brace: there the name is the place.
            const named = [...words.matchAll(/"([^"]{2,})"/g)].map(([, name]) => name!);
            const isNamed = (e: (typeof ours)[number]) =>
              e.finding.rule === 'nginx/undefined-name' && named.some((name) => e.shown.message.includes(`"${name}"`));
            if (
              ours.some(({ from, to, isMain }) => line === 0 || (isMain && wanted.some((at) => at >= from && at <= to)))
            )
              return;
            if (ours.some(isNamed)) return;
            tally.missed++;
            missed.push(
              `${where}\n    nginx: ${words}\n    ours: ${ours.map((e) => `${e.from} ${e.finding.rule}: ${e.shown.message}`)}`,
            );
          } else {
            tally.accepted++;
            if (ours.length === 0) return;
            tally.alarms++;
            falseAlarms.push(`${where}\n    ours: ${ours.map((e) => `${e.from} ${e.shown.message}`)}`);
          }
        });
        const accepted = mutants.length - refused;
        console.table(Object.fromEntries(byKind));
        console.log(
          `${mutants.length} mutants: recall ${((1 - missed.length / refused) * 100).toFixed(2)} % of ${refused}, false errors ${((falseAlarms.length / accepted) * 100).toFixed(2)} % of ${accepted}`,
        );
        if (process.env.LIST) console.log(`MISSED\n${missed.join('\n')}\nFALSE\n${falseAlarms.join('\n')}`);
        expect(1 - missed.length / refused, missed.slice(0, 10).join('\n')).toBeGreaterThanOrEqual(recall);
        expect(falseAlarms.length / accepted, falseAlarms.slice(0, 10).join('\n')).toBeLessThanOrEqual(alarms);
      },
    );
  },
);
