/** The two languages in VS Code: detection, typos and their fixes, hover, completion, outline, folding, snippets. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  diagnostic,
  hoverText,
  positionOf,
  quickFix,
  revert,
  SITE,
  SOCKET,
  show,
  silence,
  suggestions,
  until,
  uriOf,
} from './editing.js';

describe('the languages', () => {
  before(async () => {
    const extension = vscode.extensions.getExtension('throughline.throughline')!;
    await until('activation', () => extension.isActive);
  });

  it('are told by the names of files', async () => {
    const languages: Record<string, string> = {
      'etc/nginx/nginx.conf': 'nginx',
      'etc/nginx/conf.d/a.conf': 'nginx',
      'etc/nginx/sites-available/b': 'nginx',
      'etc/nginx/sites-enabled/b': 'nginx',
      'etc/nginx/snippets/c.conf': 'nginx',
      'etc/nginx/proxy_params': 'nginx',
      'd.nginx': 'nginx',
      'etc/systemd/system/e.timer': 'systemd',
      'etc/systemd/system/e.path': 'systemd',
      'etc/systemd/system/f@.service': 'systemd',
      'etc/systemd/system/g.service.d/override.conf': 'systemd',
      'deploy/h.socket': 'systemd',
    };
    const others = ['notes.conf', 'etc/apache2/sites-available/i.conf', 'etc/apache2/sites-enabled/i'];
    const languageOf = async (path: string) => {
      const uri = uriOf(`names/${path}`);
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode('# a comment\n'));
      return (await vscode.workspace.openTextDocument(uri)).languageId;
    };
    for (const [path, language] of Object.entries(languages)) assert.equal(await languageOf(path), language, path);
    for (const path of others) {
      const language = await languageOf(path);
      assert.ok(language !== 'nginx' && language !== 'systemd', `${path}: ${language}`);
    }
    await vscode.workspace.fs.delete(uriOf('names'), { recursive: true });
  });

  it('have typos found and mended', async () => {
    const editor = await show(SITE);
    const start = positionOf(editor.document, 'listen');
    await editor.edit((edit) => edit.replace(new vscode.Range(start, start.translate(0, 6)), 'lisen'));
    const found = await diagnostic(editor.document.uri, 'nginx/unknown-directive');
    assert.equal(editor.document.getText(found.range), 'lisen');
    const fix = await quickFix(editor.document.uri, found.range, /"listen"/);
    await vscode.workspace.applyEdit(fix.edit!);
    await silence(editor.document.uri, 'nginx/unknown-directive');
    await revert();
  });

  it('have typos found while a key is typed', async () => {
    const editor = await show(SOCKET);
    const end = positionOf(editor.document, '[Socket]', '[Socket]'.length);
    await editor.edit((edit) => edit.insert(end, '\nListenStraem=8000'));
    await diagnostic(editor.document.uri, 'systemd/unknown-key');
    await revert();
    await silence(editor.document.uri, 'systemd/unknown-key');
  });

  it('show documentation', async () => {
    const { document } = await show(SITE);
    const directive = await hoverText(document.uri, positionOf(document, 'proxy_pass', 2));
    assert.match(directive, /protocol and address of a proxied server/);
    const socket = (await show(SOCKET)).document;
    assert.match(await hoverText(socket.uri, positionOf(socket, 'ListenStream', 2)), /\*\*ListenStream=\*\*/);
  });

  it('are completed by context', async () => {
    const { document } = await show(SITE);
    const inLocation = await suggestions(document.uri, positionOf(document, 'proxy_pass'));
    assert.ok(inLocation.includes('proxy_pass'));
    assert.ok(!inLocation.includes('server_name'));
    const inServer = await suggestions(document.uri, positionOf(document, 'server_name'));
    assert.ok(inServer.includes('server_name'));
    assert.ok(!inServer.includes('proxy_pass'));
    const socket = (await show(SOCKET)).document;
    assert.ok((await suggestions(socket.uri, positionOf(socket, 'ListenStream'))).includes('SocketMode'));
  });

  it('are completed where nothing is written yet', async () => {
    const location = await shown('nginx', 'server {\n    location / {\n        \n    }\n}\n');
    assert.ok((await suggestions(location.uri, new vscode.Position(2, 8))).includes('proxy_pass'));
    await close();
    const service = await shown('systemd', '[Unit]\nDescription=a\n\n[Service]\n\n');
    const keys = await suggestions(service.uri, new vscode.Position(4, 0));
    assert.ok(keys.includes('ExecStart'));
    assert.ok(!keys.includes('ListenStream'));
    await close();
  });

  it('have an outline', async () => {
    const outline = (uri: vscode.Uri) =>
      vscode.commands.executeCommand<vscode.DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', uri);
    const namesOf = (symbols: readonly vscode.DocumentSymbol[]) => symbols.map((it) => it.name);
    const site = await outline((await show(SITE)).document.uri);
    assert.deepEqual(namesOf(site), ['server']);
    for (const name of ['location = /base.jpg', 'location /static/', 'location /'])
      assert.ok(namesOf(site[0]!.children).includes(name), name);
    const socket = await outline((await show(SOCKET)).document.uri);
    assert.deepEqual(namesOf(socket), ['[Unit]', '[Socket]', '[Install]']);
  });

  it('fold', async () => {
    const folds = async (uri: vscode.Uri) =>
      (await vscode.commands.executeCommand<vscode.FoldingRange[]>('vscode.executeFoldingRangeProvider', uri)).map(
        (it) => [it.start, it.end],
      );
    const site = await folds((await show(SITE)).document.uri);
    for (const [what, range] of Object.entries({ server: [0, 12], static: [5, 6], root: [9, 11] }))
      assert.ok(
        site.some(([start, end]) => start === range[0] && end === range[1]),
        `${what} in ${JSON.stringify(site)}`,
      );
    const socket = await folds((await show(SOCKET)).document.uri);
    assert.ok(
      socket.some(([start]) => start === 3),
      JSON.stringify(socket),
    );
  });

  it('have snippets', async () => {
    const document = await shown('systemd', '');
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(0, 0),
    );
    const snippet = list.items.find(
      (it) => it.kind === vscode.CompletionItemKind.Snippet && JSON.stringify(it.label).includes('gunicorn-socket'),
    );
    assert.ok(snippet, 'a snippet for gunicorn');
    await vscode.window.activeTextEditor!.insertSnippet(snippet.insertText as vscode.SnippetString);
    assert.match(document.getText(), /^\[Socket\]\nListenStream=\/run\/gunicorn\.sock$/m);
    assert.doesNotMatch(document.getText(), /\$/, 'a placeholder is left');
    await close();
  });
});

async function shown(language: string, content: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
  return document;
}

function close(): Thenable<unknown> {
  return vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
}
