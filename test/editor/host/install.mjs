// Installs VS Code's server (the npm package code-server) with a Node that it accepts into a cache, once.
// It is made in a folder of its own and renamed when it is finished, so that neither an interrupted run nor two runs
// at a time can leave a half of it behind.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

const here = import.meta.dirname;
const MANIFESTS = ['package.json', 'package-lock.json'];
const DAY = 24 * 60 * 60 * 1000;

/**
 * The native modules that the server and its extension hosts load: log, parent watch, file watch, terminals. Some
 * releases of some of them bring a binary for some machines; the others are compiled. The rest of the server's native
 * modules (kerberos, sqlite3, ssh2, ...) serve nothing that the tests use.
 */
const NATIVE = ['@vscode/spdlog', '@vscode/native-watchdog', '@parcel/watcher', 'node-pty'];

/** The folder of this manifest's installation, below THROUGHLINE_CACHE or the user's cache. */
export function cacheFolder() {
  const hash = createHash('sha256');
  for (const name of MANIFESTS) hash.update(readFileSync(join(here, name)));
  const base = resolve(process.env.THROUGHLINE_CACHE || join(homedir(), '.cache/throughline'));
  return join(base, `code-server-${hash.digest('hex').slice(0, 12)}`);
}

/** The newer Node and the server's entry point. Installs them if need be; throws when that fails. */
export function installHost({ folder = cacheFolder(), log = console.log } = {}) {
  if (!existsSync(finished(folder))) {
    const started = performance.now();
    log(`installing VS Code's server into ${folder}`);
    mkdirSync(dirname(folder), { recursive: true });
    removeAbandoned(folder);
    const part = mkdtempSync(`${folder}.part-`);
    try {
      fill(part, log);
      writeFileSync(finished(part), '');
      put(part, folder);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
    log(`installed in ${Math.round((performance.now() - started) / 1000)} s`);
  }
  return placesIn(folder);
}

function finished(folder) {
  return join(folder, 'finished');
}

function placesIn(folder) {
  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  return {
    node: join(folder, 'node_modules/node/bin/node'),
    vscode,
    server: join(vscode, 'out/server-main.js'),
  };
}

/** What killed runs have left: nothing else says that nobody is working in it, so only what is a day old goes. */
function removeAbandoned(folder) {
  for (const name of readdirSync(dirname(folder))) {
    const path = join(dirname(folder), name);
    if (name.startsWith(`${basename(folder)}.part-`) && Date.now() - statSync(path).mtimeMs > DAY)
      rmSync(path, { recursive: true, force: true });
  }
}

function put(part, folder) {
  if (existsSync(folder) && !existsSync(finished(folder))) rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(part, folder);
  } catch (error) {
    // Another run has finished first; its result is as good as this one.
    if (!existsSync(finished(folder))) throw error;
  }
}

function fill(folder, log) {
  for (const name of MANIFESTS) copyFileSync(join(here, name), join(folder, name));
  const npm = (args, cwd) =>
    execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  npm(['ci', '--ignore-scripts'], folder);
  // The package "node" fetches the binary for this machine in this script, which --ignore-scripts has left out.
  execFileSync(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: join(folder, 'node_modules/node'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { node, vscode } = placesIn(folder);
  npm(['install', '--omit=dev', '--ignore-scripts'], vscode);
  for (const name of NATIVE) {
    if (loads(name, node, vscode).status === 0) continue;
    log(`building ${name}`);
    build(join(vscode, 'node_modules', name), headersIn(folder));
    const { status, stderr } = loads(name, node, vscode);
    if (status !== 0) throw new Error(`${name} was built, but does not load: ${stderr}`);
  }
}

function loads(name, node, cwd) {
  return spawnSync(node, ['-e', LOADING[name] ?? `require('${name}')`], { cwd, encoding: 'utf8' });
}

/** These load their binary only when it is used first. */
const LOADING = {
  'node-pty': "require('node-pty/lib/utils').loadNativeModule('pty')",
};

function build(folder, nodedir) {
  const npm = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());
  const gyp = join(dirname(npm), '../node_modules/node-gyp/bin/node-gyp.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [gyp, 'rebuild', `--nodedir=${nodedir}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${folder} was not built (it asks for python3, make and g++):\n${stdout}${stderr}`);
}

/** The headers of the Node that will load the modules: they come in the package that brought its binary. */
function headersIn(folder) {
  const packages = join(folder, 'node_modules/node/node_modules');
  const found = readdirSync(packages).find((it) => existsSync(join(packages, it, 'include/node/node_api.h')));
  if (!found) throw new Error(`no headers of Node below ${packages}`);
  return join(packages, found);
}

if (process.argv[1] === import.meta.filename) console.log(installHost());
