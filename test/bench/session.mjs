// One server and one document that is edited and asked about, with the times that this takes.
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { startClient } from '../protocol/serverClient.mjs';

/** Opens files in a server that looks at `folder`. Each document knows its URI, lines and version. */
export async function openSession(folder, paths, language) {
  const client = await startClient({ folder, nodeOptions: ['--expose-gc'] });
  const documents = [];
  for (const path of paths) {
    const uri = pathToFileURL(path).href;
    const text = readFileSync(path, 'utf8');
    await client.open(uri, language(path), text, 1);
    await client.until(uri, (it) => it.version === 1, 60_000);
    documents.push({ uri, lines: text.split('\n'), version: 1 });
  }
  return { client, documents };
}

/** Types a character at a place, or takes it back; resolves to milliseconds until the diagnostics are published. */
export async function type(client, document, { line, character }, typed) {
  const version = ++document.version;
  const range = { start: { line, character }, end: { line, character: typed ? character : character + 1 } };
  const started = performance.now();
  const published = client.until(document.uri, (it) => it.version === version);
  await client.change(document.uri, version, [{ range, text: typed ? 'x' : '' }]);
  await published;
  return performance.now() - started;
}

/**
 * Milliseconds of each of `count` keystrokes at the places in turn: each types a character or takes it back. `busy`: how
 * long the server's thread was on the processor meanwhile, which other programs hardly change.
 */
export async function keystrokes(client, document, places, count) {
  const taken = [];
  const busy = [];
  for (let i = 0; i < count; i++) {
    const place = places[((i >> 1) * 7919) % places.length];
    const before = onProcessor(client);
    taken.push(await type(client, document, place, i % 2 === 0));
    busy.push(onProcessor(client) - before);
  }
  return { taken, busy };
}

/** Milliseconds that the server's main thread has been on the processor: schedstat, in the kernel's sched-stats.rst. */
export function onProcessor({ child: { pid } }) {
  const path = `/proc/${pid}/task/${pid}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e6 : Number.NaN;
}

/** The ends of the lines that match, `before` characters from their last one. */
export function endsOf({ lines }, wanted, before = 0) {
  return lines.flatMap((line, i) => (wanted.test(line) ? [{ line: i, character: line.length - before }] : []));
}

const REQUESTS = {
  hover: 'textDocument/hover',
  completion: 'textDocument/completion',
  definition: 'textDocument/definition',
  'code lenses': 'textDocument/codeLens',
};

/**
 * Milliseconds of each kind of request, right after a keystroke, as editors ask: what an edit has made stale is made anew
 * for the first who asks.
 */
export async function requests(client, document, places, count) {
  const taken = {};
  for (const [what, method] of Object.entries(REQUESTS)) {
    taken[what] = [];
    for (let i = 0; i < count; i++) {
      const place = places[((i >> 1) * 7919) % places.length];
      await type(client, document, place, i % 2 === 0);
      const started = performance.now();
      await client.request(method, { textDocument: { uri: document.uri }, position: place });
      taken[what].push(performance.now() - started);
    }
  }
  return taken;
}
