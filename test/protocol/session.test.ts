/** The language server as a client sees it: started as a program, spoken to over standard input and output. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { startClient } from './serverClient.mjs';

const SEED = new URL('../../examples/seed', import.meta.url).pathname;
const SITE = 'etc/nginx/sites-available/django';
const SOCKET = 'etc/systemd/system/gunicorn.socket';

let folder: string;
// biome-ignore lint/suspicious/noExplicitAny: the scripted client has no types
let client: any;

const uriOf = (path: string) => pathToFileURL(join(folder, path)).href;
const textOf = (path: string) => readFileSync(join(folder, path), 'utf8');
const codes = (params: { diagnostics: { code: string }[] }) => params.diagnostics.map((diagnostic) => diagnostic.code);
const has = (code: string) => (params: { diagnostics: { code: string }[] }) => codes(params).includes(code);
const lacks = (code: string) => (params: { diagnostics: { code: string }[] }) => !codes(params).includes(code);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-protocol-'));
  cpSync(SEED, folder, { recursive: true, verbatimSymlinks: true });
});

afterEach(async () => {
  await client?.stop();
  client = undefined;
  rmSync(folder, { recursive: true, force: true });
});

describe('push', () => {
  it('diagnoses closed files of the folder at once, and the open one as it is in the editor', async () => {
    client = await startClient({ folder });
    await client.until(uriOf(SOCKET), has('deployment/socket-without-service'));
    const site = await client.until(uriOf(SITE), has('deployment/upstream-without-listener'));
    const diagnostic = site.diagnostics.find(
      (it: { code: string }) => it.code === 'deployment/upstream-without-listener',
    );
    expect(diagnostic.range).toEqual({ start: { line: 11, character: 19 }, end: { line: 11, character: 40 } });
    expect(diagnostic.relatedInformation[0].location.uri).toBe(uriOf(SOCKET));
    await client.open(
      uriOf(SITE),
      'nginx',
      textOf(SITE).replace('http://127.0.0.1:8000', 'http://unix:/run/gunicorn.sock'),
    );
    await client.until(uriOf(SITE), lacks('deployment/upstream-without-listener'));
  });

  it('follows an edit in one file into the other', async () => {
    client = await startClient({ folder });
    await client.open(uriOf(SITE), 'nginx', textOf(SITE));
    await client.open(uriOf(SOCKET), 'systemd', textOf(SOCKET));
    await client.until(uriOf(SITE), has('deployment/upstream-without-listener'));
    const range = { start: { line: 4, character: 13 }, end: { line: 4, character: 31 } };
    await client.change(uriOf(SOCKET), 2, [{ range, text: '127.0.0.1:8000' }]);
    await client.until(uriOf(SITE), lacks('deployment/upstream-without-listener'));
    await client.change(uriOf(SOCKET), 3, [
      { range: { start: { line: 4, character: 23 }, end: { line: 4, character: 27 } }, text: '8001' },
    ]);
    await client.until(uriOf(SITE), has('deployment/upstream-without-listener'));
  });

  it('sees files that are created and deleted outside of the editor', async () => {
    client = await startClient({ folder });
    const service = join(folder, 'etc/systemd/system/gunicorn.service');
    await client.until(uriOf(SOCKET), has('deployment/socket-without-service'));
    writeFileSync(service, '[Service]\nExecStart=/usr/bin/gunicorn app.wsgi\n');
    await client.notify('workspace/didChangeWatchedFiles', {
      changes: [{ uri: pathToFileURL(service).href, type: 1 }],
    });
    await client.until(uriOf(SOCKET), lacks('deployment/socket-without-service'));
    unlinkSync(service);
    await client.notify('workspace/didChangeWatchedFiles', {
      changes: [{ uri: pathToFileURL(service).href, type: 3 }],
    });
    await client.until(uriOf(SOCKET), has('deployment/socket-without-service'));
  });

  it('honours the severities that the user sets, and says what it does not understand', async () => {
    const settings = { checks: { 'deployment/socket-without-service': 'off', 'nginx/no-such-rule': 'error' } };
    client = await startClient({ folder, settings, capabilities: { workspace: { configuration: true } } });
    await client.until(uriOf(SITE), has('deployment/upstream-without-listener'));
    await expect.poll(() => client.logs.join('\n')).toContain('nginx/no-such-rule');
    await client.open(uriOf(SOCKET), 'systemd', textOf(SOCKET));
    await client.until(uriOf(SOCKET), lacks('deployment/socket-without-service'));
  });

  it('judges by the version and the modules of nginx that the user names', async () => {
    const text = 'server {\n    http2 on;\n    hello_world on;\n}\n';
    const site = 'etc/nginx/conf.d/new.conf';
    mkdirSync(join(folder, 'etc/nginx/conf.d'), { recursive: true });
    writeFileSync(join(folder, site), text);
    const settings = { nginxVersion: '1.22', nginxModules: ['hello_world'] };
    client = await startClient({ folder, settings, capabilities: { workspace: { configuration: true } } });
    await client.open(uriOf(site), 'nginx', text);
    const shown = await client.until(uriOf(site), has('nginx/unknown-directive'));
    const lines = shown.diagnostics
      .filter((it: { code: string }) => it.code === 'nginx/unknown-directive')
      .map((it: { range: { start: { line: number } } }) => it.range.start.line);
    expect(lines).toEqual([1]);
  });

  it('shows a file that is open under the name of a link under that name', async () => {
    client = await startClient({ folder });
    const link = 'etc/nginx/sites-enabled/django';
    await client.open(uriOf(link), 'nginx', textOf(link));
    const shown = await client.until(uriOf(link), has('deployment/upstream-without-listener'));
    expect(codes(shown)).toContain('deployment/upstream-without-listener');
  });

  it('reads an unsaved text on its own', async () => {
    client = await startClient({ folder });
    await client.open('untitled:Untitled-1', 'nginx', 'server {\n    lisen 80;\n}\n');
    await client.until('untitled:Untitled-1', has('nginx/unknown-directive'));
  });
});

describe('pull', () => {
  const capabilities = { textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } };

  it('answers for open documents and pushes nothing for them', async () => {
    client = await startClient({ folder, capabilities });
    expect(client.initializeResult.capabilities.diagnosticProvider).toMatchObject({ interFileDependencies: true });
    await client.open(uriOf(SITE), 'nginx', textOf(SITE));
    const report = await client.request('textDocument/diagnostic', { textDocument: { uri: uriOf(SITE) } });
    expect(report.items.map((it: { code: string }) => it.code)).toContain('deployment/upstream-without-listener');
    await client.until(uriOf(SOCKET), has('deployment/socket-without-service'));
    await client.until(uriOf(SITE), (it: { diagnostics: unknown[] }) => it.diagnostics.length === 0);
  });

  it('pushes for what is open out of sight, until somebody asks about it', async () => {
    client = await startClient({ folder, capabilities });
    await client.until(uriOf(SOCKET), has('deployment/socket-without-service'));
    await client.open(uriOf(SOCKET), 'systemd', textOf(SOCKET));
    await client.until(uriOf(SOCKET), (it: { version?: number }) => it.version === 1);
    expect(codes(client.diagnostics.get(uriOf(SOCKET)))).toEqual(['deployment/socket-without-service']);
    await client.request('textDocument/diagnostic', { textDocument: { uri: uriOf(SOCKET) } });
    await client.until(uriOf(SOCKET), lacks('deployment/socket-without-service'));
  });

  it('asks the client to pull again when another file has changed', async () => {
    client = await startClient({ folder, capabilities });
    await client.open(uriOf(SITE), 'nginx', textOf(SITE));
    await client.open(uriOf(SOCKET), 'systemd', textOf(SOCKET));
    await client.request('textDocument/diagnostic', { textDocument: { uri: uriOf(SITE) } });
    const before = client.refreshes;
    const range = { start: { line: 4, character: 13 }, end: { line: 4, character: 31 } };
    await client.change(uriOf(SOCKET), 2, [{ range, text: '127.0.0.1:8000' }]);
    await expect.poll(() => client.refreshes).toBeGreaterThan(before);
    const report = await client.request('textDocument/diagnostic', { textDocument: { uri: uriOf(SITE) } });
    expect(report.items.map((it: { code: string }) => it.code)).not.toContain('deployment/upstream-without-listener');
  });
});

describe('requests', () => {
  beforeEach(async () => {
    const capabilities = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };
    client = await startClient({ folder, capabilities });
    await client.open(uriOf(SITE), 'nginx', textOf(SITE));
    await client.open(uriOf(SOCKET), 'systemd', textOf(SOCKET));
  });

  const at = (path: string, line: number, character: number) => ({
    textDocument: { uri: uriOf(path) },
    position: { line, character },
  });

  it('shows nginx its own documentation', async () => {
    const hover = await client.request('textDocument/hover', at(SITE, 11, 12));
    expect(hover.contents.value).toContain('Sets the protocol and address of a proxied server');
    expect(hover.range).toEqual({ start: { line: 11, character: 8 }, end: { line: 11, character: 18 } });
  });

  it('says in our words what a key of systemd does', async () => {
    const hover = await client.request('textDocument/hover', at(SOCKET, 4, 3));
    expect(hover.contents.value).toContain('**ListenStream=** in [Socket]');
    expect(hover.contents.value).toContain('This is what nginx connects to.');
    expect(hover.contents.value).toContain('systemd.socket.html#ListenStream=');
  });

  it('offers what the context takes', async () => {
    const labels = async (path: string, line: number, character: number) =>
      (await client.request('textDocument/completion', at(path, line, character))).map(
        (it: { label: string }) => it.label,
      );
    expect(await labels(SITE, 11, 8)).toContain('proxy_pass');
    expect(await labels(SITE, 1, 4)).not.toContain('proxy_pass');
    expect(await labels(SOCKET, 4, 0)).toContain('SocketMode');
    expect(await labels(SITE, 11, 19)).toContain('http://unix:/run/gunicorn.sock');
  });

  it('documents what it offers when that is looked at', async () => {
    const documentation = async (path: string, line: number, character: number, label: string) => {
      const list = await client.request('textDocument/completion', at(path, line, character));
      const item = list.find((it: { label: string }) => it.label === label);
      return (await client.request('completionItem/resolve', item)).documentation.value;
    };
    expect(await documentation(SITE, 11, 8, 'proxy_pass')).toContain('protocol and address of a proxied server');
    expect(await documentation(SOCKET, 4, 0, 'SocketMode')).toContain('**SocketMode=** in [Socket]');
  });

  it('goes from nginx to the socket, even while nothing listens where it connects', async () => {
    const [link] = await client.request('textDocument/definition', at(SITE, 11, 30));
    expect(link.targetUri).toBe(uriOf(SOCKET));
    expect(link.targetRange.start).toEqual({ line: 4, character: 13 });
  });

  it('renames on both sides, and says why it does not', async () => {
    await client.change(uriOf(SITE), 2, [
      {
        range: { start: { line: 11, character: 19 }, end: { line: 11, character: 40 } },
        text: 'http://unix:/run/gunicorn.sock',
      },
    ]);
    const place = at(SITE, 11, 35);
    expect((await client.request('textDocument/prepareRename', place)).placeholder).toBe('/run/gunicorn.sock');
    const edit = await client.request('textDocument/rename', { ...place, newName: '/run/shop.sock' });
    expect(edit.documentChanges.map((it: { textDocument: { uri: string } }) => it.textDocument.uri).sort()).toEqual(
      [uriOf(SITE), uriOf(SOCKET)].sort(),
    );
    const refused = client.request('textDocument/rename', { ...place, newName: 'shop.sock' });
    await expect(refused).rejects.toThrow('"shop.sock" cannot stand for this socket path.');
    expect(await client.request('textDocument/prepareRename', at(SITE, 1, 6))).toBeNull();
  });

  it('goes from the socket to its service', async () => {
    mkdirSync(join(folder, 'etc/systemd/system'), { recursive: true });
    writeFileSync(join(folder, 'etc/systemd/system/gunicorn.service'), '[Service]\nExecStart=/usr/bin/true\n');
    await client.notify('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf('etc/systemd/system/gunicorn.service'), type: 1 }],
    });
    const [link] = await client.request('textDocument/definition', at(SOCKET, 4, 3));
    expect(link.targetUri).toBe(uriOf('etc/systemd/system/gunicorn.service'));
  });

  it('creates the missing service beside the socket', async () => {
    const range = { start: { line: 4, character: 2 }, end: { line: 4, character: 2 } };
    const actions = await client.request('textDocument/codeAction', {
      textDocument: { uri: uriOf(SOCKET) },
      range,
      context: { diagnostics: [] },
    });
    const [create, fill] = actions[0].edit.documentChanges;
    expect(create).toMatchObject({ kind: 'create', uri: uriOf('etc/systemd/system/gunicorn.service') });
    expect(fill.edits[0].newText).toContain('WorkingDirectory=/home/ohm/webd/django_md/nginxGunicornTest\n');
  });

  it('outlines and folds both languages', async () => {
    const symbols = await client.request('textDocument/documentSymbol', { textDocument: { uri: uriOf(SITE) } });
    expect(symbols).toMatchObject([{ name: 'server', detail: 'localhost :80' }]);
    expect(await client.request('textDocument/foldingRange', { textDocument: { uri: uriOf(SITE) } })).toContainEqual({
      startLine: 0,
      endLine: 12,
    });
    const sections = await client.request('textDocument/documentSymbol', { textDocument: { uri: uriOf(SOCKET) } });
    expect(sections.map((it: { name: string }) => it.name)).toEqual(['[Unit]', '[Socket]', '[Install]']);
  });

  it('answers for a document that it does not know, and lives on', async () => {
    expect(
      await client.request('textDocument/hover', {
        textDocument: { uri: 'file:///nowhere' },
        position: { line: 0, character: 0 },
      }),
    ).toBeNull();
    expect(await client.request('textDocument/documentSymbol', { textDocument: { uri: uriOf(SITE) } })).toHaveLength(1);
  });
});
