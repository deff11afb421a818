import type { ChildProcess } from 'node:child_process';
import { type ExtensionContext, commands as registry, window, workspace } from 'vscode';
import { commands, lensCommands, linkCommands } from './commands.js';
import { explain } from './explain.js';
import { showExposure } from './exposure.js';
import { openManual } from './manual.js';
import { showPlaces } from './places.js';
import { Reports } from './reports.js';
import { Server } from './server.js';
import { StatusItem } from './statusItem.js';

let server: Server | undefined;

/** Connects to the server that has been started, and registers the commands. */
export async function run(context: ExtensionContext, forked: ChildProcess): Promise<void> {
  const output = window.createOutputChannel('Throughline', { log: true });
  const status = new StatusItem();
  const started = new Server(context, output, (state) => status.show(state));
  server = started;
  const reports = new Reports();
  context.subscriptions.push(
    output,
    status,
    reports,
    registry.registerCommand(commands.explain, (url?: unknown) =>
      explain(started, reports, typeof url === 'string' ? url : undefined),
    ),
    registry.registerCommand(commands.restartServer, () => started.restart()),
    registry.registerCommand(commands.showOutput, () => output.show(true)),
    registry.registerCommand(commands.showExposure, (uri?: string) => showExposure(started, reports, uri)),
    registry.registerCommand(lensCommands.showPlaces, showPlaces),
    registry.registerCommand(linkCommands.openManual, (page, key) => openManual(started, reports, page, key)),
    // The server learns at its start whether it may run programs, so it starts anew when the answer changes.
    workspace.onDidGrantWorkspaceTrust(() => started.restart()),
  );
  const ready = started.start(forked);
  // Not awaited before the start: the answer comes from the window, which is busy drawing the first document.
  await registry.executeCommand('setContext', 'throughline.active', true);
  await ready;
}

/** Waits for the server to close its files. */
export async function end(): Promise<void> {
  await server?.stop();
}
