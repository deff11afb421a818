/** The language server on Node: over IPC when VS Code forks it, over standard input and output otherwise. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { NginxDocs, SystemdDocs } from '../features/docs.js';
import { fetchNotedAsync, quickAnswersOf } from '../host/node/fetch.js';
import { readGrammars } from '../host/node/grammarFiles.js';
import { hasManual, manualText } from '../host/node/manuals.js';
import { installedNginxVersion } from '../host/node/nginxProgram.js';
import { namedRoot, rootOf, withinRoot } from '../host/node/roots.js';
import { installedSystemdVersion } from '../host/node/systemdProgram.js';
import { loadGrammars } from '../syntax/parsers.js';
import type { Runtime } from './runtime.js';
import { startServer } from './server.js';
import { pathOfUri, uriOfPath } from './uris.js';

/** Reads a JSON file beside the bundle at the first call, not before. */
function lazily<T>(name: string): () => T | undefined {
  let read: { value: T | undefined } | undefined;
  return () => {
    if (!read) {
      const path = join(__dirname, name);
      read = { value: existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined };
    }
    return read.value;
  };
}

const runtime: Runtime = {
  atOnce: quickAnswersOf,
  fetch: fetchNotedAsync,
  rootOf,
  namedRoot,
  withinRoot,
  parentOf: dirname,
  realPath(path) {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  },
  pathOfUri,
  uriOfPath,
  memoryUsage() {
    (globalThis as { gc?: () => void }).gc?.();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { rss, heapUsed, external: external + arrayBuffers };
  },
  nginxVersion: installedNginxVersion,
  systemdVersion: installedSystemdVersion,
  hasManual,
  manualText,
  nginxDocs: lazily<NginxDocs>('nginx-docs.json'),
  systemdDocs: lazily<SystemdDocs>('systemd-docs.json'),
};

const usesIpc =
  process.argv.includes('--node-ipc') ||
  process.argv.some((it) => it.startsWith('--socket') || it.startsWith('--pipe'));
const connection = usesIpc
  ? createConnection(ProposedFeatures.all)
  : createConnection(ProposedFeatures.all, process.stdin, process.stdout);

// A fault in one request must not end the server for all files.
process.on('uncaughtException', (error) => connection.console.error(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) =>
  connection.console.error(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`),
);

startServer(connection, runtime, loadGrammars(readGrammars(__dirname)));
