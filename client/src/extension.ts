import type { ExtensionContext } from 'vscode';
import { forkServer } from './serverProcess.js';

type Main = typeof import('./main.js');

let main: Main | undefined;

/** Called by VS Code at the first nginx or systemd document. */
export async function activate(context: ExtensionContext): Promise<void> {
  // The server starts while the rest of the extension is being loaded: that takes either of them as long.
  const forked = forkServer(context);
  // A bundle of its own: the build leaves this name alone.
  main = require('./main.cjs') as Main;
  await main.run(context, forked);
}

/** Called by VS Code before it ends; waits for the server to close its files. */
export async function deactivate(): Promise<void> {
  await main?.end();
}
