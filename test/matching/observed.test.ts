/**
 * What rules promise for the running server, of which nginx -t says nothing: each configuration is run, and does what the
 * message says.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings, grammars, load } from '../fixture/deployment.js';
import { hasNginx } from '../oracle/nginxProbe.js';
import { freePort, running } from './running.js';

interface Seen {
  /** The rule and message that must be there. */
  readonly says: string;
  /** The body of a server; FOLDER and PORT are filled in. */
  readonly server: string;
  readonly asks: string;
  readonly answer: RegExp;
}

const CASES: readonly Seen[] = [
  {
    says: 'nginx/unreachable-location: prefix',
    server: 'location ^~ /s/ { return 200 prefix; } location ~ ^/s/img/ { return 200 regex; }',
    asks: '/s/img/a',
    answer: /^200 \S* ?prefix/,
  },
  {
    says: 'nginx/unreachable-location: everything',
    server: 'location ~ ^/ { return 200 first; } location ~ \\.png$ { return 200 second; }',
    asks: '/a.png',
    answer: /^200 \S* ?first/,
  },
  {
    says: 'nginx/unreachable-location: same',
    server: 'location ~* \\.png$ { return 200 first; } location ~ \\.png$ { return 200 second; }',
    asks: '/a.png',
    answer: /^200 \S* ?first/,
  },
  {
    says: 'nginx/client-chosen-upstream: chosen',
    server: 'location = /inner { return 200 inner; } location /fetch { proxy_pass http://$arg_host/inner; }',
    asks: '/fetch?host=127.0.0.1:PORT',
    answer: /^200 \S* ?inner/,
  },
  {
    says: 'nginx/client-chosen-upstream: chosen',
    server: 'location = /inner { return 200 inner; } location ~ ^/to/(.*)$ { proxy_pass http://$1/inner; }',
    asks: '/to/127.0.0.1:PORT',
    answer: /^200 \S* ?inner/,
  },
  { says: 'nginx/whole-filesystem-served: root', server: 'root /;', asks: '/etc/hostname', answer: /^200 / },
  {
    says: 'nginx/whole-filesystem-served: root',
    server: 'location /all/ { alias /; }',
    asks: '/all/etc/hostname',
    answer: /^200 /,
  },
  {
    says: 'nginx/header-injection: redirect',
    server: 'return 301 http://other.invalid$uri;',
    asks: '/%0d%0aX-Written:%20yes',
    answer: /^301 .*x-written/,
  },
  {
    says: 'nginx/missing-resolver: none',
    server: 'location / { proxy_pass http://localhost:PORT$request_uri; }',
    asks: '/',
    answer: /^502/,
  },
  {
    says: 'nginx/alias-without-capture: directory',
    server: 'location ~ ^/img/.*\\.txt$ { alias FOLDER/files/; }',
    asks: '/img/a.txt',
    answer: /^301 .*location=\S*\/img\/a\.txt\/ /,
  },
  {
    says: 'nginx/alias-slash-mismatch: traversal',
    server: 'location /f { alias FOLDER/files/; }',
    asks: '/f../secret.txt',
    answer: /^200 .*secret/,
  },
  {
    says: 'nginx/missing-leading-slash: target',
    server: 'root FOLDER/files; location / { try_files $uri a.txt; }',
    asks: '/none',
    answer: /^404/,
  },
  {
    says: 'nginx/missing-leading-slash: tried',
    server: 'root FOLDER/files; location / { try_files a.txt =404; }',
    asks: '/none',
    answer: /^404/,
  },
  {
    says: 'nginx/missing-leading-slash: redirect',
    server: 'error_page 404 gone.html; location / { return 404; }',
    asks: '/none',
    answer: /^302 .*location=gone\.html/,
  },
  {
    says: 'nginx/pattern-without-modifier: location',
    server: 'location \\.txt$ { return 200 regex; } location / { return 200 prefix; }',
    asks: '/a.txt',
    answer: /^200 \S* ?prefix/,
  },
  {
    says: 'nginx/query-in-pattern: rewrite',
    server: 'rewrite ^/p\\.php\\?id=1$ /q last; location / { return 200 $uri; }',
    asks: '/p.php?id=1',
    answer: /^200 \S* ?\/p\.php/,
  },
  {
    says: 'nginx/query-in-pattern: location',
    server: 'location /p?id=1 { return 200 query; } location / { return 200 path; }',
    asks: '/p?id=1',
    answer: /^200 \S* ?path/,
  },
  {
    says: 'nginx/dead-condition: never',
    server: 'if ($request_method = get) { return 200 got; } location / { return 200 missed; }',
    asks: '/',
    answer: /^200 \S* ?missed/,
  },
  {
    says: 'nginx/dead-condition: never',
    server: 'if ($remote_addr = 127.0.0.0/8) { return 200 got; } location / { return 200 missed; }',
    asks: '/',
    answer: /^200 \S* ?missed/,
  },
  {
    says: 'nginx/dead-condition: always',
    server: 'if ($scheme != HTTP) { return 200 got; } location / { return 200 missed; }',
    asks: '/',
    answer: /^200 \S* ?got/,
  },
  {
    says: 'nginx/try-files-before-pass: refused',
    server:
      'location = /inner { return 200 inner; } location / { try_files $uri =404; proxy_pass http://127.0.0.1:PORT/inner; }',
    asks: '/page',
    answer: /^404/,
  },
  {
    says: 'nginx/allow-without-deny: open',
    server: 'location / { allow 192.0.2.1; root FOLDER/files; }',
    asks: '/a.txt',
    answer: /^200/,
  },
  {
    says: 'nginx/variable-before-set: before',
    server: 'if ($seen) { return 200 got; } set $seen 1; location / { return 200 missed; }',
    asks: '/',
    answer: /^200 \S* ?missed/,
  },
  {
    says: 'nginx/ignored-address-bits: bits',
    server: 'location / { allow 127.9.9.9/8; deny all; root FOLDER/files; }',
    asks: '/a.txt',
    answer: /^200/,
  },
  {
    says: 'nginx/endless-redirect: internal',
    server: 'server_name a.test; location /old { rewrite ^/old(.*)$ /old/new$1 last; }',
    asks: '/old',
    answer: /^500/,
  },
];

