/** The command line keeps compiled code between runs; whatever becomes of that, it says the same. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const bin = new URL('../../server/bin/throughline.cjs', import.meta.url).pathname;
const seed = new URL('../../examples/seed', import.meta.url).pathname;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'throughline-compiled-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function check(env: Record<string, string> = {}): string {
  const run = spawnSync(process.execPath, [bin, 'check', '--root', seed, '--format', 'json'], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: home, ...env },
  });
  expect(run.stderr).toBe('');
  return run.stdout;
}

const kept = () => readdirSync(join(home, 'throughline')).filter((it) => it.endsWith('.compiled'));

it('says the same with and without compiled code, and with code that is damaged or not its own', () => {
  const plain = check({ NODE_DISABLE_COMPILE_CACHE: '1' });
  expect(plain).toContain('deployment/upstream-without-listener');
  expect(check()).toBe(plain);
  const [name] = kept();
  const path = join(home, 'throughline', name!);
  const code = readFileSync(path);
  expect(check()).toBe(plain);

  writeFileSync(path, code.subarray(0, code.length / 2));
  expect(check()).toBe(plain);
  expect(readFileSync(path).length).toBeGreaterThan(code.length / 2);

  const flipped = Buffer.from(code);
  for (let at = 100; at < flipped.length; at += 10_000) flipped[at]! ^= 0xff;
  writeFileSync(path, flipped);
  expect(check()).toBe(plain);

  writeFileSync(path, 'not code at all');
  chmodSync(path, 0o666);
  expect(check()).toBe(plain);
  expect(kept()).toEqual([name]);
});

it('says the same where nothing can be kept', () => {
  const plain = check({ NODE_DISABLE_COMPILE_CACHE: '1' });
  expect(check({ XDG_CACHE_HOME: '/dev/null' })).toBe(plain);
});
