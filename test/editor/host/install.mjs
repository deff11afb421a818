// Installs VS Code's server (the npm package code-server) with a Node that it accepts into a cache, once.
// A marker file says that an install was finished; without it the folder is thrown away and made anew.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const here = new URL('.', import.meta.url).pathname;
const MANIFESTS = ['package.json', 'package-lock.json'];

/** Modules of the server that are compiled on installing; the server does not start, or starts no extensions, without them. */
const NATIVE = ['@vscode/spdlog', '@vscode/native-watchdog', 'node-pty', '@parcel/watcher'];

function cacheFolder() {
  const hash = createHash('sha256');
  for (const name of MANIFESTS) hash.update(readFileSync(join(here, name)));
  const base = process.env.THROUGHLINE_CACHE ?? join(homedir(), '.cache/throughline');
  return join(base, `code-server-${hash.digest('hex').slice(0, 12)}`);
}

/** The newer Node and the server's entry point. Installs them if need be; throws when that fails. */
export function installHost({ log = console.log } = {}) {
  const folder = cacheFolder();
  const marker = join(folder, 'finished');
  const node = join(folder, 'node_modules/node/bin/node');
  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  if (!existsSync(marker)) {
    log(`installing VS Code's server into ${folder}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const name of MANIFESTS) copyFileSync(join(here, name), join(folder, name));
    const npm = (args, cwd) =>
      execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
        cwd,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    npm(['ci', '--ignore-scripts'], folder);
    // The package "node" gets its binary in this script, which --ignore-scripts has left out.
    execFileSync(process.execPath, ['installArchSpecificPackage.js'], {
      cwd: join(folder, 'node_modules/node'),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    npm(['install', '--omit=dev', '--ignore-scripts'], vscode);
    for (const name of NATIVE) buildNative(join(vscode, 'node_modules', name), log);
    writeFileSync(marker, '');
  }
  return { node, server: join(vscode, 'out/server-main.js') };
}

function buildNative(folder, log) {
  if (!existsSync(join(folder, 'binding.gyp'))) return;
  log(`building ${folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)}`);
  const gyp = join(
    dirname(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())),
    '../node_modules/node-gyp/bin/node-gyp.js',
  );
  // They use Node-API, which is the same in the Node that builds and the one that runs.
  const headers = join(dirname(process.execPath), '..');
  const nodedir = existsSync(join(headers, 'include/node/node_api.h')) ? headers : '/usr';
  execFileSync(process.execPath, [gyp, 'rebuild', `--nodedir=${nodedir}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log(installHost());
