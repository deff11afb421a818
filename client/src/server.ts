import type { ChildProcess } from 'node:child_process';
import { type ExtensionContext, type LogOutputChannel, window, workspace } from 'vscode';
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  IPCMessageReader,
  IPCMessageWriter,
  LanguageClient,
  type MessageTransports,
  State,
} from 'vscode-languageclient/node';
import { linkCommands } from './commands.js';
import { CrashPolicy } from './crashPolicy.js';
import { documents } from './documents.js';
import { forkServer } from './serverProcess.js';
import type { ServerState } from './serverState.js';

/** Milliseconds that a server has to end by itself. */
const PATIENCE = 2000;

/** The language server's process as the extension sees it: starts it, restarts it after a crash, and tells its state. */
export class Server {
  readonly #context: ExtensionContext;
  readonly #output: LogOutputChannel;
  readonly #show: (state: ServerState) => void;
  readonly #crashes = new CrashPolicy();
  #client: LanguageClient | undefined;
  #process: ChildProcess | undefined;
  /** Restarts and stops run one after the other, since a client that is still starting cannot be stopped. */
  #queue: Promise<void> = Promise.resolve();

  /** `show` is called at every change of state. */
  constructor(context: ExtensionContext, output: LogOutputChannel, show: (state: ServerState) => void) {
    this.#context = context;
    this.#output = output;
    this.#show = show;
  }

  /**
   * Talks to a server that has been started already. Resolves when it answers or has failed to, which the state tells;
   * never rejects.
   */
  start(forked: ChildProcess): Promise<void> {
    return this.#inTurn(() => this.#start(forked));
  }

  /** Ends the server, if it runs, and starts it anew; never rejects. */
  restart(): Promise<void> {
    return this.#inTurn(async () => {
      this.#output.info('Restarting the server');
      this.#crashes.reset();
      await this.#stop();
      await this.#start();
    });
  }

  /** Asks the server; undefined while none runs. */
  async request<T>(method: string, params: unknown): Promise<T | undefined> {
    return this.#client?.state === State.Running ? this.#client.sendRequest<T>(method, params) : undefined;
  }

  /** Ends the server; never rejects. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  /** Asks the server about a document; undefined while it does not run. */
  async ask<T>(method: string, uri: string): Promise<T | undefined> {
    return this.#client?.state === State.Running
      ? await this.#client.sendRequest<T>(method, { textDocument: { uri } })
      : undefined;
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(step);
    return this.#queue;
  }

  /** `forked` is for the first connection; after a crash the client asks for another. */
  async #start(forked?: ChildProcess): Promise<void> {
    let unused = forked;
    const connect = (): Promise<MessageTransports> => {
      const process = unused ?? forkServer(this.#context);
      unused = undefined;
      return Promise.resolve(this.#transportsOf(process));
    };
    // A fresh client each time: one that failed to start, or gave up after crashes, cannot be started again.
    const client: LanguageClient = new LanguageClient('throughline', 'Throughline', connect, {
      documentSelector: documents,
      outputChannel: this.#output,
      traceOutputChannel: this.#output,
      // Files that are not open are watched by the server's own registration; a watcher here would double each event.
      // The settings come along, so that the server need not ask before its first diagnostics.
      initializationOptions: () => ({
        trusted: workspace.isTrusted,
        manuals: linkCommands.openManual,
        settings: workspace.getConfiguration('throughline'),
      }),
      // Links of the server's own in hovers; any other command stays text.
      markdown: { isTrusted: { enabledCommands: Object.values(linkCommands) } },
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.#closed(client),
      },
    });
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Starting) this.#show({ kind: 'starting' });
      if (newState === State.Running) this.#show({ kind: 'ready', version: this.#version(client) });
    });
    this.#client = client;
    try {
      await client.start();
    } catch (error) {
      this.#output.error(error instanceof Error ? error : String(error));
      this.#fail('The server could not be started. The output says why.');
    }
  }

  #transportsOf(server: ChildProcess): MessageTransports {
    this.#process = server;
    const log = (data: Buffer | string): void => this.#output.info(String(data).trimEnd());
    server.stdout?.on('data', log);
    server.stderr?.on('data', log);
    // Without a listener an error, such as a program that cannot be run, would be the extension host's.
    server.on('error', (error) => this.#output.error(error));
    return { reader: new IPCMessageReader(server), writer: new IPCMessageWriter(server) };
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    const server = this.#process;
    this.#client = undefined;
    this.#process = undefined;
    this.#show({ kind: 'stopped' });
    try {
      await client?.dispose();
    } catch (error) {
      // A client without a running server refuses to stop, which is what is wanted of it.
      this.#output.debug(`The former client: ${error instanceof Error ? error.message : String(error)}`);
    }
    // It has been asked to end; one that hangs is not left behind.
    setTimeout(() => server?.kill(), PATIENCE).unref();
  }

  /** Answers the client's question what to do now that the connection to the server is gone. */
  #closed(client: LanguageClient): CloseHandlerResult {
    // Ended before it ever answered: it would do so again.
    if (client.state !== State.Running) {
      return { action: CloseAction.DoNotRestart, handled: true, message: 'The server ended as soon as it was started' };
    }
    if (this.#crashes.crashed()) {
      return {
        action: CloseAction.Restart,
        handled: true,
        message: 'The server ended unexpectedly and is started again',
      };
    }
    const reason =
      'The server ended unexpectedly several times within three minutes. Nothing is checked until it is restarted.';
    this.#fail(reason);
    return { action: CloseAction.DoNotRestart, handled: true, message: reason };
  }

  #fail(reason: string): void {
    this.#show({ kind: 'failed', reason });
    // Not awaited: the question may stay on the screen for hours.
    void window.showErrorMessage(`Throughline: ${reason}`, 'Restart Server', 'Show Output').then((answer) => {
      if (answer === 'Restart Server') void this.restart();
      if (answer === 'Show Output') this.#output.show(true);
    });
  }

  #version(client: LanguageClient): string {
    return client.initializeResult?.serverInfo?.version ?? String(this.#context.extension.packageJSON.version);
  }
}
