/** Definition, hover and outline: what is shown of a thing, and where it comes from. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../../server/src/features/definition.js';
import { foldingRanges } from '../../server/src/features/folding.js';
import { hover } from '../../server/src/features/hover.js';
import { documentSymbols } from '../../server/src/features/symbols.js';
import { grammars } from '../fixture/deployment.js';
import { atCursor } from './cursor.js';

beforeAll(grammars);

const texts = JSON.parse(
  readFileSync(new URL('../../server/catalog/systemd-docs.json', import.meta.url), 'utf8'),
) as Record<string, string>;

function goes(text: string): string[] {
  const links = atCursor(text).ask((snapshot, path, offset) => definition(snapshot, path, offset));
  return links.map((it) => `${it.file}:${it.range.start.line + 1}:${it.range.start.character + 1}`);
}

function shows(text: string): string {
  const docs = { nginx: () => undefined, systemd: () => texts };
  return atCursor(text).ask((snapshot, path, offset) => hover(snapshot, path, offset, docs))?.markdown ?? '';
}

const DEPLOYMENT = `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=%t/app.sock
-- etc/systemd/system/app.service --
[Unit]
Requires=app.socket
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`;

describe('definition of names', () => {
  it('goes from a use to where the name is made', () => {
    const text = (use: string) => `-- etc/nginx/nginx.conf --
events {}
http {
    log_format timed "$host";
    limit_req_zone $host zone=pages:1m rate=1r/s;
    include sites-enabled/*;
}
-- etc/nginx/sites-enabled/app --
server {
    ${use}
    location @lost { return 404; }
}
`;
    const at = (use: string) =>
      atCursor(text(use))
        .ask((snapshot, path, offset) => definition(snapshot, path, offset))
        .map((it) => `${it.file}:${it.range.start.line + 1}`);
    expect(at('access_log /a.log tim<|>ed;')).toEqual(['/etc/nginx/nginx.conf:3']);
    expect(at('limit_req burst=5 zone=pa<|>ges;')).toEqual(['/etc/nginx/nginx.conf:4']);
    expect(at('error_page 404 @lo<|>st;')).toEqual(['/etc/nginx/sites-enabled/app:3']);
  });

  it('goes from a drop-in to what it changes', () => {
    const at = (dropIn: string) =>
      atCursor(`-- etc/systemd/system/app.service.d/more.conf --
${dropIn}
-- etc/systemd/system/app.service --
[Unit]
Description=app
[Service]
Restart=no
ExecStart=/usr/bin/true
`)
        .ask((snapshot, path, offset) => definition(snapshot, path, offset))
        .map((it) => `${it.file}:${it.range.start.line + 1}`);
    expect(at('[Ser<|>vice]\nRestart=always')).toEqual(['/etc/systemd/system/app.service:3']);
    expect(at('[Service]\nRes<|>tart=always')).toEqual(['/etc/systemd/system/app.service:4']);
    expect(at('[Service]\nNi<|>ce=5')).toEqual(['/etc/systemd/system/app.service:3']);
  });
});

describe('definition', () => {
  it('goes from proxy_pass to the upstream, and from there to the socket', () => {
    const site = (pass: string, server: string) => `-- etc/nginx/sites-enabled/app --
upstream backend { server ${server}; }
server { location / { proxy_pass ${pass}; } }
${DEPLOYMENT}`;
    expect(goes(site('http://back<|>end', 'unix:/run/app.sock'))).toEqual(['/etc/nginx/sites-enabled/app:1:10']);
    expect(goes(site('http://backend', 'unix:/run<|>/app.sock'))).toEqual(['/etc/systemd/system/app.socket:2:14']);
  });

  it('goes from an include to its files', () => {
    const text = `-- etc/nginx/nginx.conf --
events {}
http { include conf.d/*<|>.conf; }
-- etc/nginx/conf.d/a.conf --
server_tokens off;
-- etc/nginx/conf.d/b.conf --
sendfile on;
`;
    expect(goes(text)).toEqual(['/etc/nginx/conf.d/a.conf:1:1', '/etc/nginx/conf.d/b.conf:1:1']);
  });

  it('goes from a socket to its service and back', () => {
    expect(goes(DEPLOYMENT.replace('ListenStream', 'Listen<|>Stream'))).toEqual([
      '/etc/systemd/system/app.service:1:1',
    ]);
    expect(goes(DEPLOYMENT.replace('Requires=app', 'Requires=a<|>pp'))).toEqual(['/etc/systemd/system/app.socket:1:1']);
  });

  it('goes from the application on a command line to its Python file', () => {
    const text = `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn --workers 2 site<|>.wsgi:application
-- srv/app/site/wsgi.py --
application = None
`;
    expect(goes(text)).toEqual(['/srv/app/site/wsgi.py:1:1']);
  });

  it('goes from a variable to where it is made', () => {
    const text = 'map $a $kind { default 0; }\nserver {\n    set $own 1;\n    return 200 $k<|>ind$own;\n}\n';
    expect(goes(text)).toEqual(['/etc/nginx/sites-enabled/app:1:8']);
  });
});

describe('hover', () => {
  it('shows the line to the app', () => {
    const text = `-- etc/nginx/sites-enabled/app --
server { location / { proxy_pass http://unix:/run/<|>app.sock; } }
${DEPLOYMENT}`;
    expect(shows(text)).toBe(
      '**/run/app.sock**: `app.socket` listens here and starts `app.service`, which runs `app.wsgi` under gunicorn.',
    );
  });

  const SITE = `-- etc/nginx/sites-enabled/app --
upstream backend { server unix:/run/app.sock; }
server { location / { proxy_pass http://backend; } }
-- srv/app/app.py --
wsgi = 1
`;
  const FROM = '- `proxy_pass http://backend` in /etc/nginx/sites-enabled/app:2';

  it('shows the line to nginx from the socket, and from the app', () => {
    const units = DEPLOYMENT.replace('app.wsgi', 'app:wsgi').replace(
      '[Service]',
      '[Service]\nWorkingDirectory=/srv/app',
    );
    const line =
      '**/run/app.sock**: `app.socket` listens here and starts `app.service`, which runs `app:wsgi` under gunicorn; it is imported from `/srv/app/app.py`.';
    expect(shows(units.replace('%t/app.sock', '%t/app<|>.sock') + SITE)).toBe(
      `${line}\n\nnginx connects here:\n${FROM}`,
    );
    expect(shows(units.replace('app:wsgi', 'app:w<|>sgi') + SITE)).toBe(
      `**app:wsgi** is imported from \`/srv/app/app.py\`.\n\nnginx connects here:\n${FROM}`,
    );
    expect(shows(units + SITE.replace('upstream backend', 'upstream back<|>end'))).toBe(line);
  });

  it('shows who connects to what a service binds itself', () => {
    const text = `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind unix:/run/app<|>.sock app:wsgi
`;
    expect(shows(text + SITE)).toBe(
      `**/run/app.sock** is answered by \`app.service\`, which runs \`app:wsgi\` under gunicorn.\n\nnginx connects here:\n${FROM}`,
    );
    expect(shows(text)).toContain('nginx: nothing connects here.');
  });

  it('shows what a specifier is for this unit', () => {
    expect(shows(DEPLOYMENT.replace('%t', '%<|>t'))).toBe('**%t** is `/run` in app.socket.');
  });

  it('shows keys in our words, with their manual', () => {
    expect(shows(DEPLOYMENT.replace('ExecStart', 'Exec<|>Start'))).toContain(texts.ExecStart);
  });

  it('shows third-party directives from the catalog', () => {
    expect(shows('server {\n    more_set<|>_headers "A: b";\n}\n')).toContain('a third-party module');
  });

  it('shows nothing for entries of data and in comments', () => {
    expect(shows('map $a $b {\n    liste<|>n 1;\n}\n')).toBe('');
    expect(shows('# list<|>en\n')).toBe('');
  });
});

describe('outline and folds', () => {
  const text = `# one
# two
server {
    listen 80;
    server_name example.com;
    location / {
        return 204;
    }
}
types {
    text/html html;
}
`;

  it('names servers by what tells them apart', () => {
    const symbols = atCursor(text).ask((snapshot, path) => documentSymbols(snapshot, path));
    expect(symbols.map((it) => [it.name, it.detail, it.children.map((child) => child.name)])).toEqual([
      ['server', 'example.com :80', ['listen', 'server_name', 'location /']],
      ['types', undefined, []],
    ]);
  });

  it('folds blocks and runs of comments', () => {
    const folds = atCursor(text).ask((snapshot, path) => foldingRanges(snapshot, path));
    expect(folds).toEqual([
      { startLine: 0, endLine: 1, kind: 'comment' },
      { startLine: 2, endLine: 7, kind: 'region' },
      { startLine: 5, endLine: 6, kind: 'region' },
      { startLine: 9, endLine: 10, kind: 'region' },
    ]);
  });
});
