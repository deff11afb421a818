/** `throughline explain` as a user calls it. */
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
});
