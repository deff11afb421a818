/** Our reading of rights against the kernel's: random trees, users and groups, and what a process of that user may do. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type HostPath, hostPath } from '../../server/src/base/hostPath.js';
import type { Identity } from '../../server/src/deployment/identity.js';
import { may, type Ownership, obstacleAbove, READ, WRITE } from '../../server/src/deployment/rights.js';
import { type HostView, known, unknown } from '../../server/src/host/host.js';
import { numbers } from '../fixture/numbers.js';
import { isThere } from './programs.js';

const CASES = 1500;
const asRoot = process.getuid?.() === 0 && isThere('python3', ['--version']);

/** Tries each case in a child of that user: reads the file, or connects to the socket; one line of 1 or 0 each. */
const PROBE = `
import json, os, socket, sys
keep = []
cases = json.load(sys.stdin)
for case in cases:
    if case["socket"]:
        s = socket.socket(socket.AF_UNIX); s.bind(case["path"]); s.listen(1); keep.append(s)
        if len(keep) > 400: keep.pop(0)
        os.chown(case["path"], case["uid"], case["gid"]); os.chmod(case["path"], case["mode"])
    for path, uid, gid, mode in case["folders"]:
        os.chown(path, uid, gid); os.chmod(path, mode)
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(case["groups"][1:]); os.setgid(case["groups"][0]); os.setuid(case["user"])
            if case["socket"]:
                socket.socket(socket.AF_UNIX).connect(case["path"])
            else:
                os.close(os.open(case["path"], os.O_RDONLY))
            os._exit(0)
        except PermissionError:
            os._exit(13)
        except Exception as e:
            sys.stderr.write(repr(e)); os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

interface Case {
  readonly path: string;
  readonly socket: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly folders: [string, number, number, number][];
  readonly user: number;
  readonly groups: number[];
}

describe.skipIf(!asRoot)('rights, as root', () => {
  const top = mkdtempSync(join(tmpdir(), 'throughline-rights-'));
  chmodSync(top, 0o755);
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  it(`answers as the kernel does in ${CASES} cases`, () => {
    const next = numbers(20261124);
    const ids = [0, 2001, 2002, 2003];
    const id = () => ids[next(ids.length)]!;
    const cases = Array.from({ length: CASES }, (_, n): Case => {
      const folders: Case['folders'] = [];
      let at = join(top, String(n));
      for (let depth = next(3); depth >= 0; depth--) {
        mkdirSync(at, { recursive: true });
        // Any bits, but often enough those of which a right hangs on one class.
        folders.push([
          at,
          id(),
          id(),
          next(3) === 0 ? next(512) : [0o755, 0o750, 0o710, 0o701, 0o711, 0o700][next(6)]!,
        ]);
        at = join(at, 'd');
      }
      const path = join(folders.at(-1)![0], 'f');
      const socket = next(2) === 0;
      const mode = next(2) === 0 ? next(512) : [0o666, 0o660, 0o600, 0o606, 0o777, 0o755][next(6)]!;
      const file = { path, socket, uid: id(), gid: id(), mode };
      if (!socket) {
        writeFileSync(path, '');
        chownSync(path, file.uid, file.gid);
        chmodSync(path, mode);
      }
      const groups = [id(), ...(next(2) === 0 ? [id()] : [])];
      return { ...file, folders, user: next(8) === 0 ? 0 : ids[1 + next(3)]!, groups };
    });
    const run = spawnSync('python3', ['-c', PROBE], { input: JSON.stringify(cases), encoding: 'utf8' });
    expect(run.stderr).toBe('');
    const kernel = run.stdout.trim().split('\n').map(Number);
    expect(kernel).toHaveLength(CASES);
    const granted = kernel.filter((it) => it === 0).length;
    expect(granted).toBeGreaterThan(CASES / 10);
    expect(granted).toBeLessThan((CASES * 9) / 10);
    const wrong = cases.filter((it, n) => (kernel[n] === 0) !== allows(it));
    expect(wrong).toEqual([]);
  });
});

function allows({ path, socket, user, groups, uid, gid, mode }: Case): boolean {
  const who: Identity = { name: String(user), user, groups, allGroups: true, stated: true };
  const owner: Ownership = { user: uid, group: gid, mode, from: 'settings' };
  const verdict = may(who, owner, socket ? WRITE : READ);
  expect(['yes', 'no']).toContain(verdict);
  return obstacleAbove(who, hostPath(path), disk) === undefined && verdict === 'yes';
}

/** The disk itself, of which everything can be known. */
const disk: HostView = {
  stat(path: HostPath) {
    const { uid, gid, mode, size } = lstatSync(path);
    return known({ kind: 'directory', uid, gid, mode: mode & 0o7777, size, real: path });
  },
  list: () => unknown('not needed'),
  read: () => unknown('not needed'),
};
