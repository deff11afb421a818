import type { ExtensionContext } from 'vscode';
import { type ServerOptions, TransportKind } from 'vscode-languageclient/node';

/** Where "Attach to Server" in .vscode/launch.json finds the server's inspector. */
const inspectorPort = 6009;

/** How the server that is shipped with the extension is started; under the debugger it can be attached to. */
export function serverOptions(context: ExtensionContext): ServerOptions {
  const module = context.asAbsolutePath('server/dist/server.cjs');
  const run = { module, transport: TransportKind.ipc };
  const execArgv = ['--nolazy', `--inspect=${inspectorPort}`, '--enable-source-maps'];
  return { run, debug: { ...run, options: { execArgv } } };
}
