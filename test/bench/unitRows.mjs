// The numbers about units: `npm run bench` prints them, `node test/bench/unitRows.mjs` prints them alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, quantile, timeInTurn } from './measure.mjs';
import { endsOf, keystrokes, onProcessor, openSession } from './session.mjs';
import { writeUnits } from './units.mjs';

const bin = new URL('../../server/bin/throughline.cjs', import.meta.url).pathname;

async function memoryOf(client) {
  const { heapUsed, external } = await client.request('throughline/memoryUsage', null);
  return (heapUsed + external) / 1024 / 1024;
}

/** From the start of the server to the diagnostics of one open unit, in milliseconds, and the memory then. */
async function firstDiagnostics(folder, path) {
  const started = performance.now();
  const { client, documents } = await openSession(folder, [path], () => 'systemd');
  const taken = performance.now() - started;
  const busy = onProcessor(client);
  return { client, document: documents[0], taken, busy, memory: await memoryOf(client) };
}

/** A server with many units, and how much more time and memory it needs than one with a single unit: medians of `times` starts. */
async function indexed(large, largePath, empty, emptyPath, times) {
  const starts = [];
  let last;
  for (let i = 0; i < times; i++) {
    await last?.client.stop();
    const nothing = await firstDiagnostics(empty, emptyPath);
    await nothing.client.stop();
    last = await firstDiagnostics(large, largePath);
    starts.push({
      taken: last.taken,
      more: last.taken - nothing.taken,
      busy: last.busy - nothing.busy,
      memory: last.memory - nothing.memory,
    });
  }
  const of = (what) => median(starts.map((it) => it[what]));
  return { ...last, taken: of('taken'), more: of('more'), busy: of('busy'), memory: of('memory') };
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
    const run = timeInTurn(
      [
        [process.execPath, [bin, 'check', '--root', small], { accept: [0, 1] }],
        ['systemd-analyze', ['verify', '--man=no', ...paths], { accept: [0, 1], env }],
      ],
      { times: 9 },
    );
    row('systemd-analyze verify on 200 units', run.medians[1], 'ms');
    row('  throughline check, cold', run.medians[0], 'ms');
    row('  throughline check, cold / systemd-analyze verify', run.ratios[1], 'x', 3);

    const many = writeUnits(large, 2000);
    const one = writeUnits(empty, 1);
    const { client, document, taken, more, busy: indexing, memory } = await indexed(large, many[700], empty, one[0], 5);
    row('2,000 units: from the start of the server to the first diagnostics', taken, 'ms');
    row('  without the start of the server and its first unit', more, 'ms', 1500);
    row('  of that on the processor', indexing, 'ms');
    row('  memory in use more than with one unit', memory, 'MB', 60);
    const places = endsOf(document, /^(?:Restart|After|ExecStart|MemoryMax|User)=/);
    const { taken: latencies, busy } = await keystrokes(client, document, places, 300);
    row('  edit to published diagnostics, median', median(latencies), 'ms', 5);
    row('  of that on the processor', median(busy), 'ms');
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
