/** The example deployments through the built command line: what is found, what is printed, how it ends. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examples, report, throughline } from './commandLine.js';

const SITE = 'etc/nginx/sites-available/django';
const SOCKET = 'etc/systemd/system/gunicorn.socket';
const FOUND = ['nginx/missing-include', 'deployment/upstream-without-listener', 'deployment/socket-without-service'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const copy = (name: string): void => cpSync(join(examples, name), folder, { recursive: true, verbatimSymlinks: true });

describe('the seed', () => {
  it('is diagnosed with places, related locations and fixes', () => {
    const { version, root, files, diagnostics } = report(['--root', join(examples, 'seed')]);
    expect([version, root, files]).toEqual([1, join(examples, 'seed'), 2]);
    expect(diagnostics.map((it) => it.code)).toEqual(FOUND);
    const [, upstream, socket] = diagnostics;
    expect(upstream).toEqual({
      file: SITE,
      range: { start: { line: 11, character: 19 }, end: { line: 11, character: 40 } },
      code: 'deployment/upstream-without-listener',
      severity: 'warning',
      message:
        'nginx will answer 502: nothing listens on 127.0.0.1:8000. gunicorn.socket listens on /run/gunicorn.sock.',
      related: [
        {
          file: SOCKET,
          range: { start: { line: 4, character: 13 }, end: { line: 4, character: 31 } },
          message: 'gunicorn.socket listens here',
        },
      ],
      fixes: [
        {
          title: 'Connect to /run/gunicorn.sock (gunicorn.socket)',
          safe: false,
          edits: [
            {
              file: SITE,
              range: { start: { line: 11, character: 19 }, end: { line: 11, character: 40 } },
              newText: 'http://unix:/run/gunicorn.sock',
            },
          ],
          creates: [],
        },
        {
          title: 'Make gunicorn.socket listen on 127.0.0.1:8000',
          safe: false,
          edits: [
            {
              file: 'etc/systemd/system/gunicorn.socket',
              range: { start: { line: 4, character: 13 }, end: { line: 4, character: 31 } },
              newText: '127.0.0.1:8000',
            },
          ],
          creates: [],
        },
      ],
    });
    expect(socket).toMatchObject({
      file: SOCKET,
      severity: 'error',
      fixes: [{ creates: [{ file: 'etc/systemd/system/gunicorn.service' }] }],
    });
  });

  it('is printed with the lines that it speaks of', () => {
    const { status, stdout } = throughline(['check', '--root', 'seed'], { cwd: examples });
    expect(status).toBe(1);
    expect(stdout).toMatchInlineSnapshot(`
      "information nginx/missing-include  /etc/nginx/proxy_params is not in this tree. Debian and Ubuntu ship it, other distributions do not; without it nginx will not start.
        --> etc/nginx/sites-available/django:11:17
         11 |         include proxy_params;
            |                 ^^^^^^^^^^^^

      warning deployment/upstream-without-listener  nginx will answer 502: nothing listens on 127.0.0.1:8000. gunicorn.socket listens on /run/gunicorn.sock.
        --> etc/nginx/sites-available/django:12:20
         12 |         proxy_pass http://127.0.0.1:8000;
            |                    ^^^^^^^^^^^^^^^^^^^^^
        note: gunicorn.socket listens here
        --> etc/systemd/system/gunicorn.socket:5:14
         5 | ListenStream=/run/gunicorn.sock
           |              ^^^^^^^^^^^^^^^^^^
        fix: Connect to /run/gunicorn.sock (gunicorn.socket)
        fix: Make gunicorn.socket listen on 127.0.0.1:8000

      error deployment/socket-without-service  gunicorn.socket starts gunicorn.service, which does not exist: systemd refuses to start the socket.
        --> etc/systemd/system/gunicorn.socket:5:1
         5 | ListenStream=/run/gunicorn.sock
           | ^^^^^^^^^^^^
        fix: Create gunicorn.service beside the socket

      1 error, 1 warning, 1 information. 2 files checked.
      "
    `);
  });

  it('is the same when a copy has flattened its link into text', () => {
    copy('seed');
    unlinkSync(join(folder, 'etc/nginx/sites-enabled/django'));
    writeFileSync(join(folder, 'etc/nginx/sites-enabled/django'), '../sites-available/django');
    expect(report(['--root', folder]).diagnostics.map((it) => it.code)).toEqual(FOUND);
  });

  it('is found from any file in it', () => {
    const { root, diagnostics } = report([join(examples, 'seed', SITE)]);
    expect(root).toBe(join(examples, 'seed'));
    expect(diagnostics.map((it) => it.code)).toEqual(FOUND.slice(0, 2));
  });

  it('has a static root that is missing where the tree shows it', () => {
    copy('seed');
    mkdirSync(join(folder, 'home/ohm/webd/django_md/nginxGunicornTest'), { recursive: true });
    const missing = report(['--root', folder]).diagnostics.find((it) => it.code === 'deployment/missing-static-root');
    expect(missing).toMatchObject({ file: SITE, range: { start: { line: 6, character: 13 } }, severity: 'warning' });
    expect(missing!.message).toContain('/home/ohm/webd/django_md/nginxGunicornTest/static');
    const files = join(folder, 'home/ohm/webd/django_md/nginxGunicornTest/static');
    mkdirSync(files);
    writeFileSync(join(files, 'index.html'), '');
    expect(report(['--root', folder]).diagnostics.map((it) => it.code)).toEqual(FOUND);
  });
});

describe('the corrected twin', () => {
  it('has nothing to be said of it', () => {
    const ran = throughline(['check', '--root', join(examples, 'fixed'), '--fail-on', 'information']);
    expect(ran).toEqual({ status: 0, stdout: 'Nothing found. 4 files checked.\n', stderr: '' });
  });

  it('is what the quick fixes make of the seed', () => {
    copy('seed');
    writeFileSync(join(folder, 'etc/nginx/proxy_params'), 'proxy_set_header Host $http_host;\n');
    for (const diagnostic of report(['--root', folder]).diagnostics) {
      for (const { creates } of diagnostic.fixes)
        for (const it of creates) writeFileSync(join(folder, it.file), it.text);
    }
    const [upstream] = report(['--root', folder]).diagnostics;
    const [edit] = upstream!.fixes[0]!.edits;
    expect(edit!.newText).toBe('http://unix:/run/gunicorn.sock');
  });
});

describe('a single file', () => {
  it('is read by what its name or its text says, or as it is told', () => {
    writeFileSync(join(folder, 'site'), 'server {\n    lisen 80;\n}\n');
    writeFileSync(join(folder, 'unit'), '[Service]\nExecStrt=/bin/true\n');
    writeFileSync(join(folder, 'odd.txt'), 'lisen\n');
    const codes = (args: string[]) => report(args, { cwd: folder }).diagnostics.map((it) => it.code);
    expect(codes(['site'])).toEqual(['nginx/unknown-directive']);
    expect(codes(['odd.txt', '--as', 'nginx'])).toContain('nginx/unknown-directive');
    writeFileSync(join(folder, 'app.service'), '[Service]\nExecStrt=/bin/true\n');
    expect(codes(['app.service'])).toEqual(['systemd/unknown-key']);
    expect(codes(['unit', '--as', 'systemd'])).toEqual(['systemd/unknown-key']);
    expect(throughline(['check', 'odd.txt'], { cwd: folder })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--as'),
    });
  });

  it('ends with 2 and a word when it cannot be checked', () => {
    expect(throughline(['check', 'nowhere.conf'], { cwd: folder })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no such file'),
    });
    expect(throughline(['check', '--root', 'nowhere'], { cwd: folder })).toMatchObject({ status: 2 });
    expect(throughline(['check', '--format', 'xml'], { cwd: folder })).toMatchObject({ status: 2 });
    expect(throughline(['check', '--no-such-option'], { cwd: folder })).toMatchObject({ status: 2 });
  });
});

describe('files that lie together in a repository', () => {
  it('are one deployment', () => {
    writeFileSync(
      join(folder, 'nginx.conf'),
      'upstream app { server unix:/run/ap.sock; }\nserver { location / { proxy_pass http://app; } }\n',
    );
    writeFileSync(
      join(folder, 'app.service'),
      '[Service]\nUser=root\nWorkingDirectory=/srv/app\nExecStart=/srv/app/venv/bin/gunicorn --bind unix:/run/app.sock app.wsgi\n[Install]\nWantedBy=multi-user.target\n',
    );
    expect(report([folder]).diagnostics.map((it) => it.code)).toEqual(['deployment/upstream-without-listener']);
  });
});

describe('advice of which people think differently', () => {
  it('is for those who ask for it', () => {
    writeFileSync(
      join(folder, 'slow.service'),
      '[Service]\nExecStart=/usr/bin/sleep 60\nTimeoutStopSec=0\n[Install]\nWantedBy=multi-user.target\n',
    );
    expect(report([join(folder, 'slow.service')]).diagnostics).toEqual([]);
    const asked = report(['--pedantic', join(folder, 'slow.service')]);
    expect(asked.diagnostics.map((it) => it.code)).toEqual(['systemd/timeout-zero']);
  });
});

describe('debug', () => {
  it('shows each floor', () => {
    const site = join(examples, 'seed', SITE);
    expect(throughline(['debug', 'tree', site]).stdout).toMatch(/^\(source_file \(block_directive/);
    expect(throughline(['debug', 'nginx', site]).stdout).toContain('proxy_pass http://127.0.0.1:8000');
    expect(throughline(['debug', 'unit', join(examples, 'seed', SOCKET)]).stdout).toContain(
      '[Socket] ListenStream = /run/gunicorn.sock',
    );
    expect(throughline(['debug', 'deployment', site]).stdout).toContain('/run/gunicorn.sock by gunicorn.socket');
  });
});
