// The numbers about units: `npm run bench` prints them, `node test/bench/unitRows.mjs` prints them alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startClient } from '../protocol/serverClient.mjs';
import { median, quantile, timeProgram } from './measure.mjs';
import { writeUnits } from './units.mjs';

const bin = new URL('../../server/bin/throughline.cjs', import.meta.url).pathname;

async function memoryOf(client) {
  const { heapUsed, external } = await client.request('throughline/memoryUsage', null);
  return (heapUsed + external) / 1024 / 1024;
}

/** From the start of the server to the diagnostics of one open unit, in milliseconds, and the memory then. */
async function firstDiagnostics(folder, path) {
  const started = performance.now();
  const client = await startClient({ folder, nodeOptions: ['--expose-gc'] });
  const uri = pathToFileURL(path).href;
  await client.open(uri, 'systemd', readFileSync(path, 'utf8'), 1);
  await client.until(uri, (it) => it.version === 1, 60_000);
  return { client, uri, taken: performance.now() - started, memory: await memoryOf(client) };
}

/** Types a character into the middle of a unit and takes it back; times each until the diagnostics are published. */
async function edits(client, uri, text, count) {
  const lines = text.split('\n');
  const places = lines.flatMap((line, i) => (/^(?:Restart|After|ExecStart|MemoryMax|User)=/.test(line) ? [i] : []));
  const taken = [];
  for (let i = 0; i < count; i++) {
    const line = places[(i >> 1) % places.length];
    const character = lines[line].length;
    const typed = i % 2 === 0;
    const version = i + 2;
    const range = { start: { line, character }, end: { line, character: typed ? character : character + 1 } };
    const started = performance.now();
    const published = client.until(uri, (it) => it.version === version);
    await client.change(uri, version, [{ range, text: typed ? 'x' : '' }]);
    await published;
    taken.push(performance.now() - started);
  }
  return taken;
}

/** Calls `row(what, value, unit, bar)` for each figure. */
export async function unitRows(row) {
  if (spawnSync('systemd-analyze', ['--version']).error) return;
  const small = mkdtempSync(join(tmpdir(), 'throughline-units-'));
  const large = mkdtempSync(join(tmpdir(), 'throughline-units-'));
  const empty = mkdtempSync(join(tmpdir(), 'throughline-units-'));
  try {
    const paths = writeUnits(small, 200);
    const env = { ...process.env, SYSTEMD_UNIT_PATH: `${join(small, 'etc/systemd/system')}:` };
    const verify = median(
      timeProgram('systemd-analyze', ['verify', '--man=no', ...paths], { times: 7, accept: [0, 1], env }),
    );
    row('systemd-analyze verify on 200 units', verify, 'ms');
    const check = median(timeProgram(process.execPath, [bin, 'check', '--root', small], { times: 7, accept: [0, 1] }));
    row('  throughline check, cold', check, 'ms');
    row('  throughline check, cold / systemd-analyze verify', check / verify, 'x', 3);

    const many = writeUnits(large, 2000);
    const one = writeUnits(empty, 1);
    const nothing = await firstDiagnostics(empty, one[0]);
    await nothing.client.stop();
    const { client, uri, taken, memory } = await firstDiagnostics(large, many[700]);
    row('2,000 units: from the start of the server to the first diagnostics', taken, 'ms');
    row('  without the start of the server and its first unit', taken - nothing.taken, 'ms', 1500);
    row('  memory in use more than with one unit', memory - nothing.memory, 'MB', 60);
    const latencies = await edits(client, uri, readFileSync(many[700], 'utf8'), 200);
    row('  edit to published diagnostics, median', median(latencies), 'ms', 5);
    row('  edit to published diagnostics, p95', quantile(latencies, 0.95), 'ms');
    await client.stop();
  } finally {
    for (const it of [small, large, empty]) rmSync(it, { recursive: true, force: true });
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await unitRows((what, value, unit, bar) => {
    const met = bar === undefined ? '' : `bar ${bar} ${value <= bar ? 'met' : 'MISSED'}`;
    console.log(`${what.padEnd(74)} ${value.toFixed(2).padStart(9)} ${unit.padEnd(3)} ${met}`);
  });
}
