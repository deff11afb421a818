import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing, run } from './oracle.js';
import { expansions, snippetsOf } from './snippets.js';

const snippets = snippetsOf('nginx');
const reason = missing('nginx');

/** Where a snippet belongs, from the last words of its description, which tell the same to people. */
function inContext(description: string, text: string): string {
  const context = /\(in (http|server)\)$/.exec(description)?.[1];
  if (!context) throw new Error(`the description does not end in its context: ${description}`);
  return context === 'http' ? text : `server {\nlisten 80;\n${text}\n}`;
}

describe.skipIf(reason)(`nginx accepts every snippet${reason ? `: ${reason}` : ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'throughline-nginx-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  beforeAll(() => {
    const files = ['-keyout', join(directory, 'privkey.pem'), '-out', join(directory, 'fullchain.pem')];
    const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=example.com'];
    expect(run('openssl', [...kind, ...files]).status).toBe(0);
    copyFileSync('/etc/nginx/fastcgi_params', join(directory, 'fastcgi_params'));
  });

  /** What `nginx -t` says to the configuration; ports above 1024, so that it need not be run as root. */
  function test(text: string) {
    const site = text
      .replaceAll('/etc/letsencrypt/live/example.com', directory)
      .replace(/(?<=listen (?:\[::\]:)?)\d+/g, (port) => String(18000 + Number(port)));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${directory}/t;`,
    );
    const http = `http {\naccess_log off;\n${paths.join('\n')}\n${site}\n}\n`;
    const file = join(directory, 'nginx.conf');
    writeFileSync(file, `pid ${directory}/nginx.pid;\nerror_log stderr;\nevents {}\n${http}`);
    return run('nginx', ['-t', '-q', '-c', file]);
  }

  it.each([...snippets])('%s', (_name, snippet) => {
    for (const text of expansions(snippet)) {
      expect(test(inContext(snippet.description, text)), text).toEqual({ status: 0, output: '' });
    }
  });

  it('refuses what is wrong, so the answers above mean something', () => {
    const { status, output } = test('server { listen 80; proxy_pas http://127.0.0.1:1; }');
    expect(status).toBe(1);
    expect(output).toContain('unknown directive "proxy_pas"');
  });
});
