/**
 * Random servers, locations and URLs: what we say nginx does with a request, against what a running nginx answers.
 * `MATCHING=20000 MATCHING_SEED=7 LIST=1` for more, or others.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Block, effectiveConfiguration, httpBlock } from '../../server/src/nginx/effective/blocks.js';
import { route } from '../../server/src/nginx/effective/request.js';
import type { Ending, Looks, Route } from '../../server/src/nginx/effective/route.js';
import type { Finding } from '../../server/src/rules/rule.js';
import type { Item } from '../../server/src/syntax/nginxSyntax.js';
import { findings, grammars, load } from '../fixture/deployment.js';
import { hasNginx } from '../oracle/nginxProbe.js';
import { type Ask, FILES, type Ground, Hand, type Site } from './generate.js';
import { freePort, running } from './running.js';

const COUNT = Number(process.env.MATCHING ?? (process.env.CI ? 10_000 : 2000));
const SEED = Number(process.env.MATCHING_SEED ?? 1);

let ground: Ground;
let folder: string;

beforeAll(async () => {
  await grammars();
  folder = mkdtempSync(join(tmpdir(), 'throughline-matching-'));
  const root = join(folder, 'files');
  for (const file of [...FILES.map((it) => join(root, it)), join(folder, 'html/index.html')]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, file);
  }
  ground = { root, ports: [await freePort(), await freePort()], backend: await freePort() };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configuration(site: Site): string {
  return `worker_processes 1;
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events { worker_connections 512; }
http {
access_log off;
absolute_redirect off;
keepalive_requests 100000;
default_type text/plain;
client_body_temp_path ${folder}/t1;
proxy_temp_path ${folder}/t2;
fastcgi_temp_path ${folder}/t3;
uwsgi_temp_path ${folder}/t4;
scgi_temp_path ${folder}/t5;
server { listen 127.0.0.1:${ground.backend}; location / { return 200 "P $request_uri"; } }
${site.text}
}
`;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

function ask({ address, host, target }: Ask): Promise<string> {
  const [name, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: name, port, path: target, agent, headers: { host } }, (answer) => {
      let text = '';
      answer.setEncoding('latin1').on('data', (it) => (text += it));
      answer.on('end', () => resolve(told(answer.statusCode!, answer.headers.location, text)));
    });
    sent.on('error', reject).end();
  });
}

/** What nginx writes by itself says nothing of the place. */
function told(status: number, location: string | undefined, text: string): string {
  if (location !== undefined) return `${status} to ${location}`;
  if (/^<html>\r?\n<head><title>Index of /.test(text)) return `${status} listing`;
  return `${status} ${/^<html>/.test(text) ? '' : text}`.trim();
}

function predicted(ending: Ending): string | undefined {
  switch (ending.kind) {
    case 'answer':
      return `${ending.status} ${ending.text ?? ''}`.trim();
    case 'redirect':
      return `${ending.status} to ${ending.to}`;
    case 'pass':
      return ending.uri === undefined ? undefined : `${ending.status ?? 200} P ${ending.uri}`;
    case 'file':
      return `${ending.status} ${ending.path.replace(/\/\/+/g, '/')}`;
    case 'listing':
      return `${ending.status} listing`;
    default:
      return undefined;
  }
}

const looks: Looks = (path) => {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch {
    return undefined;
  }
};

function routed(http: Block, { address, host, target }: Ask): Route {
  return route(http, { method: 'GET', scheme: 'http', address, host, target, headers: new Map() }, looks, folder);
}

const NEVER_REACHED =
  /^nginx\/(?:unreachable-location|missing-leading-slash|unreachable-after-return|query-in-pattern)$/;

