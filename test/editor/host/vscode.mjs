// VS Code as a person meets it: its server with extensions installed, and a page of Chromium that shows it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { installHost } from './install.mjs';
import { temporaryFolder } from './temporary.mjs';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Milliseconds that a server may take to install an extension or to listen, on a machine that does other things too. */
const LONGEST_START = 60_000;

/** A quiet window: no welcome, no chat, no motion, nothing sent anywhere. */
const QUIET = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'editor.cursorBlinking': 'solid',
};

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Starts a server of its own with the given extensions and settings. `stop` ends it and removes what it wrote. */
export async function startVsCode({ vsixes, settings = {}, env = {} }) {
  const { node, server } = installHost();
  let child;
  const { folder: data, remove: stop } = temporaryFolder('vscode', () => {
    // The server starts extension hosts of its own, which would survive it: the whole group ends.
    try {
      if (child) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  });
  const common = [
    '--extensions-dir',
    join(data, 'extensions'),
    '--server-data-dir',
    join(data, 'data'),
    '--accept-server-license-terms',
  ];
  try {
    mkdirSync(join(data, 'data/data/Machine'), { recursive: true });
    writeFileSync(join(data, 'data/data/Machine/settings.json'), JSON.stringify({ ...QUIET, ...settings }));
    installExtensions(node, [server, ...vsixes.flatMap((it) => ['--install-extension', it]), ...common], vsixes.length);
    const port = await freePort();
    const args = [
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--without-connection-token',
      '--telemetry-level',
      'off',
      '--disable-workspace-trust',
    ];
    child = spawn(node, [server, ...args, ...common], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: true,
    });
    const log = await listening(child);
    return { port, url: (folder) => `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`, log, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

function installExtensions(node, args, count) {
  const { stdout, stderr } = spawnSync(node, args, { encoding: 'utf8', timeout: LONGEST_START });
  // The exit code is 0 as well when an extension was refused.
  if ((stdout.match(/successfully installed/g) ?? []).length !== count)
    throw new Error(`the extensions were not installed:\n${stdout}${stderr}`);
}

/** Resolves, when the server listens, to what returns its log so far. */
function listening(child) {
  let log = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`VS Code's server does not listen:\n${log}`)), LONGEST_START);
    const settle = (done) => {
      clearTimeout(late);
      done();
    };
    const hear = (chunk) => {
      log += chunk;
      if (/listening on/.test(log)) settle(() => resolve(() => log));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code) => settle(() => reject(new Error(`VS Code's server ended with ${code}:\n${log}`))));
  });
}

/** A page of Chromium that shows `url`. `close` ends the browser. */
export async function openPage(url) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(url);
    await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
    return { page, close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
