/** The main job in VS Code: the seed deployment diagnosed, and mended by its quick fixes. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  codesOf,
  diagnostic,
  LINK,
  onDisk,
  positionOf,
  quickFix,
  quiet,
  revert,
  SERVICE,
  SITE,
  SOCKET,
  show,
  silence,
  until,
  uriOf,
} from './editing.js';
import { figures } from './run.js';

/** Milliseconds. A busy machine makes it more now and then: run.mjs then looks again, in a new window. */
const LONGEST_ACTIVATION = 300;

describe('the seed deployment', () => {
  it('is diagnosed within 300 ms of activation', async () => {
    const extension = vscode.extensions.getExtension('throughline.throughline')!;
    assert.equal(extension.isActive, false, 'nothing is active before a file of ours is opened');
    await quiet();
    const started = performance.now();
    const activated = extension.activate();
    // Files that nobody has opened are diagnosed as well, so nothing here waits for the window to draw one.
    await until('the first diagnostics', () => codesOf(uriOf(SITE)).length > 0);
    const taken = performance.now() - started;
    figures['activation to first diagnostics on the seed, ms'] = taken;
    await activated;
    assert.ok(taken <= LONGEST_ACTIVATION, `${taken.toFixed(0)} ms`);
  });

  it('connects to an address on which nothing listens', async () => {
    const { document } = await show(SITE);
    const found = await diagnostic(document.uri, 'deployment/upstream-without-listener');
    assert.equal(document.getText(found.range), 'http://127.0.0.1:8000');
    assert.equal(found.severity, vscode.DiagnosticSeverity.Warning);
    assert.match(found.message, /502.*gunicorn\.socket listens on \/run\/gunicorn\.sock/);
    const [related] = found.relatedInformation!;
    assert.equal(related!.location.uri.path, uriOf(SOCKET).path);
    assert.equal(await onDisk(related!.location), '/run/gunicorn.sock');
  });

  it('is diagnosed in the site itself, and by the link to it when a person opens that', async () => {
    assert.deepEqual(codesOf(uriOf(LINK)), [], 'the same file is not reported twice');
    const { document } = await show(LINK);
    const found = await diagnostic(document.uri, 'deployment/upstream-without-listener');
    assert.equal(document.getText(found.range), 'http://127.0.0.1:8000');
    await quickFix(document.uri, found.range, /Connect to \/run\/gunicorn\.sock/);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('has a socket without a service, which is said before anybody opens it', async () => {
    const found = await diagnostic(uriOf(SOCKET), 'deployment/socket-without-service');
    assert.equal(found.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(await onDisk({ uri: uriOf(SOCKET), range: found.range }), 'ListenStream');
  });

  it('is mended in nginx by a quick fix', async () => {
    const { document } = await show(SITE);
    const found = await diagnostic(document.uri, 'deployment/upstream-without-listener');
    const fix = await quickFix(document.uri, found.range, /Connect to \/run\/gunicorn\.sock/);
    assert.ok(await vscode.workspace.applyEdit(fix.edit!));
    assert.match(document.getText(), /proxy_pass http:\/\/unix:\/run\/gunicorn\.sock;/);
    await silence(document.uri, 'deployment/upstream-without-listener');
    await revert();
    await diagnostic(document.uri, 'deployment/upstream-without-listener');
  });

  it('follows an edit of the socket into the site', async () => {
    const editor = await show(SOCKET);
    const start = positionOf(editor.document, '/run/gunicorn.sock');
    await editor.edit((edit) =>
      edit.replace(new vscode.Range(start, start.translate(0, '/run/gunicorn.sock'.length)), '127.0.0.1:8000'),
    );
    await show(SITE);
    await silence(uriOf(SITE), 'deployment/upstream-without-listener');
    await show(SOCKET);
    await revert();
    await show(SITE);
    await diagnostic(uriOf(SITE), 'deployment/upstream-without-listener');
  });

  it('goes to the socket from proxy_pass, and to the file from an include', async () => {
    const { document } = await show(SITE);
    const go = (at: vscode.Position) =>
      vscode.commands.executeCommand<vscode.LocationLink[]>('vscode.executeDefinitionProvider', document.uri, at);
    const [socket] = await go(positionOf(document, '127.0.0.1:8000', 3));
    assert.equal(socket!.targetUri.path, uriOf(SOCKET).path);
    await vscode.workspace.fs.writeFile(
      uriOf('etc/nginx/proxy_params'),
      new TextEncoder().encode('proxy_set_header Host $http_host;\n'),
    );
    await silence(document.uri, 'nginx/missing-include');
    const [params] = await go(positionOf(document, 'proxy_params', 3));
    assert.equal(params!.targetUri.path, uriOf('etc/nginx/proxy_params').path);
  });

  it('gets its service from a quick fix', async () => {
    const { document } = await show(SOCKET);
    const found = await diagnostic(document.uri, 'deployment/socket-without-service');
    const fix = await quickFix(document.uri, found.range, /Create gunicorn\.service/);
    assert.ok(await vscode.workspace.applyEdit(fix.edit!));
    const service = await vscode.workspace.openTextDocument(uriOf(SERVICE));
    assert.match(service.getText(), /WorkingDirectory=\/home\/ohm\/webd\/django_md\/nginxGunicornTest\n/);
    await service.save();
    await silence(document.uri, 'deployment/socket-without-service');
    assert.deepEqual(codesOf(service.uri), []);
    const [there] = await vscode.commands.executeCommand<vscode.LocationLink[]>(
      'vscode.executeDefinitionProvider',
      document.uri,
      positionOf(document, 'ListenStream', 3),
    );
    assert.equal(there!.targetUri.path, uriOf(SERVICE).path, 'from a socket to its service');
  });

  it('is diagnosed anew when the server is restarted', async () => {
    await show(SITE);
    await diagnostic(uriOf(SITE), 'deployment/upstream-without-listener');
    // A server that ends takes its diagnostics along. Without that nothing here would tell a new one from the old.
    const course: boolean[] = [];
    const listener = vscode.languages.onDidChangeDiagnostics(() => course.push(codesOf(uriOf(SITE)).length > 0));
    await vscode.commands.executeCommand('throughline.restartServer');
    await until('the end of the old server', () => course.includes(false));
    await until('an answer of the new one', () => course.at(-1));
    listener.dispose();
    assert.ok(codesOf(uriOf(SITE)).includes('deployment/upstream-without-listener'));
  });
});
