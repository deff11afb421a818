/** Configurations that Debian ships: where nginx accepts, none of our errors. */
import { beforeAll, describe, expect, it } from 'vitest';
import { grammars } from '../fixture/deployment.js';
import { askUs, hasNginx } from './nginxProbe.js';
import { fitted, packagedConfigs } from './packagedConfigs.js';

beforeAll(grammars);

const configs = packagedConfigs();
if (configs.length === 0) console.warn('No packages in the cache: FETCH_DEBS=1 fetches them.');

describe.skipIf(!hasNginx || configs.length === 0)('configurations of Debian packages', { timeout: 300_000 }, () => {
  it('are of thirty packages at least', () => {
    expect(new Set(configs.map((it) => it.package)).size).toBeGreaterThanOrEqual(30);
  });

  it('get no error where nginx takes them', async () => {
    const said: string[] = [];
    const refused: string[] = [];
    const results = await Promise.all(configs.map((it) => fitted(it)));
    for (const [i, config] of configs.entries()) {
      const name = `${config.package} ${config.path}`;
      const found = results[i]!;
      if ('refused' in found) {
        refused.push(`${name}: ${found.refused}`);
        continue;
      }
      for (const { finding, shown } of askUs(found.text)) {
        const line = `${name} (${found.context}) ${shown.range.start.line + 1} ${finding.severity} ${finding.rule}: ${shown.message}`;
        if (finding.severity === 'error') said.push(line);
        else if (process.env.LIST && finding.severity === 'warning') console.log(line);
      }
    }
    console.log(`${configs.length} configurations, nginx refuses ${refused.length}\n${refused.join('\n')}`);
    expect(said).toEqual([]);
    expect(refused.length).toBeLessThan(configs.length / 4);
  });
});
