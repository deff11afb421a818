// A scripted language client over standard input and output: starts the built server and speaks the protocol to it.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(join(root, 'server/package.json'));
const {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} = require('vscode-languageserver-protocol/node');

/** Starts the server with what a client can do; resolves after `initialized`. */
export async function startClient({ folder, capabilities = {}, settings = {}, nodeOptions = [] }) {
  const child = spawn(process.execPath, [...nodeOptions, join(root, 'server/bin/throughline.cjs'), 'lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const client = new ServerClient(child, connection);
  connection.onNotification('textDocument/publishDiagnostics', (params) => client.published(params));
  connection.onNotification('window/logMessage', ({ message }) => client.logs.push(message));
  connection.onNotification('window/showMessage', ({ message }) => client.shown.push(message));
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/configuration', ({ items }) => items.map(() => settings));
  connection.onRequest('workspace/diagnostic/refresh', () => {
    client.refreshes++;
    return null;
  });
  connection.listen();
  const uri = folder && pathToFileURL(folder).href;
  client.initializeResult = await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: uri ?? null,
    workspaceFolders: uri ? [{ uri, name: 'root' }] : null,
    capabilities,
  });
  await connection.sendNotification('initialized', {});
  return client;
}

class ServerClient {
  logs = [];
  shown = [];
  refreshes = 0;
  diagnostics = new Map();
  waiting = [];
  initializeResult = undefined;

  constructor(child, connection) {
    this.child = child;
    this.connection = connection;
  }

  published(params) {
    this.diagnostics.set(params.uri, params);
    this.waiting = this.waiting.filter((it) => !it(params));
  }

  /** The next (or already published) diagnostics of a document that fulfil the condition. */
  until(uri, condition, milliseconds = 10_000) {
    const now = this.diagnostics.get(uri);
    if (now && condition(now)) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              `no such diagnostics of ${uri}: ${JSON.stringify(this.diagnostics.get(uri))}\n${this.logs.join('\n')}`,
            ),
          ),
        milliseconds,
      );
      this.waiting.push((params) => {
        if (params.uri !== uri || !condition(params)) return false;
        clearTimeout(timer);
        resolve(params);
        return true;
      });
    });
  }

  open(uri, languageId, text, version = 1) {
    return this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version, text },
    });
  }

  change(uri, version, contentChanges) {
    return this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  request(method, params) {
    return this.connection.sendRequest(method, params);
  }

  notify(method, params) {
    return this.connection.sendNotification(method, params);
  }

  async stop() {
    await this.connection.sendRequest('shutdown');
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    await this.connection.sendNotification('exit');
    await ended;
    this.connection.dispose();
  }
}
