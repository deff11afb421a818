/**
 * Users, groups and directories as programs see them: id(1) over generated /etc/passwd and /etc/group, systemd-tmpfiles
 * over generated tmpfiles.d, and the sockets that gunicorn makes under umasks and users.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identity } from '../../server/src/deployment/identity.js';
import { tmpfilesDirectories } from '../../server/src/deployment/madeDirectories.js';
import { socketOwnership } from '../../server/src/deployment/socketOwner.js';
import { accountOf } from '../../server/src/host/accounts.js';
import { type HostView, known } from '../../server/src/host/host.js';
import { grammars, load } from '../fixture/deployment.js';
import { numbers } from '../fixture/numbers.js';
import { isThere } from './programs.js';

const asRoot = process.getuid?.() === 0;
const top = mkdtempSync(join(tmpdir(), 'throughline-accounts-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));
beforeAll(grammars);

/** A tree on the disk as a whole machine. */
function hostAt(root: string): HostView {
  const real = (path: string) => join(root, path);
  return {
    stat(path) {
      if (!existsSync(real(path))) return known(undefined);
      const { uid, gid, mode, size } = lstatSync(real(path));
      const kind = lstatSync(real(path)).isDirectory() ? 'directory' : 'file';
      return known({ kind, uid, gid, mode: mode & 0o7777, size, real: path });
    },
    list: (path) => known(existsSync(real(path)) ? readdirSync(real(path)).sort() : undefined),
    read: (path) =>
      known(existsSync(real(path)) ? { text: readFileSync(real(path), 'utf8'), invalidUtf8: false } : undefined),
  };
}

function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe.skipIf(!asRoot || spawnSync('unshare', ['--mount', 'true']).status !== 0)('accounts', () => {
  it('have the groups that id says', () => {
    const next = numbers(20261125);
    const names = ['ann', 'bob', 'www-data', 'app', 'deploy'];
    const pick = <T>(of: readonly T[]): T => of[next(of.length)]!;
    for (let round = 0; round < 40; round++) {
      const root = join(top, `ids${round}`);
      const users = ['root:x:0:0:root:/root:/bin/sh'];
      for (let i = 0; i < 5; i++) {
        const gid = pick(['100', '101', '102', '33', '', 'x']);
        users.push(
          pick([`${pick(names)}:x:${1000 + next(5)}:${gid}::/home:/bin/sh`, '', '# a remark', `${pick(names)}:x`]),
        );
      }
      const groups = ['root:x:0:'];
      for (let i = 0; i < 6; i++) {
        const members = Array.from({ length: next(3) }, () => pick(names)).join(pick([',', ',', ',,']));
        groups.push(
          pick([
            `${pick([...names, 'web', 'ops'])}:x:${pick(['100', '101', '102', '103', '33', ''])}:${members}`,
            '',
            '# x',
          ]),
        );
      }
      put(root, 'etc/passwd', `${users.join('\n')}\n`);
      put(root, 'etc/group', `${groups.join('\n')}\n`);
      put(root, 'etc/nsswitch.conf', 'passwd: files\ngroup: files\n');
      const script = `mount --bind ${root}/etc/passwd /etc/passwd && mount --bind ${root}/etc/group /etc/group && mount --bind ${root}/etc/nsswitch.conf /etc/nsswitch.conf && for u in ${names.join(' ')}; do echo "$u $(id -u $u 2>/dev/null) : $(id -G $u 2>/dev/null)"; done`;
      const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' });
      const host = hostAt(root);
      for (const line of stdout.trim().split('\n')) {
        const [name = '', uid = '', , ...gids] = line.split(' ').filter((it) => it !== '');
        const account = accountOf(host, name);
        const there = account.known && account.value !== undefined;
        const where = `${name} in ${readFileSync(join(root, 'etc/passwd'), 'utf8')}${readFileSync(join(root, 'etc/group'), 'utf8')}`;
        expect(there, where).toBe(/^\d+$/.test(uid));
        if (!there) continue;
        const who = identity(host, name, undefined, [], true);
        expect([who.user, [...new Set(who.groups)].sort()], where).toEqual([
          Number(uid),
          [...new Set(gids.map(Number))].sort(),
        ]);
      }
    }
  });
});

