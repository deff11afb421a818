import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ExtensionContext } from 'vscode';

/** Where "Attach to Server" in .vscode/launch.json finds the server's inspector. */
const inspectorPort = 6009;

/**
 * Starts the server that is shipped with the extension; it speaks over Node's IPC. Under the debugger it can be attached
 * to. Loads nothing of the client's library, so that the two are loaded side by side.
 */
export function forkServer(context: ExtensionContext): ChildProcess {
  const debugged = process.execArgv.some((it) => it.startsWith('--inspect'));
  return fork(
    context.asAbsolutePath('server/dist/server.cjs'),
    ['--node-ipc', `--clientProcessId=${String(process.pid)}`],
    {
      silent: true,
      execArgv: debugged ? ['--nolazy', `--inspect=${String(inspectorPort)}`, '--enable-source-maps'] : [],
      env: {
        ...process.env,
        // The extension host's program is Electron, which is Node only if it is told so.
        ELECTRON_RUN_AS_NODE: '1',
        ELECTRON_NO_ASAR: '1',
        // Node 22 and later keep there what they have compiled; in a folder of our own, as anybody may write to /tmp.
        NODE_COMPILE_CACHE: join(context.globalStorageUri.fsPath, 'compiled'),
      },
    },
  );
}
