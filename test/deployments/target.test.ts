/** What the command line is told of nginx: its version, and the modules that it has besides. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report, throughline } from './commandLine.js';

let folder: string;

const TEXT = `events {}
http {
    server {
        listen 443 http2;
        hello_world on;
        more_hello 1;
        http2 on;
    }
}
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-target-'));
  mkdirSync(join(folder, 'etc/nginx'), { recursive: true });
  writeFileSync(join(folder, 'etc/nginx/nginx.conf'), TEXT);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = (...args: string[]) =>
  report([...args, folder]).diagnostics.map((it) => `${it.range.start.line + 1} ${it.severity} ${it.code}`);

describe('--nginx-version', () => {
  it('judges directives and parameters as that nginx does', () => {
    expect(said('--nginx-version', '1.22')).toEqual([
      '5 error nginx/unknown-directive',
      '6 error nginx/unknown-directive',
      '7 error nginx/unknown-directive',
    ]);
    expect(said('--nginx-version', '1.26.3')).toEqual([
      '4 warning nginx/deprecated-listen-http2',
      '5 error nginx/unknown-directive',
      '6 error nginx/unknown-directive',
    ]);
  });

  it('refuses what is no version', () => {
    const { status, stderr } = throughline(['check', '--nginx-version', 'newest', folder]);
    expect(status).toBe(2);
    expect(stderr).toContain('--nginx-version newest');
  });
});

describe('--nginx-module', () => {
  it('takes directives by name, or by the module that they begin with', () => {
    const version = ['--nginx-version', '1.22'];
    expect(said(...version, '--nginx-module', 'hello_world')).not.toContain('5 error nginx/unknown-directive');
    expect(said(...version, '--nginx-module', 'hello_world')).toContain('7 error nginx/unknown-directive');
    const both = ['--nginx-module', 'hello_world', '--nginx-module', 'more_hello'];
    expect(said(...version, ...both)).not.toContain('6 error nginx/unknown-directive');
  });
});