let folder: string;

beforeAll(async () => {
  await grammars();
  folder = mkdtempSync(join(tmpdir(), 'throughline-observed-'));
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files/a.txt'), 'text');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, insecureHTTPParser: true }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (it) => (text += it));
      const headers = Object.entries(answer.headers).map(([name, value]) => `${name}=${value}`);
      answer.on('end', () => {
        const own = /^<html>/.test(text) ? '' : text;
        const told = answer.statusCode === 200 ? '' : `${headers.join(' ')} `;
        resolve(`${answer.statusCode} ${told}${own}`);
      });
    });
    sent.on('error', reject).end();
  });
}

function configuration(servers: readonly string[]): string {
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events {}
http {
access_log off;
absolute_redirect off;
default_type text/plain;
client_body_temp_path ${folder}/t1;
proxy_temp_path ${folder}/t2;
fastcgi_temp_path ${folder}/t3;
uwsgi_temp_path ${folder}/t4;
scgi_temp_path ${folder}/t5;
${servers.join('\n')}
}
`;
}

const said = (text: string) =>
  findings(load({ files: [{ path: 'etc/nginx/nginx.conf', text, attributes: {} }], absent: [] })).map(
    ({ finding }) => `${finding.rule}: ${finding.messageId}`,
  );

describe.skipIf(!hasNginx)('a running nginx', { timeout: 60_000 }, () => {
  it('does what the rules say', async () => {
    const free = new Set<number>();
    while (free.size < CASES.length) free.add(await freePort());
    const ports = [...free];
    const servers = CASES.map((it, i) => {
      const body = it.server.replaceAll('FOLDER', folder).replaceAll('PORT', String(ports[i]));
      return `server { listen 127.0.0.1:${ports[i]};\n${body}\n}`;
    });
    const found = servers.map((it) => said(configuration([it])));
    const answers: string[] = [];
    await running(configuration(servers), folder, ports[0]!, async () => {
      for (const [i, it] of CASES.entries())
        answers.push(await ask(ports[i]!, it.asks.replace('PORT', String(ports[i]))));
    });
    expect(CASES.map((it, i) => ({ ...it, says: found[i]!.includes(it.says) && it.says }))).toEqual(CASES);
    expect(CASES.map(({ says, server }, i) => ({ says, server, answer: answers[i] }))).toEqual(
      CASES.map(({ says, server, answer }) => ({ says, server, answer: expect.stringMatching(answer) })),
    );
  });

  it('writes the log that cannot be switched off into a file named off', async () => {
    const port = await freePort();
    const text = configuration([
      `server { listen 127.0.0.1:${port}; error_log off info; location / { root ${folder}/files; } }`,
    ]);
    expect(said(text)).toContain('nginx/error-log-off: file');
    await running(text, folder, port, async () => {
      expect(await ask(port, '/none')).toMatch(/^404/);
    });
    const log = join(folder, 'off');
    expect(existsSync(log) && readFileSync(log, 'utf8')).toMatch(/open\(\).*failed/);
  });
});