describe.skipIf(!asRoot || !isThere('systemd-tmpfiles', ['--version']))('tmpfiles.d', () => {
  it('makes the directories that systemd-tmpfiles makes', () => {
    const next = numbers(20261126);
    const pick = <T>(of: readonly T[]): T => of[next(of.length)]!;
    for (let round = 0; round < 40; round++) {
      const root = join(top, `tmpfiles${round}`);
      put(root, 'etc/passwd', 'root:x:0:0::/root:/bin/sh\nann:x:1001:1001::/home/ann:/bin/sh\n');
      put(root, 'etc/group', 'root:x:0:\nann:x:1001:\nweb:x:1002:\n');
      for (const folder of ['etc', 'run', 'usr/lib']) {
        for (const name of ['a.conf', 'b.conf', 'c.txt']) {
          if (next(2) === 0) continue;
          const lines = Array.from({ length: 1 + next(3) }, () => {
            const path = pick([
              '/run/one',
              '/run/two',
              '/run/three',
              '/var/run/four',
              '/srv/five',
              '/var/lib/six',
              '/var/log/seven',
              '/run/one/deep',
            ]);
            const mode = pick(['0750', '755', '-', '0700', '~0711', ':0750']);
            return `${pick(['d', 'D', 'd!', 'f', 'v', '#', 'd-'])} ${path} ${mode} ${pick(['-', 'ann', 'root', '1001'])} ${pick(['-', 'web', 'ann'])} -`;
          });
          put(root, `${folder}/tmpfiles.d/${name}`, `${lines.join('\n')}\n`);
        }
      }
      const host = hostAt(root);
      const ours = tmpfilesDirectories(host);
      spawnSync('systemd-tmpfiles', ['--create', '--boot', `--root=${root}`]);
      for (const [path, { user, group, mode }] of ours) {
        const there = lstatSync(join(root, path), { throwIfNoEntry: false });
        const texts = spawnSync(
          'grep',
          ['-r', '.', ...['etc', 'run', 'usr/lib'].map((it) => `${root}/${it}/tmpfiles.d`)],
          { encoding: 'utf8' },
        ).stdout;
        const real = there?.isDirectory() ? [there.uid, there.gid, (there.mode & 0o7777).toString(8)] : undefined;
        expect(real, `${path}\n${texts}`).toEqual([user, group, mode.toString(8)]);
      }
    }
  });
});

describe.skipIf(!asRoot || !existsSync('/usr/bin/gunicorn'))('sockets of gunicorn', () => {
  const cases = [
    { options: '', umask: '0022', user: 65534 },
    { options: '--umask 007', umask: '0022', user: 65534 },
    { options: '-m 0o27', umask: '0077', user: 0 },
    { options: '--umask=0x3f', umask: '0', user: 65534 },
    { options: '--umask 63', umask: '0022', user: 0 },
    { options: '--user 65534 --group 65534', umask: '0022', user: 0 },
    { options: '--user 65534 --umask 077', umask: '0022', user: 0 },
  ];
  it.each(cases)('$options under umask $umask as $user', async ({ options, umask, user }) => {
    const folder = mkdtempSync(join(top, 'gunicorn-'));
    spawnSync('chmod', ['777', folder, top]);
    put(folder, 'app.py', 'def application(environ, start):\n    start("200 OK", [])\n    return []\n');
    const path = join(folder, 's');
    const line = `gunicorn --chdir ${folder} --bind unix:${path} ${options} app`;
    const run = `umask ${umask}; exec setpriv --reuid ${user} --regid ${user} --clear-groups timeout 20 ${line}`;
    const child = spawnSync(
      'sh',
      [
        '-c',
        `(${run}) >${folder}/log 2>&1 & p=$!; for i in $(seq 150); do [ -S ${path} ] && break; sleep 0.1; done; sleep 0.3; stat -c '%u %g %a' ${path}; kill $p`,
      ],
      { encoding: 'utf8' },
    );
    const [uid, gid, mode] = child.stdout.trim().split(' ');
    const unit = `[Service]\nUser=${user}\nGroup=${user}\nUMask=${umask}\nExecStart=/usr/bin/${line}\n`;
    const files = [{ path: 'etc/systemd/system/app.service', text: unit, attributes: {} }];
    const owner = load({ files, absent: [] }).settle(
      ({ deployment, host }) => deployment.listeners[0] && socketOwnership(deployment.listeners[0], host),
    );
    expect([owner?.user, owner?.group, owner?.mode.toString(8)]).toEqual([Number(uid), Number(gid), mode]);
  });
});
