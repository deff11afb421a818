/** Files that change while they are looked at: the disk says one thing and then another. */
import { beforeAll, expect, it } from 'vitest';
import { hostPath } from '../../server/src/base/hostPath.js';
import { DEFAULT_CHECKS, diagnostics, FindingsMemory } from '../../server/src/features/diagnostics.js';
import type { Op, OpResults, RawStat } from '../../server/src/host/ops.js';
import { runSteps } from '../../server/src/host/ops.js';
import { HostSpace } from '../../server/src/workspace/hostSpace.js';
import { settled } from '../../server/src/workspace/settle.js';
import { grammars } from '../fixture/deployment.js';

beforeAll(grammars);

const file = (size: number): RawStat => ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, size });
const directory: RawStat = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0 };

/** A disk with two sites; reading the first gives `code`, listing shows both. */
function diskWhereReadingFails(code: string): (op: Op) => OpResults[Op['op']] {
  const text = 'server {\n    lisen 80;\n}\n';
  return ({ op, path }) => {
    const isFolder = ['/', '/etc', '/etc/nginx', '/etc/nginx/conf.d'].includes(path);
    const isFile = /^\/etc\/nginx\/conf\.d\/(?:gone|here)\.conf$/.test(path);
    if (op === 'lstat')
      return isFolder
        ? { ok: true, value: directory }
        : isFile
          ? { ok: true, value: file(text.length) }
          : { ok: false, code: 'ENOENT' };
    if (op === 'list')
      return path === '/etc/nginx/conf.d'
        ? { ok: true, value: ['gone.conf', 'here.conf'] }
        : { ok: true, value: path === '/etc/nginx' ? ['conf.d'] : [] };
    if (op === 'read')
      return path.includes('gone') ? { ok: false, code } : { ok: true, value: { text, invalidUtf8: false } };
    return { ok: false, code: 'EINVAL' };
  };
}

it.each([
  ['ENOENT', 'it was deleted while being read'],
  ['EACCES', 'this user may not read it'],
  ['EIO', 'EIO'],
  ['EINVAL', 'EINVAL'],
])('a file whose reading fails with %s is named, and the other is checked', (code, why) => {
  const space = new HostSpace('/nowhere', 'copy');
  const perform = diskWhereReadingFails(code);
  const fetch = (): void => {
    for (const question of space.host.takeNoted()) space.host.learn(question, runSteps(question, perform));
  };
  const { skipped, found } = settled(space.host, fetch, () => {
    const snapshot = space.snapshot();
    return {
      skipped: snapshot.skipped,
      found: diagnostics(snapshot, hostPath('/etc/nginx/conf.d/here.conf'), new FindingsMemory(), DEFAULT_CHECKS),
    };
  });
  expect(skipped).toEqual([{ path: '/etc/nginx/conf.d/gone.conf', why }]);
  expect(found.map((it) => it.rule)).toEqual(['nginx/unknown-directive']);
});
