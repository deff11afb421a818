// The numbers about a whole line of many apps, and about what an editor asks: `npm run bench` prints them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBigConfig } from './config.mjs';
import { writeDeployment } from './deployment.mjs';
import { median, quantile } from './measure.mjs';
import { endsOf, keystrokes, openSession, requests } from './session.mjs';
import { writeUnits } from './units.mjs';

async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-bench-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const languageOf = (path) => (path.includes('/nginx/') ? 'nginx' : 'systemd');

/** An edit anywhere in the line of one of 50 apps, each with its site and its service. */
export async function deploymentRows(row) {
  await inFolder(async (folder) => {
    const { site, service, socket } = writeDeployment(folder, 50);
    const { client, documents } = await openSession(folder, [site, service, socket], languageOf);
    const [ofSite, ofService, ofSocket] = documents;
    const edited = [
      ['site', ofSite, endsOf(ofSite, /^ *(?:server |server_name|alias|proxy_pass)/, 1)],
      ['service', ofService, endsOf(ofService, /^(?:User|ExecStart|WorkingDirectory|After)=/)],
      ['socket', ofSocket, endsOf(ofSocket, /^(?:ListenStream|SocketUser)=/)],
    ];
    for (const [what, document, places] of edited) {
      const { taken, busy } = await keystrokes(client, document, places, 120);
      row(`50 apps behind 50 sites: edit in a ${what}, median`, median(taken), 'ms', 10);
      row('  of that on the processor', median(busy), 'ms');
      row('  p95', quantile(taken, 0.95), 'ms');
    }
    await client.stop();
  });
}

async function rowsOf(row, what, folder, path, wanted, before) {
  const { client, documents } = await openSession(folder, [path], languageOf);
  const places = endsOf(documents[0], wanted, before);
  for (const [request, taken] of Object.entries(await requests(client, documents[0], places, 40))) {
    row(`${what}: ${request} after a keystroke, median`, median(taken), 'ms', 20);
    row('  p95', quantile(taken, 0.95), 'ms');
  }
  await client.stop();
}

/** What an editor asks after a keystroke, of the largest things that somebody edits. */
export async function requestRows(row) {
  await inFolder(async (folder) => {
    const paths = writeUnits(folder, 2000);
    await rowsOf(row, '2,000 units', folder, paths[700], /^(?:After|ExecStart|User|WantedBy)=/, 0);
  });
  await inFolder(async (folder) => {
    const { path } = writeBigConfig(folder, { tls: false });
    await rowsOf(row, '11,000 lines of nginx', folder, path, /^ +(?:server_name|alias|proxy_pass|expires) /, 1);
  });
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const print = (what, value, unit, bar) => {
    const met = bar === undefined ? '' : `bar ${bar} ${value <= bar ? 'met' : 'MISSED'}`;
    console.log(`${what.padEnd(74)} ${value.toFixed(2).padStart(9)} ${unit.padEnd(3)} ${met}`);
  };
  await deploymentRows(print);
  await requestRows(print);
}
