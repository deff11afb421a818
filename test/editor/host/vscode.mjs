// VS Code as a person meets it: its server with extensions installed, and a page of Chromium that shows it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { installHost } from './install.mjs';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** A quiet window: no welcome, no chat, no motion, nothing sent anywhere. */
const QUIET = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
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
  const data = mkdtempSync(join(tmpdir(), 'throughline-vscode-'));
  const common = [
    '--extensions-dir',
    join(data, 'extensions'),
    '--server-data-dir',
    join(data, 'data'),
    '--accept-server-license-terms',
  ];
  mkdirSync(join(data, 'data/data/Machine'), { recursive: true });
  writeFileSync(join(data, 'data/data/Machine/settings.json'), JSON.stringify({ ...QUIET, ...settings }));
  for (const vsix of vsixes) {
    const { status, stdout, stderr } = spawnSync(node, [server, '--install-extension', vsix, ...common], {
      encoding: 'utf8',
    });
    if (status !== 0 || !/successfully installed/.test(stdout))
      throw new Error(`${vsix} was not installed: ${stdout}${stderr}`);
  }
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
  const child = spawn(node, [server, ...args, ...common], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
  let log = '';
  const listening = new Promise((resolve, reject) => {
    const hear = (chunk) => {
      log += chunk;
      if (/listening on/.test(log)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`VS Code's server ended with ${code}: ${log}`)));
  });
  await listening;
  return {
    url: (folder) => `http://127.0.0.1:${port}/?folder=${encodeURI(folder)}`,
    log: () => log,
    stop() {
      // The server starts extension hosts of its own: the whole group ends.
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {}
      rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A page of Chromium that shows `url`. `close` ends the browser. */
export async function openPage(url) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
  return { page, close: () => browser.close() };
}
