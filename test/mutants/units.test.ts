/**
 * Single faults in units of Debian packages. Where systemd names a line, an error or a warning of ours stands on that
 * assignment; where it refuses a unit without naming one, we report something; where it is silent, no error.
 * `MUTANTS=3000 MUTANT_SEED=5 LIST=1` for more, or others; `DEBS=folder` for units of other packages, `SYSTEMD=262` for one systemd.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { grammars } from '../fixture/deployment.js';
import { packagedUnits } from '../oracle/packagedUnits.js';
import { hasSystemd, SYSTEMDS } from '../oracle/systemdRoots.js';
import { askOurselves, askSystemd, assignmentAround, isProbed } from '../oracle/unitProbe.js';
import { unitMutant } from './mutateUnit.js';

beforeAll(grammars);

const COUNT = Number(process.env.MUTANTS ?? (process.env.CI ? 1000 : 300));
const SEED = Number(process.env.MUTANT_SEED ?? 1);
// In percent.
const RECALL = 99;
const FALSE_ALARMS = 0.5;

const OWN = new URL('units/', import.meta.url);
/** Of packages, and our own: packages hardly ship mounts, swaps and slices. Own ones stand in the row several times. */
const own = readdirSync(OWN).map((name) => ({ name, text: readFileSync(new URL(name, OWN), 'utf8') }));
const packaged = packagedUnits().filter((it) => isProbed(it.name));
const units = [...packaged, ...own, ...own, ...own, ...own];
const systemds = SYSTEMDS.filter(([it]) => !process.env.SYSTEMD || it === Number(process.env.SYSTEMD));

describe.each(systemds)('mutants of units by systemd %i', { timeout: 900_000 }, (version, root) => {
  const here = hasSystemd(root) && packaged.length > 0;
  it.skipIf(!here && !process.env.CI)('are found where systemd finds them, and only there', () => {
    const before = askSystemd(units, root);
    const silent = units.filter((_, i) => before[i]!.words.length === 0);
    const mutants = Array.from({ length: COUNT }, (_, i) => {
      const unit = silent[(i * 7919) % silent.length]!;
      const made = unitMutant(unit.name, unit.text, SEED * 1_000_003 + version * 7919 + i);
      return made ? [{ ...made, name: unit.name }] : [];
    }).flat();
    const verdicts = askSystemd(mutants, root);
    const missed: string[] = [];
    const alarms: string[] = [];
    let said = 0;
    let accepted = 0;
    mutants.forEach((it, i) => {
      const { lines, refuses, words } = verdicts[i]!;
      const ours = askOurselves(it, String(version));
      const loud = ours.filter(({ finding }) => finding.severity === 'error' || finding.severity === 'warning');
      const rows = it.text.split('\n');
      const where = `${it.kind}: ${it.name}:${it.lines[0]} ${rows[it.lines[0]! - 1]}`;
      if (lines.length === 0 && !refuses) {
        if (words.length > 0) return;
        accepted++;
        const errors = ours.filter(({ finding }) => finding.severity === 'error');
        if (errors.length > 0) alarms.push(`${where}\n    ${errors[0]!.finding.rule} ${errors[0]!.finding.message}`);
        return;
      }
      said++;
      const covered = lines.every((line) => {
        const [first, last] = assignmentAround(rows, line);
        return loud.some(({ shown }) => shown.range.start.line + 1 <= last && shown.range.end.line + 1 >= first);
      });
      if (!covered || loud.length === 0) missed.push(`${where}\n    ${words[0]}`);
    });
    const recall = (100 * (said - missed.length)) / said;
    const falseAlarms = (100 * alarms.length) / accepted;
    console.log(
      `systemd speaks of ${said}, recall ${recall.toFixed(2)} %; silent on ${accepted}, false alarms ${falseAlarms.toFixed(2)} %`,
    );
    if (process.env.LIST)
      console.log([...missed.map((it) => `missed ${it}`), ...alarms.map((it) => `alarm ${it}`)].join('\n'));
    expect(recall).toBeGreaterThanOrEqual(RECALL);
    expect(falseAlarms).toBeLessThanOrEqual(FALSE_ALARMS);
  });
});