/** What nginx did against a finding, `''` if it did as we said; undefined for findings that no request can try. */
async function contradicted(
  { rule, at, message }: Finding,
  http: Block,
  reached: ReadonlySet<unknown>,
  asked: (it: Ask) => Promise<string>,
): Promise<string | undefined> {
  const item = at.node as Item;
  if (NEVER_REACHED.test(rule) && item.name === 'location') return reached.has(item) ? 'a request came there' : '';
  if (rule !== 'nginx/endless-redirect') return undefined;
  const [, host, path] = /A request for http:\/\/([^/ ]+)(\/\S*)/.exec(message)!;
  const ask = { address: `127.0.0.1:${/:(\d+)$/.exec(host!)![1]}`, host: host!, target: path! };
  let server: Item | undefined = item;
  while (server && server.name !== 'server') server = server.parent as Item | undefined;
  // Another server may be nearer to this address.
  if (routed(http, ask).server?.block.directive?.item !== server) return undefined;
  let answer = '';
  for (let i = 0; i < 15; i++) {
    answer = await asked(ask).catch(() => '');
    if (answer.startsWith('500')) return message.includes('500') ? '' : answer;
    const to = /^30\d to (?:http:\/\/[^/]+)?(\/.*)$/.exec(answer)?.[1];
    if (to === undefined) return answer === '' || answer.startsWith('414') ? '' : `${ask.target}: ${answer}`;
    ask.target = to;
  }
  return message.includes('too many') ? '' : answer;
}

describe.skipIf(!hasNginx)('requests', { timeout: 900_000 }, () => {
  it('go where nginx sends them', async () => {
    let asked = 0;
    let unknown = 0;
    let refused = 0;
    let judged = 0;
    const wrong: string[] = [];
    for (let seed = SEED * 100_003; asked < COUNT; seed++) {
      const site = new Hand(seed, ground).site();
      const text = configuration(site);
      const files = [{ path: 'etc/nginx/nginx.conf', text, attributes: {} }];
      const loaded = load({ files, absent: [] });
      const http = loaded.settle((snapshot) => httpBlock(effectiveConfiguration(snapshot.configuration).top)!);
      try {
        await running(text, folder, ground.backend, async () => {
          const answers = await Promise.all(
            site.asks.map((it) => ask(it).catch((error: NodeJS.ErrnoException) => `error ${error.code}`)),
          );
          const reached = new Set<unknown>();
          site.asks.forEach((it, i) => {
            const { ending, steps } = routed(http, it);
            for (const { by } of steps) reached.add(by?.item);
            const ours = predicted(ending);
            const theirs = answers[i]!;
            // Nobody listens on this address in this configuration.
            if (theirs.startsWith('error ECONNREFUSED')) return;
            asked++;
            if (ours === undefined) unknown++;
            else if (!same(ours, theirs))
              wrong.push(`seed ${seed} ${it.host} ${it.address} ${it.target}\n  nginx: ${theirs}\n  ours:  ${ours}`);
          });
          for (const { finding } of findings(loaded)) {
            const answer = await contradicted(finding, http, reached, (it) => ask(it));
            if (answer === undefined) continue;
            judged++;
            if (answer) wrong.push(`seed ${seed} ${finding.rule}: ${finding.message}\n  ${answer}`);
          }
        });
      } catch (error) {
        // What our hand has written may be refused: an alias that does not fit, a name twice.
        if (!String(error).includes('nginx ended')) throw error;
        refused++;
        if (process.env.LIST) console.log(/\[emerg\].*/.exec(String(error))?.[0]);
      }
    }
    console.log(
      `${asked} requests, ${wrong.length} disagree, ${unknown} unknown, ${refused} configurations refused, ${judged} findings tried`,
    );
    if (process.env.LIST) console.log(wrong.slice(0, 40).join('\n'));
    expect(wrong.slice(0, 5).join('\n')).toBe('');
    expect(unknown / asked).toBeLessThan(0.05);
  });
});

/** An empty text and nginx's own page are one answer. */
function same(ours: string, theirs: string): boolean {
  return ours === theirs || ours.replace(/\s+/g, ' ').trim() === theirs.replace(/\s+/g, ' ').trim();
}
