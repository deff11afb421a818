// The numbers of the product, as ratios measured in one run on one machine: `npm run bench [-- tls plain sites seed units apps requests size]`.
// Fails when a bar is missed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeBigConfig, writeSiteTree } from '../test/bench/config.mjs';
import { median, quantile, timeInTurn } from '../test/bench/measure.mjs';
import { deploymentRows, requestRows } from '../test/bench/requestRows.mjs';
import { unitRows } from '../test/bench/unitRows.mjs';
import { startClient } from '../test/protocol/serverClient.mjs';
import { build } from './build.mjs';

const root = new URL('..', import.meta.url).pathname;
const bin = join(root, 'server/bin/throughline.cjs');
const rows = [];

/** One line of the table; `bar` is the limit that the project has set itself, undefined for figures that only inform. */
function row(what, value, unit, bar) {
  const met = bar === undefined ? '' : value <= bar ? 'met' : 'MISSED';
  rows.push({ what, value, unit, bar, met });
  console.log(
    `${what.padEnd(74)} ${value.toFixed(unit === 'x' ? 3 : 1).padStart(9)} ${unit.padEnd(3)} ${bar === undefined ? '' : `bar ${bar}`.padEnd(10)} ${met}`,
  );
}

/** A cold check and `nginx -t`, in turn. */
function checkAndNginx(folder, path, times) {
  const run = timeInTurn(
    [
      [process.execPath, [bin, 'check', '--root', folder]],
      ['nginx', ['-t', '-q', '-p', folder, '-c', path]],
    ],
    { times },
  );
  return { check: run.medians[0], nginx: run.medians[1], ratio: run.ratios[1] };
}

/** Types one character and takes it back, at places all over the file; times each until the diagnostics are published. */
async function editLatencies(folder, path, count, marks) {
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const places = lines.flatMap((line, i) =>
    /^\s*(?:server_name|alias|proxy_pass|access_log|expires)\b/.test(line)
      ? [{ line: i, character: line.length - 1 }]
      : [],
  );
  const client = await startClient({ folder, nodeOptions: ['--expose-gc'] });
  const uri = pathToFileURL(path).href;
  let version = 1;
  await client.open(uri, 'nginx', text, version);
  await client.until(uri, (it) => it.version === 1, 30_000);
  const taken = [];
  const memory = new Map();
  for (let i = 0; i < count; i++) {
    const { line, character } = places[Math.floor((i >> 1) * 7919) % places.length];
    version++;
    const typed = i % 2 === 0;
    const range = { start: { line, character }, end: { line, character: typed ? character : character + 1 } };
    const started = performance.now();
    const published = client.until(uri, (it) => it.version === version);
    await client.change(uri, version, [{ range, text: typed ? 'x' : '' }]);
    await published;
    taken.push(performance.now() - started);
    if (marks.includes(i + 1)) memory.set(i + 1, await memoryOf(client));
  }
  await client.stop();
  return { taken, memory };
}

/** Megabytes in use after collecting garbage: how much of it the collector has left lying says nothing about leaks. */
async function memoryOf(client) {
  const { rss, heapUsed, external } = await client.request('throughline/memoryUsage', null);
  return { resident: rss / 1024 / 1024, used: (heapUsed + external) / 1024 / 1024 };
}

async function big(tls) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-bench-'));
  try {
    const { path, lines } = writeBigConfig(folder, { tls });
    const name = `${lines.toLocaleString('en')} lines, ${tls ? 'each site with a certificate' : 'no TLS'}`;
    const { check, nginx, ratio } = checkAndNginx(folder, path, 15);
    row(`nginx -t on ${name}`, nginx, 'ms');
    const { taken, memory } = await editLatencies(folder, path, 1000, [100, 1000]);
    row('  edit to published diagnostics, median', median(taken), 'ms');
    row('  edit to published diagnostics, median / nginx -t', median(taken) / nginx, 'x', 0.15);
    row('  edit to published diagnostics, p95 / nginx -t', quantile(taken, 0.95) / nginx, 'x', 0.5);
    row('  memory in use of the server after 100 edits', memory.get(100).used, 'MB');
    row('  memory in use after 1,000 edits / after 100', memory.get(1000).used / memory.get(100).used, 'x', 1.1);
    row(
      '  resident memory after 1,000 edits / after 100',
      memory.get(1000).resident / memory.get(100).resident,
      'x',
      1.1,
    );
    // Without certificates nginx needs less time than Node needs to start, so there the figure only informs.
    row('  throughline check, cold', check, 'ms');
    row('  throughline check, cold / nginx -t', ratio, 'x', tls ? 3 : undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Many files of sites: what a first check costs, and whether an edit in one of them feels the others. */
async function sites() {
  const medians = [];
  for (const count of [20, 2000]) {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-bench-'));
    try {
      const { path, site } = writeSiteTree(folder, count);
      if (count === 2000) {
        const { check, nginx, ratio } = checkAndNginx(folder, path, process.env.QUICK ? 3 : 7);
        row(`nginx -t on ${count.toLocaleString('en')} sites of 100 lines`, nginx, 'ms');
        row('  throughline check, cold', check, 'ms');
        row('  throughline check, cold / nginx -t', ratio, 'x', 4);
      }
      const { taken } = await editLatencies(folder, site, process.env.QUICK ? 60 : 300, []);
      medians.push(median(taken));
      row(`edit in one of ${count.toLocaleString('en')} sites, median`, median(taken), 'ms');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  row('  the same edit / in one of 20', medians[1] / medians[0], 'x', 1.5);
}

function seed() {
  const check = [process.execPath, [bin, 'check', '--root', join(root, 'examples/seed')], { accept: [1] }];
  const { differences } = timeInTurn([check, [process.execPath, ['-e', '0']]], { times: 15 });
  row('throughline check on the seed, above node -e 0', differences[1], 'ms', 250);
}

function packageSize() {
  const vsix = join(root, 'throughline.vsix');
  if (!existsSync(vsix)) execFileSync(process.execPath, [join(root, 'scripts/package.mjs')], { stdio: 'ignore' });
  row('VSIX', statSync(vsix).size / 1024 / 1024, 'MB', 4);
}

await build({ minify: true });
if (spawnSync('nginx', ['-v']).error) {
  console.error('nginx is not installed: its time is the yardstick of these numbers (apt-get install nginx).');
  process.exit(2);
}
const wanted = process.argv.slice(2);
const parts = {
  tls: () => big(true),
  plain: () => big(false),
  sites,
  seed,
  units: () => unitRows(row),
  apps: () => deploymentRows(row),
  requests: () => requestRows(row),
  size: packageSize,
};
for (const [name, run] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await run();
mkdirSync(join(root, 'test-results'), { recursive: true });
writeFileSync(join(root, 'test-results/bench.json'), `${JSON.stringify(rows, undefined, 2)}\n`);
const missed = rows.filter((it) => it.met === 'MISSED');
if (missed.length > 0) {
  console.error(`${missed.length} of ${rows.filter((it) => it.bar !== undefined).length} bars missed`);
  process.exit(1);
}
