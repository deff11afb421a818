/** `throughline route` as a user calls it. */
import { describe, expect, it } from 'vitest';
import { examples, throughline } from './commandLine.js';

const asked = (url: string, ...more: string[]) => throughline(['route', url, '--root', `${examples}/seed`, ...more]);

describe('throughline route', () => {
  it('names the file of a static URL, and what decided', () => {
    const { stdout, status } = asked('http://example.com/static/a.css');
    expect(stdout).toContain('location     location /static/  (/etc/nginx/sites-available/django:');
    expect(stdout).toMatch(/^file {9}\S+\/static\/a\.css$/m);
    expect(status).toBe(0);
  });

  it('names the program of another one', () => {
    expect(asked('http://example.com/admin?next=/').stdout).toMatch(
      /^program {6}proxy_pass http:\/\/\S+, asked for \/admin\?next=\/ {2}\(\/etc\/nginx/m,
    );
  });

  it('refuses what is no URL', () => {
    const { stderr, status } = asked('example');
    expect(stderr).toContain('a URL is written as');
    expect(status).toBe(2);
  });
});
