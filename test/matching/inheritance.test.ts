/**
 * What is in force where a request ends: headers that nginx adds and sends on, roots, indexes, error pages and logs, ours
 * against what a running nginx sends and writes. `INHERITANCE=20000 MATCHING_SEED=7 LIST=1` for more, or others.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Block, effectiveConfiguration, httpBlock } from '../../server/src/nginx/effective/blocks.js';
import { inForce } from '../../server/src/nginx/effective/inheritance.js';
import { route } from '../../server/src/nginx/effective/request.js';
import { type Look, type Route, statusOf } from '../../server/src/nginx/effective/route.js';
import { grammars, load } from '../fixture/deployment.js';
import { hasNginx } from '../oracle/nginxProbe.js';
import { type NestedAsk, type NestedGround, NestedHand, SENT } from './nested.js';
import { freePort, Refused, running } from './running.js';

const COUNT = Number(process.env.INHERITANCE ?? (process.env.CI ? 4000 : 800));
const SEED = Number(process.env.MATCHING_SEED ?? 1);
const LOGS = ['one', 'two', 'three'];

let ground: NestedGround;
let folder: string;
let backend: Server;

beforeAll(async () => {
  await grammars();
  folder = mkdtempSync(join(tmpdir(), 'throughline-inheritance-'));
  const root = join(folder, 'files');
  const places = ['', '/l', '/l/m', '/m', '/n/n', '/n/l'];
  for (const at of ['a', 'b', 'c'].flatMap((it) => places.map((place) => join(root, it + place))))
    for (const name of ['index.html', 'other.html', 'page.html']) {
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, name), join(at, name));
    }
  backend = createServer((asked, answer) => {
    const told = asked.rawHeaders.flatMap((it, i) => (i % 2 === 0 ? [`${it}: ${asked.rawHeaders[i + 1]}`] : []));
    answer.end(`P ${told.filter((it) => SENT.some((name) => it.startsWith(`${name}:`))).join(' | ')}`);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => backend.listen(port, '127.0.0.1', resolve));
  ground = { root, logs: folder, port: await freePort(), backend: port };
});

afterAll(() => {
  backend.close();
  rmSync(folder, { recursive: true, force: true });
});

function configuration({ http, server }: { http: string; server: string }): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (it, i) => `${it}_temp_path ${folder}/t${i};`,
  );
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events { worker_connections 256; }
http {
log_format id '$http_x_id';
default_type text/plain;
keepalive_requests 100000;
absolute_redirect off;
${temporary.join('\n')}
${http}
${server}
}
`;
}

/** What is compared of one request. */
interface Seen {
  readonly status: number;
  readonly added: readonly string[];
  /** Text of the answer: the file's path, what a location says, what the backend was told. Empty for nginx's own. */
  readonly text: string;
  readonly logs: readonly string[];
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

function ask({ method, path }: NestedAsk, id: string): Promise<Omit<Seen, 'logs'>> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: ground.port,
      path,
      method,
      agent,
      headers: { host: 'a', 'x-id': id, 'x-i': numberIn(path) },
    };
    const sent = httpRequest(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (it) => (text += it));
      answer.on('end', () => {
        const raw = answer.rawHeaders.flatMap((it, i) => (i % 2 === 0 ? [`${it}: ${answer.rawHeaders[i + 1]}`] : []));
        const added = raw.filter((it) => /^X-[ABC]:/.test(it));
        resolve({ status: answer.statusCode!, added, text: /^<html>/.test(text) ? '' : text });
      });
    });
    sent.on('error', reject).end();
  });
}

const look = (path: string): Look => {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch {
    return undefined;
  }
};

/** Statuses with which headers are added that are not for `always`: ngx_http_headers_filter(). */
const WELL = [200, 201, 204, 206, 301, 302, 303, 304, 307, 308];

/** What the client sends as X-I, which an internal redirect does not take away. */
const numberIn = (path: string) => /[?&]i=([^&]*)/.exec(path)?.[1] ?? '';
const filled = (value: string, path: string) => value.replace('$http_x_i', numberIn(path));

