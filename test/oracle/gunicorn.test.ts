/** Where gunicorn says that it binds (`--print-config`) is where we say so, for options, GUNICORN_CMD_ARGS and PORT. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readGunicorn } from '../../server/src/apps/gunicorn.js';
import { hostPath } from '../../server/src/base/hostPath.js';

const folder = mkdtempSync(join(tmpdir(), 'throughline-gunicorn-'));
writeFileSync(join(folder, 'a.py'), 'def app(e, s): pass\ndef application(e, s): pass\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const there = spawnSync('gunicorn', ['--version']).status === 0;

const CASES: [line: string, environment: Record<string, string>][] = [
  ['a:app', {}],
  ['--bin 127.0.0.1:9 a:app', {}],
  ['-b :1 --bind=unix:x.sock a:app', {}],
  ['a:app -w2 -b1.2.3.4:5', {}],
  ['-Rb 127.0.0.1:7 a', {}],
  ['a:app', { PORT: '8123' }],
  ['a:app', { GUNICORN_CMD_ARGS: '--bind=127.0.0.1:6 -w 2' }],
  ['a:app', { GUNICORN_CMD_ARGS: "-b 'unix:/tmp/a b.sock'", PORT: '1' }],
  ['-b localhost:4 a:app', { GUNICORN_CMD_ARGS: '-b :3', PORT: '1' }],
  ['--workers 3 --name bind --bind unix:/tmp/x.sock --bind 0.0.0.0:8001 a:app', {}],
];

describe.skipIf(!there)('gunicorn --print-config', () => {
  it.each(CASES)('%s %o', (line, environment) => {
    const args = line.split(' ');
    const ran = spawnSync('gunicorn', ['--print-config', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      encoding: 'utf8',
    });
    const printed = /^bind\s+= \[(.*)\]$/m.exec(ran.stdout)?.[1];
    expect(printed, ran.stderr).toBeDefined();
    const words = args.map((text) => ({ text, start: 0, end: text.length }));
    const read = readGunicorn(words, (name) => environment[name], hostPath('/x'), undefined);
    expect(read.open).toBe(false);
    expect(read.binds.map((it) => `'${it.text}'`).join(', ')).toBe(printed);
    expect(read.app?.text).toBe(args.find((it) => /^a(?::app)?$/.test(it)));
  });
});
