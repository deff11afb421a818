/** The server among files and messages that nobody expects: it lives on and serves the others. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { startClient } from './serverClient.mjs';

const SEED = new URL('../../examples/seed', import.meta.url).pathname;
const SITE = 'etc/nginx/sites-available/django';

let folder: string;
// biome-ignore lint/suspicious/noExplicitAny: the scripted client has no types
let client: any;

const uriOf = (path: string) => pathToFileURL(join(folder, path)).href;
const textOf = (path: string) => readFileSync(join(folder, path), 'utf8');
const has = (code: string) => (params: { diagnostics: { code: string }[] }) =>
  params.diagnostics.some((it) => it.code === code);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-robust-'));
  cpSync(SEED, folder, { recursive: true, verbatimSymlinks: true });
});

afterEach(async () => {
  await client?.stop();
  client = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** The proof that the server is alive and still right. */
async function stillServes(): Promise<void> {
  await client.until(uriOf(SITE), has('deployment/upstream-without-listener'));
}

it('FIFOs, loops, folders with the names of files, and broken links are named in the log', async () => {
  mkdirSync(join(folder, 'etc/nginx/conf.d/folder.conf'), { recursive: true });
  execFileSync('mkfifo', [join(folder, 'etc/nginx/conf.d/pipe.conf')]);
  symlinkSync('loop.conf', join(folder, 'etc/nginx/conf.d/loop.conf'));
  symlinkSync('../gone', join(folder, 'etc/nginx/sites-enabled/gone'));
  writeFileSync(join(folder, 'etc/nginx/conf.d/bytes.conf'), Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]));
  client = await startClient({ folder });
  await stillServes();
  await expect.poll(() => client.logs.join('\n')).toContain('pipe.conf: it is a fifo');
  const log = client.logs.join('\n');
  expect(log).toContain('loop.conf: its symbolic links lead in a circle');
  expect(log).toContain('gone: it is a symbolic link to something that does not exist');
  expect(log).toContain('bytes.conf: some bytes are not UTF-8');
});

it('a line of 10 MB can be opened and edited', { timeout: 60_000 }, async () => {
  client = await startClient({ folder });
  const uri = uriOf('etc/nginx/conf.d/long.conf');
  await client.open(uri, 'nginx', `server { set $a "${'x'.repeat(10 * 1024 * 1024)}"; lsten 80; }\n`);
  await client.until(uri, has('nginx/unknown-directive'), 30_000);
  await client.change(uri, 2, [
    { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: ' ' },
  ]);
  await client.until(uri, (it: { version: number }) => it.version === 2, 30_000);
  await stillServes();
});

it('positions outside of the text do no harm', async () => {
  client = await startClient({ folder });
  await client.open(uriOf(SITE), 'nginx', textOf(SITE));
  const far = { line: 9_999, character: 9_999 };
  await client.change(uriOf(SITE), 2, [{ range: { start: far, end: far }, text: '# end\n' }]);
  await client.change(uriOf(SITE), 3, [
    { range: { start: { line: 3, character: 9 }, end: { line: 1, character: 2 } }, text: '' },
  ]);
  for (const method of ['hover', 'completion', 'definition']) {
    await client.request(`textDocument/${method}`, { textDocument: { uri: uriOf(SITE) }, position: far });
  }
  await stillServes();
});

it('changes of files that were never opened, and closing twice, are ignored', async () => {
  client = await startClient({ folder });
  await client.change(uriOf('nowhere'), 2, [{ text: 'x' }]);
  await client.notify('textDocument/didClose', { textDocument: { uri: uriOf('nowhere') } });
  await client.open(uriOf(SITE), 'nginx', textOf(SITE));
  await client.open(uriOf(SITE), 'nginx', textOf(SITE));
  await client.notify('textDocument/didClose', { textDocument: { uri: uriOf(SITE) } });
  await client.notify('textDocument/didClose', { textDocument: { uri: uriOf(SITE) } });
  await stillServes();
});

it('a file that is deleted while it is open is judged as the editor has it', async () => {
  client = await startClient({ folder });
  await client.open(uriOf(SITE), 'nginx', textOf(SITE));
  rmSync(join(folder, SITE));
  await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uriOf(SITE), type: 3 }] });
  await client.change(uriOf(SITE), 2, [
    { range: { start: { line: 1, character: 4 }, end: { line: 1, character: 10 } }, text: 'lisen' },
  ]);
  await client.until(uriOf(SITE), has('nginx/unknown-directive'));
});