function predicted(http: Block, { method, path }: NestedAsk): Seen | undefined {
  const request = {
    method,
    scheme: 'http' as const,
    address: `127.0.0.1:${ground.port}`,
    host: 'a',
    target: path,
    headers: new Map<string, string>(),
    client: '127.0.0.1',
  };
  const routed = route(http, request, look, folder);
  const status = statusOf(routed.ending);
  const { block } = routed;
  if (status === undefined || !block) return undefined;
  const added = inForce(block, 'add_header').directives.filter(
    (it) => WELL.includes(status) || it.args[2] === 'always',
  );
  const logs = inForce(block, 'access_log').directives.filter((it) => {
    const condition = it.args.find((arg) => arg.startsWith('if='));
    return it.args[0] !== 'off' && (condition === undefined || !['', '0'].includes(filled(condition.slice(3), path)));
  });
  return {
    status,
    added: added.map((it) => `${it.args[0]}: ${filled(it.args[1]!, path)}`),
    text: method === 'HEAD' ? '' : textOf(routed, block, path),
    logs: logs.map((it) => it.args[0]!.slice(folder.length + 1, -'.log'.length)).sort(),
  };
}

function textOf({ ending }: Route, block: Block, path: string): string {
  if (ending.kind === 'answer') return ending.text ?? '';
  if (ending.kind === 'file') return ending.path;
  if (ending.kind !== 'pass') return '';
  const { directives } = inForce(block, 'proxy_set_header');
  const told = directives.map((it) => `${it.args[0]}: ${filled(it.args[1]!, path)}`);
  // Unless it is set, nginx sends this one: ngx_http_proxy_headers.
  if (!directives.some((it) => it.args[0] === 'Connection')) told.push('Connection: close');
  return `P ${told.join(' | ')}`;
}

/** Headers go out in an order of nginx's own. */
const comparable = ({ status, added, text, logs }: Seen) =>
  JSON.stringify([status, [...added].sort(), text.startsWith('P ') ? text.slice(2).split(' | ').sort() : text, logs]);

/** Which requests each log holds. */
function logged(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const name of LOGS) {
    const path = join(folder, `${name}.log`);
    if (look(path) === undefined) continue;
    for (const id of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
      const before = found.get(id);
      if (before) before.push(name);
      else found.set(id, [name]);
    }
  }
  return found;
}

describe.skipIf(!hasNginx)('inherited directives', { timeout: 900_000 }, () => {
  it('are in force where nginx has them', async () => {
    let asked = 0;
    let unknown = 0;
    let refused = 0;
    const wrong: string[] = [];
    for (let seed = SEED * 100_003; asked < COUNT; seed++) {
      const hand = new NestedHand(seed, ground);
      const text = configuration(hand.configuration());
      const asks = hand.asks(50);
      for (const name of LOGS) rmSync(join(folder, `${name}.log`), { force: true });
      const loaded = load({ files: [{ path: 'etc/nginx/nginx.conf', text, attributes: {} }], absent: [] });
      const http = loaded.settle((snapshot) => httpBlock(effectiveConfiguration(snapshot.configuration).top)!);
      try {
        await running(text, folder, ground.port, async () => {
          const answers = await Promise.all(asks.map((it, i) => ask(it, String(i))));
          // A log line is written after the answer is sent.
          await ask({ method: 'GET', path: '/' }, 'last');
          const logs = logged();
          asks.forEach((it, i) => {
            asked++;
            const ours = predicted(http, it);
            const theirs = { ...answers[i]!, logs: [...(logs.get(String(i)) ?? [])].sort() };
            if (!ours) unknown++;
            else if (comparable(ours) !== comparable(theirs))
              wrong.push(
                `seed ${seed} ${it.method} ${it.path}\n  nginx: ${comparable(theirs)}\n  ours:  ${comparable(ours)}`,
              );
          });
        });
      } catch (error) {
        // What the hand has written may be refused: a URI in limit_except, the same log twice.
        if (!(error instanceof Refused)) throw error;
        refused++;
        if (process.env.LIST) console.log(/\[emerg\].*/.exec(error.message)?.[0]);
      }
    }
    console.log(`${asked} requests, ${wrong.length} disagree, ${unknown} unknown, ${refused} configurations refused`);
    if (process.env.LIST) console.log(wrong.slice(0, 40).join('\n'));
    expect(wrong.slice(0, 5).join('\n')).toBe('');
    expect(unknown / asked).toBeLessThan(0.02);
  });
});
