/** The two languages in VS Code: detection, typos and their fixes, hover, completion, outline, folding, snippets. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { diagnostic, positionOf, quickFix, revert, SITE, SOCKET, show, silence, until, uriOf } from './editing.js';

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
      'etc/nginx/snippets/c.conf': 'nginx',
      'd.nginx': 'nginx',
      'etc/systemd/system/e.timer': 'systemd',
      'etc/systemd/system/f@.service': 'systemd',
      'etc/systemd/system/g.service.d/override.conf': 'systemd',
      'notes.conf': 'properties',
    };
    for (const [path, language] of Object.entries(languages)) {
      const uri = uriOf(`names/${path}`);
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode('# a comment\n'));
      const { languageId } = await vscode.workspace.openTextDocument(uri);
      if (language === 'properties') assert.notEqual(languageId, 'nginx', path);
      else assert.equal(languageId, language, path);
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
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      positionOf(document, 'proxy_pass', 2),
    );
    const text = hovers
      .flatMap((it) => it.contents.map((content) => (content as vscode.MarkdownString).value))
      .join('\n');
    assert.match(text, /protocol and address of a proxied server/);
    const socket = (await show(SOCKET)).document;
    const keys = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      socket.uri,
      positionOf(socket, 'ListenStream', 2),
    );
    assert.match(
      keys.flatMap((it) => it.contents.map((content) => (content as vscode.MarkdownString).value)).join('\n'),
      /\*\*ListenStream=\*\*/,
    );
  });

  it('are completed by context', async () => {
    const labels = async (uri: vscode.Uri, at: vscode.Position) => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        uri,
        at,
      );
      return list.items.map((it) => (typeof it.label === 'string' ? it.label : it.label.label));
    };
    const { document } = await show(SITE);
    assert.ok((await labels(document.uri, positionOf(document, 'proxy_pass'))).includes('proxy_pass'));
    assert.ok(!(await labels(document.uri, positionOf(document, 'server_name'))).includes('proxy_pass'));
    const socket = (await show(SOCKET)).document;
    assert.ok((await labels(socket.uri, positionOf(socket, 'ListenStream'))).includes('SocketMode'));
  });

  it('have an outline and folds', async () => {
    const { document } = await show(SITE);
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.deepEqual(
      symbols.map((it) => it.name),
      ['server'],
    );
    assert.ok(symbols[0]!.children.some((it) => it.name === 'location /static/'));
    const folds = await vscode.commands.executeCommand<vscode.FoldingRange[]>(
      'vscode.executeFoldingRangeProvider',
      document.uri,
    );
    assert.ok(folds.some((it) => it.start === 0));
  });

  it('have snippets', async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'systemd', content: '' });
    const editor = await vscode.window.showTextDocument(document);
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(0, 0),
    );
    const snippet = list.items.find(
      (it) => it.kind === vscode.CompletionItemKind.Snippet && /gunicorn/i.test(JSON.stringify(it.label)),
    );
    assert.ok(snippet, 'a snippet for gunicorn');
    await editor.insertSnippet(snippet.insertText as vscode.SnippetString);
    assert.match(document.getText(), /^\[(?:Unit|Socket|Service)\]$/m);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});
