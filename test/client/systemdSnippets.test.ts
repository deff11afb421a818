import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { missing, run } from './oracle.js';
import { expansions, snippetsOf } from './snippets.js';

const snippets = snippetsOf('systemd');
const reason = missing('systemd-analyze');

const service = '[Service]\nExecStart=/bin/true\n';
const socket = '[Socket]\nListenStream=/run/gunicorn.sock\n';

/** The name that each snippet is tried under, and the units that it needs beside it. */
const units: Record<string, { file: string; beside?: Record<string, string> }> = {
  'Socket for gunicorn': { file: 'gunicorn.socket', beside: { 'gunicorn.service': service } },
  'Service of gunicorn, socket-activated': { file: 'gunicorn.service', beside: { 'gunicorn.socket': socket } },
  'Service of gunicorn, stand-alone': { file: 'app.service' },
  Timer: { file: 'cleanup.timer', beside: { 'cleanup.service': service } },
  'One-shot service': { file: 'cleanup.service' },
  'Path unit': { file: 'upload.path', beside: { 'upload.service': service } },
};

describe.skipIf(reason)(`systemd accepts every snippet${reason ? `: ${reason}` : ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'throughline-systemd-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  let tries = 0;

  /** What `systemd-analyze verify` says to a unit, with the units beside it. */
  function verify(file: string, text: string, beside: Record<string, string> = {}) {
    // A directory for each: verify looks for other units beside the one that it is given.
    const home = join(directory, String(tries++));
    mkdirSync(home);
    // Programs that a snippet supposes are not installed here; what they are given stays.
    const present = text.replace(/^(Exec\w+=)\/srv\/\S+/gm, '$1/bin/true');
    for (const [name, unit] of Object.entries({ ...beside, [file]: present })) writeFileSync(join(home, name), unit);
    return run('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', join(home, file)]);
  }

  it.each([...snippets])('%s', (name, snippet) => {
    const { file, beside } = units[name]!;
    for (const text of expansions(snippet)) {
      expect(verify(file, text, beside), text).toEqual({ status: 0, output: '' });
    }
  });

  it('complains of what is wrong, so the answers above mean something', () => {
    expect(verify('a.service', '[Service]\nExecStart=/bin/true\nWorkingDirectroy=/srv\n').output).toContain(
      'Unknown key',
    );
    expect(verify('b.service', '[Service]\nExecStart=/nowhere/x\n').status).not.toBe(0);
  });
});
