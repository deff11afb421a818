/**
 * Files that nobody expects, through the built command line: a clear word at the right place or on standard error,
 * nothing lost of the other files, no crash, no hang.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { report, throughline } from '../deployments/commandLine.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-bad-'));
  chmodSync(folder, 0o755);
  put('etc/nginx/nginx.conf', 'events {}\nhttp {\n    include conf.d/*.conf;\n    include sites-enabled/*;\n}\n');
  // Whatever else is wrong, this must still be found.
  put('etc/nginx/conf.d/zz-witness.conf', 'server {\n    lisen 80;\n}\n');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text: string | Uint8Array): string {
  const at = join(folder, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, text);
  return at;
}

function codes(): string[] {
  return report(['--root', folder]).diagnostics.map((it) => it.code);
}

function messages(): string[] {
  const { diagnostics } = report(['--root', folder]);
  expect(diagnostics.map((it) => it.code)).toContain('nginx/unknown-directive');
  return diagnostics.map((it) => it.message);
}

const stderr = (): string => throughline(['check', '--root', folder]).stderr;

describe('a file that cannot be read', () => {
  it('for want of rights: the include says so, and the others are checked', () => {
    const secret = put('etc/nginx/conf.d/secret.conf', 'server { listen 81; }\n');
    chmodSync(secret, 0o000);
    // root may read everything, so somebody else has to look.
    const options = process.getuid?.() === 0 ? { uid: 65534 } : {};
    const ran = throughline(['check', '--root', folder], options);
    expect(ran.stdout).toContain('/etc/nginx/conf.d/secret.conf: this user may not read it');
    expect(ran.stdout).toContain('nginx/unknown-directive');
    expect(ran.stderr).toContain('secret.conf');
  });

  it('because it is a directory', () => {
    mkdirSync(join(folder, 'etc/nginx/conf.d/old.conf'));
    expect(messages()).toContain('nginx cannot load /etc/nginx/conf.d/old.conf: it is a directory.');
  });

  it('because its link leads nowhere', () => {
    mkdirSync(join(folder, 'etc/nginx/sites-enabled'));
    symlinkSync('../sites-available/gone', join(folder, 'etc/nginx/sites-enabled/app'));
    expect(messages().join('\n')).toContain(
      '/etc/nginx/sites-enabled/app is a symbolic link to something that does not exist',
    );
    expect(stderr()).toContain('sites-enabled/app: it is a symbolic link to something that does not exist');
  });

  it('because its links lead in a circle', () => {
    mkdirSync(join(folder, 'etc/nginx/sites-enabled'));
    symlinkSync('two', join(folder, 'etc/nginx/sites-enabled/one'));
    symlinkSync('one', join(folder, 'etc/nginx/sites-enabled/two'));
    expect(messages().join('\n')).toContain('its symbolic links lead in a circle');
  });

  it('because it is a FIFO, on which reading would wait for ever', () => {
    execFileSync('mkfifo', [join(folder, 'etc/nginx/conf.d/pipe.conf')]);
    expect(messages()).toContain('nginx cannot load /etc/nginx/conf.d/pipe.conf: it is a fifo.');
    expect(throughline(['check', join(folder, 'etc/nginx/conf.d/pipe.conf')])).toMatchObject({ status: 2 });
  });

  it.skipIf(process.getuid?.() !== 0)('because it is a device', () => {
    try {
      execFileSync('mknod', [join(folder, 'etc/nginx/conf.d/zero.conf'), 'c', '1', '5'], { stdio: 'ignore' });
    } catch {
      // A container without the right to make devices has none to trip over either.
      return;
    }
    expect(messages()).toContain('nginx cannot load /etc/nginx/conf.d/zero.conf: it is a device.');
  });

  it('because it is larger than any configuration', () => {
    put('etc/nginx/conf.d/huge.conf', Buffer.alloc(17 * 1024 * 1024, 'a'));
    expect(messages().join('\n')).toMatch(/huge\.conf: it has 17 MB; the limit is 16 MB/);
  });
});

describe('a folder', () => {
  it('whose links lead back into it', () => {
    mkdirSync(join(folder, 'etc/nginx/snippets'));
    symlinkSync('..', join(folder, 'etc/nginx/snippets/up'));
    symlinkSync('.', join(folder, 'etc/nginx/snippets/here'));
    expect(codes()).toContain('nginx/unknown-directive');
  });
});

describe('includes', () => {
  it('that go round', () => {
    put('etc/nginx/conf.d/a.conf', 'include conf.d/b.conf;\n');
    put('etc/nginx/conf.d/b.conf', 'include conf.d/a.conf;\n');
    expect(messages()).toContain(
      'nginx will not start: /etc/nginx/conf.d/a.conf includes itself, by way of this line.',
    );
  });

  it('of the file itself', () => {
    put('etc/nginx/conf.d/self.conf', 'include conf.d/*.conf;\n');
    expect(messages().join('\n')).toContain('/etc/nginx/conf.d/self.conf includes itself');
  });
});

describe('text', () => {
  it('with NUL bytes', () => {
    put('etc/nginx/conf.d/nul.conf', 'server {\n    listen 80;\0\n    lis\0ten 81;\n}\n');
    expect(codes().length).toBeGreaterThan(0);
    put('etc/systemd/system/nul.service', '[Service]\nExecStart=/bin/true\0\nRestrt=no\n');
    expect(codes()).toContain('systemd/unknown-key');
  });

  it('that is not UTF-8: it is said, and the rest is read', () => {
    put('etc/nginx/conf.d/latin.conf', Buffer.from('# caf\xe9\nserver {\n    lsten 80;\n}\n', 'latin1'));
    const { diagnostics } = report(['--root', folder]);
    expect(diagnostics.filter((it) => it.file.endsWith('latin.conf')).map((it) => it.range.start)).toEqual([
      { line: 2, character: 4 },
    ]);
    expect(stderr()).toContain('latin.conf: some bytes are not UTF-8');
  });

  it('with a byte order mark', () => {
    put('etc/nginx/conf.d/bom.conf', '\uFEFFserver {\n    listen 80;\n}\n');
    expect(codes()).toContain('nginx/byte-order-mark');
    put(
      'etc/systemd/system/bom.service',
      '\uFEFF[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
    );
    expect(codes().filter((it) => it.startsWith('systemd/'))).toEqual([]);
  });

  it('in one line of 10 MB', () => {
    put('etc/nginx/conf.d/long.conf', `server { set $a "${'x'.repeat(10 * 1024 * 1024)}"; lsten 80; }\n`);
    const { stdout, status } = throughline(['check', '--root', folder]);
    expect(status).toBe(1);
    expect(stdout).toContain('"lsten"');
    // The excerpt shows the place, not the line.
    expect(stdout.length).toBeLessThan(10_000);
  });

  it('in a unit with a line of 10 MB', () => {
    put(
      'etc/systemd/system/long.service',
      `[Service]\nExecStart=/bin/echo ${'x'.repeat(10 * 1024 * 1024)}\nRestrt=no\n`,
    );
    expect(codes()).toContain('systemd/unknown-key');
  });

  it('with blocks a thousand deep, closed or not', () => {
    put('etc/nginx/conf.d/deep.conf', `${'a {\n'.repeat(1000)}${'}\n'.repeat(1000)}`);
    put('etc/nginx/conf.d/deeper.conf', '{'.repeat(10_000));
    expect(codes()).toContain('nginx/unknown-directive');
  });

  it('that is empty, or nothing but blanks and comments', () => {
    put('etc/nginx/conf.d/empty.conf', '');
    put('etc/nginx/conf.d/blank.conf', '\n\n  \t\r\n# nothing\n');
    put('etc/systemd/system/empty.service', '');
    expect(codes()).toEqual(['nginx/unknown-directive']);
  });

  it('that is no text at all', () => {
    const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 256);
    put('etc/nginx/conf.d/bytes.conf', bytes);
    put('etc/systemd/system/bytes.service', bytes);
    expect(codes()).toContain('nginx/unknown-directive');
  });
});
