/** What services see and may write under sandbox settings, against systemd itself as the first process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostPath } from '../../server/src/base/hostPath.js';
import { hiddenBy, isTemporary, privateTmp, readOnlyBy } from '../../server/src/deployment/sandbox.js';
import { grammars, load } from '../fixture/deployment.js';
import { numbers } from '../fixture/numbers.js';
import { bootWith, canBoot } from './bootedSystemd.js';

const SERVICES = 120;
const PLACES = [
  '/home/ann/site',
  '/root/x',
  '/run/user/1',
  '/srv/app',
  '/srv/app/static',
  '/opt/x',
  '/var/lib/app',
  '/etc/app',
  '/usr/share/app',
  '/var/tmp/x',
];

const folder = mkdtempSync(join(tmpdir(), 'throughline-sandbox-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(grammars);

function settings(next: (below: number) => number): string {
  const pick = <T>(of: readonly T[]): T => of[next(of.length)]!;
  const lines: string[] = [];
  const some = (key: string, values: readonly string[]) => {
    if (next(3) === 0) lines.push(`${key}=${pick(values)}`);
  };
  const paths = [
    '/srv',
    '/srv/app',
    '/srv/app/static',
    '/opt',
    '/opt/x',
    '/var/lib',
    '/var/lib/app',
    '/home',
    '/home/ann/site',
    '/root',
  ];
  if (next(3) > 0) lines.push(`ProtectSystem=${pick(['yes', 'full', 'strict', 'strict', 'no'])}`);
  if (next(2) > 0) lines.push(`ProtectHome=${pick(['yes', 'read-only', 'tmpfs', 'no', 'true'])}`);
  some('PrivateTmp', ['yes', 'no', '1']);
  // Writable homes that are emptied as well come out read-only, which nobody means.
  some(
    'ReadWritePaths',
    paths.filter((it) => it !== '/home' && it !== '/root').map((it) => `-${it}`),
  );
  some('ReadWritePaths', ['-/srv -/opt', '-/etc/app', '-/usr/share/app']);
  some(
    'ReadOnlyPaths',
    paths.map((it) => `-${it}`),
  );
  some(
    'InaccessiblePaths',
    paths.map((it) => `-${it}`),
  );
  some(
    'BindPaths',
    paths.map((it) => `-${it}`),
  );
  some('BindReadOnlyPaths', ['-/home/ann/site', '-/srv/app -/opt/x', '-/var/lib/app:/var/lib/app']);
  some('TemporaryFileSystem', ['/srv', '/opt', '/srv/app', '/home:ro', '/var/lib']);
  if (next(6) === 0) lines.push('DynamicUser=yes');
  // The mode of others than dynamic users stays after them.
  else some('StateDirectory', ['app\nStateDirectoryMode=0777']);
  return `${lines.join('\n')}\n`;
}

describe.skipIf(!canBoot())('sandboxes', () => {
  it(`show and hide what systemd does, in ${SERVICES} services`, { timeout: 120_000 }, async (context) => {
    // Name spaces and cgroups may be denied to us: then a service with nothing to it does not run either.
    const first = await bootWith(join(folder, 'first'), new Map([['a', "ExecStart=/bin/sh -c 'echo end'\n"]]), '', 20);
    if (first.get('a') !== 'end\n') return context.skip();
    const next = numbers(20261127);
    const probe = `for p in ${PLACES.join(' ')}; do v=0; w=0; [ -e $$p/mark ] && v=1; touch $$p/.%N 2>/dev/null && w=1; echo "$$p $$v $$w"; done; echo end`;
    const services = new Map(
      Array.from({ length: SERVICES }, (_, i) => [`s${i}`, `${settings(next)}ExecStart=/bin/sh -c '${probe}'\n`]),
    );
    const relative = PLACES.map((it) => it.slice(1));
    const prepare = relative
      .map((it) => `mkdir -p ${it}; chmod 755 ${it.split('/')[0]}; chmod 777 ${it}; touch ${it}/mark\n`)
      .join('');
    const seen = await bootWith(join(folder, 'all'), services, prepare, 60);
    const wrong: string[] = [];
    let judged = 0;
    for (const [name, text] of services) {
      const lines = seen.get(name)?.trim().split('\n') ?? [];
      const files = [{ path: `etc/systemd/system/${name}.service`, text: `[Service]\n${text}`, attributes: {} }];
      const [unit] = load({ files, absent: [] }).settle((it) => it.units);
      // A unit whose name space cannot be made has nothing to show.
      if (lines.at(-1) !== 'end') continue;
      for (const line of lines.slice(0, -1)) {
        const [place = '', visible, writable] = line.split(' ');
        const path = hostPath(`${place}/mark`);
        const hidden = hiddenBy(unit!, path) !== undefined || (isTemporary(path) && privateTmp(unit!) !== undefined);
        const readOnly = readOnlyBy(unit!, path) !== undefined;
        judged++;
        const ours = hidden ? '0 ?' : `1 ${readOnly ? 0 : 1}`;
        const theirs = hidden ? `${visible} ?` : `${visible} ${writable}`;
        if (ours !== theirs)
          wrong.push(`${place}: ours ${ours}, systemd ${theirs}\n${text.replace(/ExecStart.*/s, '')}`);
      }
    }
    expect(wrong.slice(0, 12).join('\n')).toBe('');
    expect(judged).toBeGreaterThan((SERVICES * PLACES.length) / 2);
  });
});
