/** The language server: connects requests, notifications and the publisher. Knows nothing of the platform. */
import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type FileSystemWatcher,
  type InitializeParams,
  type InitializeResult,
  MessageType,
  ResponseError,
  ShowMessageNotification,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import { onBug } from '../base/bug.js';
import { hostPath } from '../base/hostPath.js';
import { reloadHint } from '../features/reloadHint.js';
import { languageOf } from '../workspace/discovery.js';
import type { Language } from '../workspace/hostSpace.js';
import { Publisher } from './publisher.js';
import type { LspRequest } from './request.js';
import codeAction from './requests/codeAction.js';
import codeLens from './requests/codeLens.js';
import completion from './requests/completion.js';
import completionResolve from './requests/completionResolve.js';
import definition from './requests/definition.js';
import diagnostic from './requests/diagnostic.js';
import documentLink from './requests/documentLink.js';
import documentSymbol from './requests/documentSymbol.js';
import explain from './requests/explain.js';
import foldingRange from './requests/foldingRange.js';
import hardening from './requests/hardening.js';
import hover from './requests/hover.js';
import manual from './requests/manual.js';
import memoryUsage from './requests/memoryUsage.js';
import prepareRename from './requests/prepareRename.js';
import references from './requests/references.js';
import rename from './requests/rename.js';
import type { Runtime } from './runtime.js';
import { type HostSession, Session } from './session.js';
import { readSettings } from './settings.js';

const REQUESTS = [
  hover,
  completion,
  completionResolve,
  codeAction,
  codeLens,
  definition,
  documentLink,
  documentSymbol,
  explain,
  foldingRange,
  hardening,
  manual,
  memoryUsage,
  prepareRename,
  references,
  rename,
] as readonly LspRequest<never, unknown>[];

/** Serves until the connection ends. `ready` resolves when texts can be parsed. */
export function startServer(connection: Connection, runtime: Runtime, ready: Promise<void>): void {
  const session = new Session(runtime);
  const publisher = new Publisher(connection, session, () => session.client.pulls);
  onBug((message) => connection.console.error(`bug: ${message}`));

  connection.onInitialize(async (params) => {
    await ready;
    const result = initialize(session, params);
    apply(connection, session, (params.initializationOptions as { settings?: unknown } | undefined)?.settings);
    session.awaitsSettings = session.client.configuration && !session.configured;
    // While the editor reads the answer, the folders are looked through: the first diagnostics are ready when it is.
    if (session.configured) setImmediate(() => warmUp(session, publisher));
    return result;
  });
  connection.onInitialized(() => void initialized(connection, session, publisher));
  connection.onShutdown(() => session.dispose());
  for (const request of [...REQUESTS, diagnostic as LspRequest<never, unknown>]) serve(connection, session, request);
  listenToDocuments(connection, session, publisher);
  listenToSaves(connection, runtime);

  connection.onDidChangeWatchedFiles(({ changes }) => {
    const touched = new Set<HostSession>();
    for (const { uri } of changes) {
      const path = runtime.pathOfUri(uri);
      if (path !== undefined) for (const host of session.changedOnDisk(path)) touched.add(host);
    }
    for (const host of touched) publisher.schedule(host);
  });
  connection.onDidChangeConfiguration(() => void configure(connection, session, publisher));
  connection.listen();
}

function initialize(session: Session, params: InitializeParams): InitializeResult {
  const { capabilities } = params;
  const folders = params.workspaceFolders?.map((it) => it.uri) ?? (params.rootUri ? [params.rootUri] : []);
  session.folders = folders.flatMap((it) => session.runtime.pathOfUri(it) ?? []);
  session.trusted = (params.initializationOptions as { trusted?: unknown } | undefined)?.trusted === true;
  const { manuals } = (params.initializationOptions ?? {}) as { manuals?: unknown };
  session.manuals = typeof manuals === 'string' && /^[\w.]+$/.test(manuals) ? manuals : undefined;
  session.client = {
    snippets: capabilities.textDocument?.completion?.completionItem?.snippetSupport === true,
    pulls:
      capabilities.textDocument?.diagnostic !== undefined &&
      capabilities.workspace?.diagnostics?.refreshSupport === true,
    configuration: capabilities.workspace?.configuration === true,
    registersConfiguration: capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watches: capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    watchesElsewhere: capabilities.workspace?.didChangeWatchedFiles?.relativePatternSupport === true,
  };
  const provided = [...REQUESTS, ...(session.client.pulls ? [diagnostic as LspRequest<never, unknown>] : [])];
  return {
    capabilities: Object.assign(
      { textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true } },
      ...provided.map((it) => it.capabilities),
    ),
    serverInfo: { name: 'throughline' },
  };
}

