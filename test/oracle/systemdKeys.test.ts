/** Values of the catalog's keys: what we refuse, systemd of the same version refuses or ignores, and the other way round. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keysIn, type UnitKey } from '../../server/src/catalog/systemd.js';
import { faultsOf, isJudged } from '../../server/src/systemd/values/table.js';

const ROOTS: readonly (readonly [number, string])[] = [
  [252, ''],
  [257, '/var/cache/throughline-oracles/trixie'],
  [262, '/var/cache/throughline-oracles/sid'],
];

const PLACES = ['service:Service', 'socket:Socket', 'timer:Timer', 'path:Path', 'slice:Slice'];

const VALUES =
  'yes|no|On|2|1|0|-1|5|100|10001|abc|30s|1min 30s|1h30|infinity|10%|150%|512M|1.5G|1K 2M|10X|0644|888|/run/x|relative/path|-/run/x|~|a.service|app.slice|%n|%%|/run/%z|A=b|A=b C=d|1A=b|SIGTERM|TERM|SIGFOO|SIGRTMIN+3|@system-service|@foo|read write|~@mount|AF_INET AF_UNIX|AF_FOO|none|~net ipc|1-3|0,2 4|1:2|8080|127.0.0.1:80|[::1]:80|0.0.0.0:0|@abstract|/dev/sda 10M|/dev/null rw|/dev/null rwx|char-tty r|10.0.0.0/8|10.0.0.0/33|::1|any localhost|www-data|1000|a:b|EPERM|EFOO|https://x man:y|foo:bar|null|journal|syslog|always|never|strict|idle|id:data|cpu memory|realtime|native x86|SUCCESS 1|256|TEMPFAIL SIGKILL|daily|mon|private|+5|5.5|5us|50ns'.split(
    '|',
  );

/**
 * Parsers whose verdicts cannot be seen one by one, each with the reason. capability_set and exec_secure_bits: systemd skips
 * unknown words in silence, we warn. ip_filter_bpf_progs: without a kernel's support the file is not read on.
 */
const NOT_COMPARED = new Set(['capability_set', 'exec_secure_bits', 'ip_filter_bpf_progs', 'exec']);

type Said = 'taken' | 'ignored' | 'refused';

/** What `systemd-analyze verify` says of each line; a fatal one ends the reading, so the rest goes into another run. */
function said(root: string, type: string, section: string, lines: readonly string[]): Said[] {
  const verdicts: Said[] = [];
  const folder = mkdtempSync(join(root || '/', 'tmp/throughline-keys-'));
  const inside = `/tmp/${basename(folder)}`;
  try {
    let from = 0;
    while (from < lines.length) {
      writeFileSync(join(folder, `x.${type}`), `[${section}]\n${lines.slice(from).join('\n')}\n`);
      const verify = ['env', `SYSTEMD_UNIT_PATH=${inside}:`, 'systemd-analyze', 'verify', '--man=no'];
      const [command, ...args] = [...(root ? ['chroot', root] : []), ...verify, `${inside}/x.${type}`];
      const { stderr } = spawnSync(command!, args, { encoding: 'utf8' });
      const ignored = new Set<number>();
      let last = -1;
      for (const match of stderr.matchAll(/x\.\w+:(\d+): (.*)/g)) {
        last = Number(match[1]) - 2;
        if (!/please|obsolete|deprecated/i.test(match[2]!) || /ignoring/.test(match[2]!)) ignored.add(last);
      }
      const isFatal = /has fatal error/.test(stderr);
      const until = isFatal ? last : lines.length - from - 1;
      for (let i = 0; i <= until; i++)
        verdicts.push(isFatal && i === until ? 'refused' : ignored.has(i) ? 'ignored' : 'taken');
      if (until < 0) break;
      from += until + 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return verdicts;
}

function sampled(keys: readonly UnitKey[], version: number): UnitKey[] {
  const perParser = new Map<string, number>();
  return keys.filter((key) => {
    if (!key.parser || key.removed || key.deprecated || !isJudged(key) || NOT_COMPARED.has(key.parser)) return false;
    if (key.dumps && !key.dumps.includes(version)) return false;
    const seen = perParser.get(key.parser) ?? 0;
    perParser.set(key.parser, seen + 1);
    return process.env.THROUGHLINE_PROBES === 'all' || seen < 1;
  });
}

describe.each(ROOTS)('values by systemd %i', (version, root) => {
  const isHere = existsSync(join(root, '/usr/bin/systemd-analyze')) && process.getuid?.() === 0;
  it.skipIf(!isHere)('agree with systemd-analyze verify', { timeout: 600_000 }, () => {
    const different: string[] = [];
    let compared = 0;
    for (const place of PLACES) {
      const [type, section] = place.split(':') as [string, string];
      for (const key of sampled(keysIn(section, type), version)) {
        const values = [...VALUES, ...(key.values ?? [])];
        const theirs = said(
          root,
          type,
          section,
          values.map((it) => `${key.name}=${it}`),
        );
        for (const [i, verdict] of theirs.entries()) {
          const faults = faultsOf(key, values[i]!, type, version);
          const ours: Said = faults.some((it) => it.fatal) ? 'refused' : faults.length > 0 ? 'ignored' : 'taken';
          compared++;
          if (ours !== verdict) different.push(`${key.name}=${values[i]}: ours ${ours}, theirs ${verdict}`);
        }
      }
    }
    expect(compared).toBeGreaterThan(1000);
    expect(different.length / compared, different.join('\n')).toBeLessThan(0.005);
  });
});
