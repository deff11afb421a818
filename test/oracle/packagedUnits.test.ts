/**
 * Units that Debian ships: where systemd is silent, none of our errors and warnings. `DEBS=folder ROOT=root` for other packages and
 * another systemd.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { grammars } from '../fixture/deployment.js';
import { packagedUnits } from './packagedUnits.js';
import { isThere } from './programs.js';
import { systemdVersion } from './systemdRoots.js';
import { askOurselves, askSystemd, isProbed } from './unitProbe.js';

beforeAll(grammars);

const units = packagedUnits();
const here = isThere('systemd-analyze', ['--version']) && units.length > 0;
if (!here) console.warn('No packages in the cache: FETCH_DEBS=1 fetches them.');

describe.skipIf(!here)('units of Debian packages', { timeout: 300_000 }, () => {
  it('are of a hundred packages at least', () => {
    expect(new Set(units.map((it) => it.package)).size).toBeGreaterThanOrEqual(100);
  });

  it('get no error and no warning where systemd is silent', () => {
    const judged = units.filter((it) => isProbed(it.name));
    const root = process.env.ROOT ?? '';
    const version = systemdVersion(root);
    const verdicts = askSystemd(judged, root);
    const silent = judged.filter((_, i) => verdicts[i]!.words.length === 0);
    const others = units.filter((it) => !isProbed(it.name));
    const said = [...silent, ...others].flatMap((unit) =>
      askOurselves(unit, version)
        .filter(({ finding }) => finding.severity === 'error' || finding.severity === 'warning')
        .map(({ finding }) => `${unit.package} ${unit.name}: ${finding.rule} ${finding.message}`),
    );
    console.log(`${units.length} units, systemd silent on ${silent.length} of ${judged.length}`);
    expect(said).toEqual([]);
  });
});
