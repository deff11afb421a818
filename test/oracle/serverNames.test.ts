/** Random servers that meet on addresses: the names that nginx says it ignores, and the certificates that it misses, are ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings, grammars, load } from '../fixture/deployment.js';
import { randomNumbers } from '../fuzz/edits.js';
import { hasNginx } from './nginxProbe.js';

const COUNT = Number(process.env.SERVER_NAMES ?? (process.env.CI ? 400 : 120));

let folder: string;

beforeAll(async () => {
  await grammars();
  folder = mkdtempSync(join(tmpdir(), 'throughline-names-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = [
  'a.test',
  'A.test',
  '.a.test',
  '*.a.test',
  'www.a.test',
  '*.www.a.test',
  'www.a.*',
  'www.*',
  '~^(?<sub>\\w+)\\.a$',
  '~^b',
  '""',
  '_',
  'a.*.test',
  'b..test',
];
const LISTENS = ['8081', '*:8081', '127.0.0.1:8081', '[::1]:8081', '8081-8083', '8082', 'localhost', '0.0.0.0:8082'];

function configuration(seed: number): string {
  const random = randomNumbers(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const withTls = random() < 0.4;
  const server = (): string => {
    const addresses = new Set<string>();
    // An address twice in one server is refused, and so is a range that holds it.
    const listens = [pick(LISTENS), pick(LISTENS)].filter((it) => {
      const ports = it === '8081-8083' ? ['*:8081', '*:8082', '*:8083'] : [it.replace(/^0\.0\.0\.0:|^(?=\d+$)/, '*:')];
      if (ports.some((one) => addresses.has(one))) return false;
      for (const one of ports) addresses.add(one);
      return true;
    });
    const names = Array.from({ length: Math.floor(random() * 4) }, () => pick(NAMES)).filter(
      (it) => !/\*\.test|\.\./.test(it) || random() < 0.15,
    );
    const tls = withTls && random() < 0.5;
    const certificate = withTls && random() < 0.7 ? 'ssl_certificate data:$http_x;' : '';
    return `server {
  ${listens.map((it) => `listen ${it}${tls ? ' ssl' : ''};`).join(' ')}
  ${names.length > 0 ? `server_name ${names.join(' ')};` : ''}
  ${certificate} ${certificate && random() < 0.95 ? 'ssl_certificate_key data:$http_y;' : ''}
  ${withTls && random() < 0.1 ? 'ssl_reject_handshake on;' : ''}
}`;
  };
  return `events {}\nhttp {\n${Array.from({ length: 2 + Math.floor(random() * 4) }, server).join('\n')}\n}\n`;
}

describe.skipIf(!hasNginx)('servers on one address', { timeout: 600_000 }, () => {
  it('conflict where nginx says so', () => {
    let conflicts = 0;
    let refused = 0;
    for (let seed = 1; seed <= COUNT; seed++) {
      const text = configuration(seed);
      const path = join(folder, 'nginx.conf');
      writeFileSync(path, text);
      const { status, stderr } = spawnSync('nginx', ['-t', '-q', '-c', path, '-g', `pid ${folder}/pid;`], {
        encoding: 'utf8',
      });
      const found = findings(load({ files: [{ path: 'etc/nginx/nginx.conf', text, attributes: {} }], absent: [] }));
      const errors = found.filter(({ finding }) => finding.severity === 'error');
      expect({ seed, refuses: status !== 0, text, stderr }).toEqual({ seed, refuses: errors.length > 0, text, stderr });
      if (status !== 0) {
        refused++;
        continue;
      }
      // nginx speaks of each address, we of each name once.
      const theirs = new Set(
        [...stderr.matchAll(/conflicting server name "([^"]*)"/g)].map((it) => it[1]!.toLowerCase()),
      );
      const ours = new Set(
        found
          .filter(({ finding }) => finding.rule === 'nginx/conflicting-server-name' && finding.severity === 'warning')
          .map(({ finding, shown: { range } }) => {
            const written = text.split('\n')[range.start.line]!.slice(range.start.character, range.end.character);
            return finding.messageId === 'nameless' || written === '""' ? '' : written.toLowerCase();
          }),
      );
      conflicts += ours.size;
      expect({ seed, names: [...ours].sort(), text }).toEqual({ seed, names: [...theirs].sort(), text });
    }
    console.log(`${COUNT} configurations, ${conflicts} names in conflict, ${refused} refused`);
    expect(conflicts).toBeGreaterThan(COUNT / 10);
    expect(refused).toBeGreaterThan(COUNT / 20);
  });
});
