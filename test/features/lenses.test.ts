/** Code lenses and references: what each end of a connection knows of the other. */
import { beforeAll, describe, expect, it } from 'vitest';
import { codeLenses } from '../../server/src/features/codeLens.js';
import { explainLenses } from '../../server/src/features/explainLenses.js';
import { references } from '../../server/src/features/references.js';
import { grammars } from '../fixture/deployment.js';
import { atCursor } from './cursor.js';

beforeAll(grammars);

const NGINX = `-- etc/nginx/sites-enabled/app --
upstream app {
    server unix:/run/app.sock;
}
server {
    location / {
        proxy_pass http://app;
    }
    location /api/ {
        proxy_pass http://app;
    }
}
`;
const SOCKET = `-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app.sock
`;
const SERVICE = `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn mysite.wsgi
`;

const titles = (text: string) =>
  atCursor(text)
    .ask((snapshot, path) => codeLenses(snapshot, path))
    .map((it) => `${it.range.start.line + 1} ${it.title}`);
const refers = (text: string) =>
  atCursor(text)
    .ask((snapshot, path, offset) => references(snapshot, path, offset))
    .map((it) => `${it.file.slice(it.file.lastIndexOf('/') + 1)}:${it.range.start.line + 1}`)
    .sort();

describe('code lenses', () => {
  it('say above nginx blocks who answers', () => {
    expect(titles(NGINX + SOCKET + SERVICE)).toEqual(
      expect.arrayContaining([
        '1 nginx: 2 places connect here',
        '1 served by app.service -> mysite.wsgi',
        '5 served by app.service -> mysite.wsgi',
        '8 served by app.service -> mysite.wsgi',
        '4 served by app.service -> mysite.wsgi',
      ]),
    );
  });

  it('say above a socket who connects and what starts', () => {
    const text = SOCKET.replace('Listen', 'Li<|>sten') + NGINX + SERVICE;
    expect(titles(text)).toEqual(['1 nginx: 2 places connect here', '1 starts app.service -> mysite.wsgi']);
  });

  it('say where nobody listens', () => {
    expect(titles(NGINX)).toContain('1 no unit listens on /run/app.sock');
  });
});

describe('explain', () => {
  const urls = (text: string) =>
    atCursor(text)
      .ask((snapshot, path) => explainLenses(snapshot, path))
      .map((it) => `${it.range.start.line + 1} ${it.url}`);

  it('has a URL for servers and locations', () => {
    const text = `server {
    listen 443 ssl;
    server_name _ .example.com;
    location / {
        location /nested/ { return 204; }
    }
    location = /exact { return 204; }
    location ~* \\.(css|js)$ { return 204; }
    location @named { return 204; }
}
server {
    listen [::1]:8080 default_server;
    server_name _;
}
`;
    expect(urls(text)).toEqual([
      '1 https://example.com/',
      '4 https://example.com/',
      '5 https://example.com/nested/',
      '7 https://example.com/exact',
      '8 https://example.com/x.css',
      '11 http://localhost:8080/',
    ]);
  });

  it('has none where no URL leads', () => {
    expect(
      urls('server {\n    listen unix:/run/nginx.sock;\n}\nserver {\n    listen 80;\n    server_name ~^x;\n}\n'),
    ).toEqual([]);
    expect(urls('-- etc/nginx/sites-available/app --\nserver {\n    listen 80;\n}\n')).toEqual([]);
  });
});

describe('references', () => {
  it('lead from the socket to every connection', () => {
    expect(refers(SOCKET.replace('Listen', 'Li<|>sten') + NGINX + SERVICE)).toEqual(['app:2', 'app:6', 'app:9']);
  });

  it('lead from one connection to the others and to the listener', () => {
    expect(refers(NGINX.replace('/run/app', '/run/a<|>pp') + SOCKET + SERVICE)).toEqual([
      'app.socket:2',
      'app:2',
      'app:6',
      'app:9',
    ]);
  });
});
