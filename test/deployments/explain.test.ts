/** `throughline explain` as a user calls it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examples, throughline } from './commandLine.js';

const asked = (tree: string, url: string, ...more: string[]) =>
  throughline(['explain', url, '--root', `${examples}/${tree}`, ...more]);
const json = (tree: string, url: string) => JSON.parse(asked(tree, url, '--format', 'json').stdout);

describe('throughline explain', () => {
  it('tells why the seed answers 502, and where', () => {
    const found = json('seed', 'http://example.com/admin?next=/');
    expect(found).toMatchObject({ version: 1, url: 'http://example.com/admin?next=/' });
    expect(found.server.file).toBe('/etc/nginx/sites-available/django');
    expect(found.answer).toMatchObject({ kind: 'upstream', status: 502, upstream: { address: '127.0.0.1:8000' } });
    expect(found.problems).toContain('deployment/upstream-without-listener');
  });

  it('prints the steps for a person', () => {
    const { stdout, status } = asked('seed', 'http://example.com/static/a.css');
    expect(stdout).toContain('  location /static/  (/etc/nginx/sites-available/django:');
    expect(status).toBe(0);
  });

  it('refuses what is no URL', () => {
    const { stderr, status } = asked('seed', 'example');
    expect(stderr).toContain('a URL is written as');
    expect(status).toBe(2);
  });

  it('says why nginx itself gives an error, and of which file', () => {
    const root = mkdtempSync(join(tmpdir(), 'throughline-explain-'));
    mkdirSync(join(root, 'etc/nginx/conf.d'), { recursive: true });
    mkdirSync(join(root, 'var/www/site/img'), { recursive: true });
    writeFileSync(join(root, 'etc/nginx/nginx.conf'), 'events {}\nhttp {\n    include /etc/nginx/conf.d/*.conf;\n}\n');
    writeFileSync(
      join(root, 'etc/nginx/conf.d/site.conf'),
      'server {\n    listen 80;\n    root /var/www/site;\n    location /round { rewrite ^ /round/on last; }\n    location /app { try_files $uri =404; }\n    location /own { internal; }\n}\n',
    );
    const answers = (path: string) =>
      JSON.parse(throughline(['explain', `http://example.com${path}`, '--root', root, '--format', 'json']).stdout)
        .answer;
    try {
      expect(answers('/none.css')).toEqual({
        kind: 'file',
        status: 404,
        file: '/var/www/site/none.css',
        why: 'there is no such file',
      });
      expect(answers('/img/')).toMatchObject({ kind: 'file', status: 403, file: '/var/www/site/img/' });
      expect(answers('/img/').why).toContain('no index.html');
      expect(answers('/app/x')).toMatchObject({ status: 404, file: '/var/www/site/app/x' });
      expect(answers('/own')).toMatchObject({ kind: 'return', status: 404 });
      expect(answers('/own').why).toContain('internal');
      expect(answers('/round')).toMatchObject({ kind: 'return', status: 500 });
      expect(answers('/round').why).toContain('10 times');
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
