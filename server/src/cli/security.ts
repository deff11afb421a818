/** `throughline security`: the exposure of a service with its drop-ins, and what would lower it. */
import { hostPath } from '../base/hostPath.js';
import { type Hardening, hardeningOf } from '../features/hardening.js';
import { readGrammars } from '../host/node/grammarFiles.js';
import { loadGrammars } from '../syntax/parsers.js';
import { systemdTargetOf } from './check.js';
import { loadHosts, Refusal, settledSnapshot } from './load.js';

export interface SecurityArguments {
  readonly root?: string;
  readonly format: 'pretty' | 'json';
  readonly systemdVersion?: string;
}

/** Returns the exit code: 0, or 2 when there is no such service. */
export async function runSecurity(name: string, args: SecurityArguments): Promise<number> {
  try {
    await loadGrammars(readGrammars(__dirname));
    const isPath = name.includes('/');
    const [loaded] = loadHosts(isPath ? [name] : [], args);
    const systemd = await systemdTargetOf(loaded!, args.systemdVersion);
    const full = name.includes('.') ? name : `${name}.service`;
    const found = settledSnapshot(loaded!.space, (snapshot) => {
      const unit = snapshot.units.find((it) =>
        isPath ? it.fragment && loaded!.wanted?.includes(hostPath(it.fragment.path)) : it.name.full === full,
      );
      return unit && hardeningOf(unit, systemd);
    });
    if (!found) throw new Refusal(`${name}: there is no such service in this tree`);
    if (found.unit.name.type !== 'service') throw new Refusal(`${name} is not a service`);
    process.stdout.write(args.format === 'json' ? `${JSON.stringify(asData(found), null, 2)}\n` : pretty(found));
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`throughline: ${error.message}\n`);
    return 2;
  }
}

function asData({ unit, exposure, suggestions, after }: Hardening) {
  return {
    unit: unit.name.full,
    exposure: exposure.tenths / 10,
    level: exposure.level,
    exposureWithSafeSuggestions: after.tenths / 10,
    suggestions: suggestions.map((it) => ({ ...it, gain: Math.round(it.gain * 10) / 100 })),
    table: exposure.table.map(({ assessment, badness, share }) => ({
      id: assessment.id,
      weight: assessment.weight,
      range: assessment.range,
      badness: badness ?? null,
      exposure: Math.round(share) / 10,
    })),
  };
}

function pretty({ unit, exposure, suggestions, after }: Hardening): string {
  const lines = [`${unit.name.full}: exposure ${exposure.text} ${exposure.level}`];
  if (suggestions.length > 0) lines.push(`with the safe suggestions: ${after.text} ${after.level}`, '');
  for (const it of suggestions) {
    const setting = `${it.key}=${it.value}`.padEnd(58);
    lines.push(
      `-${(it.gain / 10).toFixed(2)}  ${it.risk.padEnd(9)}${setting}${it.breaks ? `breaks ${it.breaks}` : ''}`.trimEnd(),
    );
  }
  return `${lines.join('\n')}\n`;
}