function warmUp(session: Session, publisher: Publisher): void {
  for (const folder of session.folders) void publisher.warmUp(session.hostFor(folder));
}

async function initialized(connection: Connection, session: Session, publisher: Publisher): Promise<void> {
  if (session.awaitsSettings) {
    await configure(connection, session, publisher).catch((error) =>
      connection.console.warn(`the editor's settings cannot be read: ${String(error)}`),
    );
    session.awaitsSettings = false;
    for (const host of session.hosts.values()) publisher.schedule(host);
  }
  const registered = register(connection, session);
  // Folders that hold a host are looked through at once, so that closed files are diagnosed as well.
  for (const folder of session.folders) publisher.schedule(session.hostFor(folder));
  await registered;
}

async function register(connection: Connection, session: Session): Promise<void> {
  if (session.client.watches) {
    const watchers: FileSystemWatcher[] = [{ globPattern: '**/*' }];
    if (session.client.watchesElsewhere) {
      // Files under /etc that are edited without a folder being open.
      for (const folder of ['/etc/nginx', '/etc/systemd/system']) {
        watchers.push({ globPattern: { baseUri: session.runtime.uriOfPath(folder), pattern: '**/*' } });
      }
    }
    await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  }
  if (session.client.registersConfiguration) {
    await connection.client.register(DidChangeConfigurationNotification.type, { section: 'throughline' });
  }
}

async function configure(connection: Connection, session: Session, publisher: Publisher): Promise<void> {
  if (!session.client.configuration) return;
  apply(connection, session, await connection.workspace.getConfiguration('throughline'));
  for (const host of session.hosts.values()) publisher.schedule(host);
  if (session.client.pulls) connection.languages.diagnostics.refresh();
}

/** Takes over the section `throughline` of the editor's settings. Our own client sends it along with `initialize`. */
function apply(connection: Connection, session: Session, value: unknown): void {
  if (value === undefined && session.client.configuration) return;
  const settings = readSettings(value, (message) => connection.console.warn(message));
  const rootChanged = settings.root !== session.root;
  session.checks = settings.checks;
  session.root = settings.root;
  session.target = settings.target;
  session.hardeningLens = settings.hardeningLens;
  session.explainLens = settings.explainLens;
  session.systemd = settings.systemd;
  if (rootChanged && session.opened.size > 0) {
    connection.console.info('throughline.root has changed: restart the server to look at the open files anew.');
  }
  session.configured = true;
}

/** One guard for all requests: a mistake of ours is logged and answered with the fallback; the server lives on. */
function serve(connection: Connection, session: Session, request: LspRequest<never, unknown>): void {
  connection.onRequest(request.method, async (params: never) => {
    try {
      return await request.run(session, params);
    } catch (error) {
      if (error instanceof ResponseError) throw error;
      connection.console.error(`${request.method} failed: ${error instanceof Error ? error.stack : String(error)}`);
      return request.fallback;
    }
  });
}

function listenToDocuments(connection: Connection, session: Session, publisher: Publisher): void {
  const guarded = (what: string, run: () => void): void => {
    try {
      run();
    } catch (error) {
      connection.console.error(`${what} failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  };
  const schedule = (space: HostSession['space'], path?: Parameters<Publisher['schedule']>[1]): void => {
    for (const host of session.hosts.values()) if (host.space === space) publisher.schedule(host, path);
  };
  session.onFirstPull = ({ space, path }) => schedule(space, path);
  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) =>
    guarded('opening', () => {
      const language = languageOfDocument(languageId, uri);
      if (!language) return;
      const { space, path } = session.open(uri, language, version, text);
      schedule(space, path);
    }),
  );
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) =>
    guarded('editing', () => {
      const opened = session.change(uri, version, contentChanges);
      if (opened) schedule(opened.space, opened.path);
    }),
  );
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) =>
    guarded('closing', () => {
      const closed = session.close(uri);
      if (closed) schedule(closed.space, closed.path);
    }),
  );
}

/** Says once for each unit what systemd needs to take notice of it. */
function listenToSaves(connection: Connection, runtime: Runtime): void {
  const said = new Set<string>();
  connection.onDidSaveTextDocument(({ textDocument: { uri } }) => {
    const path = runtime.pathOfUri(uri);
    const hint = path === undefined ? undefined : reloadHint(path);
    if (!hint || said.has(hint.unit)) return;
    said.add(hint.unit);
    // As a notification: a request would wait for an answer that nobody needs.
    void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Info, message: hint.text });
  });
}

// Editors other than VS Code have names of their own for the two languages.
function languageOfDocument(id: string, uri: string): Language | undefined {
  if (id === 'nginx' || id === 'systemd') return id;
  return languageOf(hostPath(decodeURIComponent(uri.replace(/^[a-z]+:\/\//, ''))));
}
