/** The line from nginx to the app as an editor asks for it, from either end, and while typing in either file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TREES } from '../deployments/trees.js';
import { readFixture } from '../fixture/reader.js';
// @ts-expect-error: a script without types
import { startClient } from './serverClient.mjs';

const SITE = 'etc/nginx/sites-enabled/app';
const UNIT = 'etc/systemd/system/app.service';

let folder: string;
// biome-ignore lint/suspicious/noExplicitAny: the scripted client has no types
let client: any;

const files = readFixture(TREES.TCP!).files;
const textOf = (path: string) => files.find((it) => it.path === path)!.text;
const uriOf = (path: string) => pathToFileURL(join(folder, path)).href;
const position = (path: string, text: string, more = 1) => {
  const before = textOf(path).slice(0, textOf(path).indexOf(text));
  const line = before.split('\n').length - 1;
  return { line, character: before.length - before.lastIndexOf('\n') - 1 + more };
};
const at = (path: string, text: string) => ({ textDocument: { uri: uriOf(path) }, position: position(path, text) });
const replacing = (path: string, text: string, by: string) => ({
  range: { start: position(path, text, 0), end: position(path, text, text.length) },
  text: by,
});
type Shown = { diagnostics: { code: string }[] };
const has = (code: string) => (it: Shown) => it.diagnostics.some((one) => one.code === code);
const lacks = (code: string) => (it: Shown) => !has(code)(it);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-line-'));
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  client = await startClient({ folder });
  await client.open(uriOf(SITE), 'nginx', textOf(SITE));
  await client.open(uriOf(UNIT), 'systemd', textOf(UNIT));
});

afterEach(async () => {
  await client?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a unit of this machine that was saved', () => {
  const save = (uri: string) => client.notify('textDocument/didSave', { textDocument: { uri } });

  it('is said to need daemon-reload, once, and files elsewhere are not', async () => {
    await save(uriOf(UNIT));
    for (const it of ['app.service', 'app.service', 'app.service.d/override.conf', 'web@.service', 'notes.txt'])
      await save(`file:///etc/systemd/system/${it}`);
    await save('file:///home/ann/.config/systemd/user/sync.timer');
    await expect
      .poll(() => client.shown)
      .toEqual([
        'systemd goes on with app.service as it was until "systemctl daemon-reload", then "systemctl restart app.service".',
        `systemd goes on with web@.service as it was until "systemctl daemon-reload", then "systemctl restart 'web@*.service'".`,
        'systemd goes on with sync.timer as it was until "systemctl --user daemon-reload", then "systemctl --user restart sync.timer".',
      ]);
  });
});

describe('the line from nginx to the app', () => {
  it('is told on both ends', async () => {
    const hovered = async (path: string, text: string) =>
      (await client.request('textDocument/hover', at(path, text))).contents.value as string;
    const answers = '**127.0.0.1:8000** is answered by `app.service`, which runs `mysite.wsgi` under gunicorn';
    expect(await hovered(SITE, '127.0.0.1:8000')).toContain(answers);
    expect(await hovered(UNIT, '127.0.0.1:8000')).toContain(`/${SITE}:5`);
    expect(await hovered(UNIT, 'mysite.wsgi')).toContain('/srv/app/mysite/wsgi.py');
  });

  it('leads from one end to the other', async () => {
    const [unit] = await client.request('textDocument/definition', at(SITE, '127.0.0.1:8000'));
    expect(unit.targetUri).toBe(uriOf(UNIT));
    expect(unit.targetRange.start).toEqual(position(UNIT, '127.0.0.1:8000', 0));
    const places = await client.request('textDocument/references', {
      ...at(UNIT, '127.0.0.1:8000'),
      context: { includeDeclaration: true },
    });
    expect(places.map((it: { uri: string }) => it.uri)).toContain(uriOf(SITE));
    const [module] = await client.request('textDocument/definition', at(UNIT, 'mysite.wsgi'));
    expect(module.targetUri).toBe(uriOf('srv/app/mysite/wsgi.py'));
  });

  it('has lenses whose URLs are explained', async () => {
    const lenses = await client.request('textDocument/codeLens', { textDocument: { uri: uriOf(SITE) } });
    const explained = lenses.filter(
      (it: { command: { command: string } }) => it.command.command === 'throughline.explain',
    );
    expect(explained.map((it: { range: { start: { line: number } } }) => it.range.start.line)).toEqual([0, 3]);
    const [url] = explained[1].command.arguments;
    const answer = await client.request('throughline/explain', { textDocument: { uri: uriOf(SITE) }, url });
    expect(answer.answer).toMatchObject({ kind: 'upstream', unit: 'app.service' });
  });

  it('is followed while typing on either side', async () => {
    await client.until(uriOf(SITE), lacks('deployment/upstream-without-listener'));
    await client.change(uriOf(UNIT), 2, [replacing(UNIT, '127.0.0.1:8000', '127.0.0.1:8001')]);
    await client.until(uriOf(SITE), has('deployment/upstream-without-listener'));
    await client.change(uriOf(SITE), 2, [replacing(SITE, '127.0.0.1:8000', '127.0.0.1:8001')]);
    await client.until(uriOf(SITE), lacks('deployment/upstream-without-listener'));
    // What is said in the unit's file follows what is typed in nginx's.
    await client.change(uriOf(SITE), 3, [replacing(SITE, 'listen 80', 'listen 127.0.0.1:8001')]);
    await client.until(uriOf(UNIT), has('deployment/address-taken'));
    await client.change(uriOf(SITE), 4, [
      { range: { start: position(SITE, 'listen 80', 0), end: position(SITE, 'listen 80', 21) }, text: 'listen 80' },
    ]);
    await client.until(uriOf(UNIT), lacks('deployment/address-taken'));
  });
});
