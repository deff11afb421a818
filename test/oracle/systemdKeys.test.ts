/**
 * Values of the catalog's keys: what we refuse, systemd of the same version refuses or ignores, and the other way round.
 * `VALUE_SEEDS=7,8` for other generated values, `VALUE_COUNT=60` for more of a key, `THROUGHLINE_PROBES=all` for every key
 * instead of one or two per parser, `LIST=1` to see the differences.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keysIn, type UnitKey } from '../../server/src/catalog/systemd.js';
import { faultsOf, isJudged } from '../../server/src/systemd/values/table.js';
import { hasSystemd, SYSTEMDS, systemdAnalyze } from './systemdRoots.js';
import { reasonFor } from './unitValueDifferences.js';
import { generatedValues, VALUES } from './unitValues.js';

// No [Scope]: scopes have no files that systemd would read.
const PLACES =
  'service:Unit service:Service socket:Socket timer:Timer path:Path slice:Slice mount:Mount automount:Automount swap:Swap'.split(
    ' ',
  );

const SEEDS = (process.env.VALUE_SEEDS ?? '1').split(',').map(Number);
const COUNT = Number(process.env.VALUE_COUNT ?? 25);
const ALL = process.env.THROUGHLINE_PROBES === 'all';

/** ip_filter_bpf_progs: without a kernel's support the file is not read on, so later lines have no verdict. */
const NOT_COMPARED = new Set(['ip_filter_bpf_progs']);

type Said = 'taken' | 'ignored' | 'refused';

/** A unit that loads, so that nothing but the values is spoken of. */
const NAMES: Readonly<Record<string, string>> = { mount: 'x', automount: 'x', swap: 'x' };

/**
 * What `systemd-analyze verify` says of each line; `quick` leaves names of other units unread. A fatal one ends the reading, so the rest goes into another run.
 */
function said(root: string, type: string, section: string, lines: readonly string[], quick: boolean): Said[] {
  const verdicts: Said[] = [];
  const folder = mkdtempSync(join(root || '/', 'tmp/throughline-keys-'));
  const inside = `/tmp/${basename(folder)}`;
  const name = `${NAMES[type] ?? 'x'}.${type}`;
  try {
    let from = 0;
    while (from < lines.length) {
      writeFileSync(join(folder, name), `[${section}]\n${lines.slice(from).join('\n')}\n`);
      const args = ['verify', '--man=no', ...(quick ? ['--recursive-errors=no'] : []), `${inside}/${name}`];
      const { stderr } = systemdAnalyze(root, args, { SYSTEMD_UNIT_PATH: `${inside}:` });
      const ignored = new Set<number>();
      let last = -1;
      const ends = /has fatal error|failed to load properly/.test(stderr);
      for (const match of stderr.matchAll(/\/x\.\w+:(\d+): (.*)/g)) {
        last = Number(match[1]) - 2;
        if (!/please|obsolete|deprecated|legacy/i.test(match[2]!) || /ignoring/.test(match[2]!)) ignored.add(last);
      }
      const until = ends ? last : lines.length - from - 1;
      for (let i = 0; i <= until; i++)
        verdicts.push(ends && i === until ? 'refused' : ignored.has(i) ? 'ignored' : 'taken');
      if (until < 0) break;
      from += until + 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return verdicts;
}

const asked = new Set<string>();

/** Keys of a section, of each parser the first two that no other section has shown yet. */
function sampled(keys: readonly UnitKey[], version: number): UnitKey[] {
  const perParser = new Map<string, number>();
  return keys.filter((key) => {
    if (!key.parser || !isJudged(key, version) || NOT_COMPARED.has(key.parser)) return false;
    if (key.dumps && !key.dumps.includes(version)) return false;
    if (ALL) return true;
    const seen = perParser.get(key.parser) ?? 0;
    const id = `${version} ${key.name}`;
    if (seen >= 2 || asked.has(id)) return false;
    perParser.set(key.parser, seen + 1);
    asked.add(id);
    return true;
  });
}

describe.each(SYSTEMDS)('values by systemd %i', (version, root) => {
  const isHere = hasSystemd(root) && process.getuid?.() === 0;
  it.skipIf(!isHere)('agree with systemd-analyze verify', { timeout: 3_600_000 }, () => {
    const different: string[] = [];
    const explained = new Map<string, number>();
    const perSeed = new Map<number, [compared: number, different: number]>();
    for (const place of PLACES) {
      const [type, section] = place.split(':') as [string, string];
      for (const key of sampled(keysIn(section, type), version)) {
        for (const seed of [0, ...SEEDS]) {
          const values = seed === 0 ? [...VALUES, ...(key.values ?? [])] : generatedValues(key, seed, COUNT);
          const theirs = said(
            root,
            type,
            section,
            values.map((it) => `${key.name}=${it}`),
            !/^(?:unit_deps|obsolete_unit_deps|service_sockets|trigger_unit|socket_service|unit_slice)$/.test(
              key.parser!,
            ),
          );
          const count = perSeed.get(seed) ?? [0, 0];
          perSeed.set(seed, count);
          for (const [i, verdict] of theirs.entries()) {
            const value = values[i]!;
            // Of a silent fault systemd says nothing, so there is nothing to compare it with.
            const faults = faultsOf(key, value, type, version).filter((it) => !it.silent && it.dropped === undefined);
            const ours: Said = faults.some((it) => it.fatal) ? 'refused' : faults.length > 0 ? 'ignored' : 'taken';
            count[0]++;
            if (ours === verdict) continue;
            count[1]++;
            const reason = reasonFor({ key, value, ours, theirs: verdict, version });
            if (reason === undefined)
              different.push(`[${section}] ${key.parser} ${key.name}=${value}: ours ${ours}, theirs ${verdict}`);
            else explained.set(reason, (explained.get(reason) ?? 0) + 1);
          }
        }
      }
    }
    const rows = [...perSeed].map(([seed, [all, wrong]]) => {
      const rate = (100 * (all - wrong)) / all;
      return `${seed === 0 ? 'fixed values' : `seed ${seed}`}: ${all} compared, ${wrong} differ, agreement ${rate.toFixed(2)} %`;
    });
    console.log(`systemd ${version}\n${rows.join('\n')}\nlisted: ${JSON.stringify([...explained])}`);
    if (process.env.LIST) console.log(different.join('\n'));
    for (const [all, wrong] of perSeed.values()) expect(wrong / all).toBeLessThan(0.005);
    expect(different).toEqual([]);
  });
});
