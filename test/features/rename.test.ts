/** Rename and references: every place that means the same thing, in all files, and nothing else. */
import { beforeAll, describe, expect, it } from 'vitest';
import { references } from '../../server/src/features/references.js';
import { renamable, rename } from '../../server/src/features/rename.js';
import { grammars } from '../fixture/deployment.js';
import { atCursor } from './cursor.js';

beforeAll(grammars);

/** The files after the renaming, those that it changes; a sentence when there is none. */
function renamed(text: string, name: string): Record<string, string> | string {
  return atCursor(text).ask((snapshot, path, offset) => {
    const edits = rename(snapshot, path, offset, name);
    if (typeof edits === 'string') return edits;
    const after: Record<string, string> = {};
    for (const file of new Set(edits.map((it) => it.file))) {
      const lines = snapshot.space.lines(file)!;
      let changed = snapshot.space.text(file)!;
      const own = edits
        .filter((it) => it.file === file)
        .map((it) => ({ ...it, from: lines.offset(it.range.start), to: lines.offset(it.range.end) }))
        .sort((a, b) => b.from - a.from);
      for (const { from, to, newText } of own) changed = changed.slice(0, from) + newText + changed.slice(to);
      after[file] = changed;
    }
    return after;
  });
}

const placeholder = (text: string) =>
  atCursor(text).ask((snapshot, path, offset) => renamable(snapshot, path, offset)?.placeholder);

const LINE = (cursor: 'nginx' | 'socket' | 'nowhere') => `-- etc/nginx/sites-enabled/app --
upstream app { server unix:/run/app${cursor === 'nginx' ? '<|>' : ''}.sock; }
server {
    location / { proxy_pass http://app; }
    location /ws { proxy_pass http://unix:/run/app.sock:/ws; }
    location /other { proxy_pass http://unix:/run/app.sock2; }
}
-- etc/systemd/system/app.socket --
[Socket]
ListenStream=/run/app${cursor === 'socket' ? '<|>' : ''}.sock
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn app.wsgi
`;

describe('rename', () => {
  it.each(['nginx', 'socket'] as const)('changes the path of a socket on every side, asked from %s', (cursor) => {
    expect(placeholder(LINE(cursor))).toBe('/run/app.sock');
    expect(renamed(LINE(cursor), '/run/shop/web.sock')).toEqual({
      '/etc/nginx/sites-enabled/app': `upstream app { server unix:/run/shop/web.sock; }
server {
    location / { proxy_pass http://app; }
    location /ws { proxy_pass http://unix:/run/shop/web.sock:/ws; }
    location /other { proxy_pass http://unix:/run/app.sock2; }
}
`,
      '/etc/systemd/system/app.socket': '[Socket]\nListenStream=/run/shop/web.sock\n',
    });
  });

  it('changes what a service binds', () => {
    const text = `-- etc/nginx/sites-enabled/app --
server { location / { proxy_pass http://unix:/run/<|>app/a.sock; } }
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind unix:/run/app/a.sock app.wsgi
`;
    expect(renamed(text, '/run/app/b.sock')).toEqual({
      '/etc/nginx/sites-enabled/app': 'server { location / { proxy_pass http://unix:/run/app/b.sock; } }\n',
      '/etc/systemd/system/app.service':
        '[Service]\nExecStart=/usr/bin/gunicorn --bind unix:/run/app/b.sock app.wsgi\n',
    });
  });

  it('leaves a path alone that one side writes with a specifier', () => {
    const text = `-- etc/nginx/sites-enabled/app --
server { location / { proxy_pass http://unix:/run/<|>app.sock; } }
-- etc/systemd/system/app.socket --
[Socket]
ListenStream=%t/app.sock
`;
    expect(placeholder(text)).toBeUndefined();
    expect(renamed(text, '/run/b.sock')).toBe('Nothing here can be renamed.');
  });

  it('changes an upstream in all files, in maps too', () => {
    const text = `-- etc/nginx/nginx.conf --
events {}
http {
    upstream back<|>end { server 192.0.2.1; }
    upstream backend2 { server 192.0.2.2; }
    map $host $chosen { default backend; b.example.com backend2; }
    include sites-enabled/*;
}
-- etc/nginx/sites-enabled/app --
server { location / { proxy_pass http://Backend/x; } location /b { proxy_pass http://backend2; } }
`;
    expect(renamed(text, 'shop')).toEqual({
      '/etc/nginx/nginx.conf': `events {}
http {
    upstream shop { server 192.0.2.1; }
    upstream backend2 { server 192.0.2.2; }
    map $host $chosen { default shop; b.example.com backend2; }
    include sites-enabled/*;
}
`,
      '/etc/nginx/sites-enabled/app':
        'server { location / { proxy_pass http://shop/x; } location /b { proxy_pass http://backend2; } }\n',
    });
    expect(renamed(text, 'a b')).toBe('"a b" cannot stand for this upstream.');
  });

  it('changes a variable in words, in braces and where a group makes it', () => {
    const text = `server {
    server_name ~^(?<tenant>.+)\\.example\\.com$;
    root /srv/$<|>tenant/www;
    add_header X-Tenant "\${tenant}x $tenants";
}
`;
    expect(renamed(text, '$customer')).toEqual({
      '/etc/nginx/sites-enabled/app': `server {
    server_name ~^(?<customer>.+)\\.example\\.com$;
    root /srv/$customer/www;
    add_header X-Tenant "\${customer}x $tenants";
}
`,
    });
    expect(placeholder('server { return 200 $ho<|>st; }\n')).toBeUndefined();
  });

  it('keeps named locations to their server', () => {
    const text = `server { location / { try_files $uri @app; } location @a<|>pp { return 204; } }
server { location / { error_page 404 = @app; } location @app { return 204; } }
`;
    expect(renamed(text, 'site')).toEqual({
      '/etc/nginx/sites-enabled/app': `server { location / { try_files $uri @site; } location @site { return 204; } }
server { location / { error_page 404 = @app; } location @app { return 204; } }
`,
    });
  });

  it.each([
    ['log_format ti<|>med "$host"; access_log /a.log timed;', 'log_format new "$host"; access_log /a.log new;'],
    [
      'limit_req_zone $host zone=pag<|>es:1m rate=1r/s; limit_req zone=pages burst=5;',
      'limit_req_zone $host zone=new:1m rate=1r/s; limit_req zone=new burst=5;',
    ],
    [
      'proxy_cache_path /c keys_zone=st<|>ore:1m; proxy_cache store;',
      'proxy_cache_path /c keys_zone=new:1m; proxy_cache new;',
    ],
  ])('changes %s', (text, after) => {
    const file = (body: string) => `-- etc/nginx/nginx.conf --\nevents {}\nhttp { ${body} }\n`;
    expect(renamed(file(text), 'new')).toEqual({ '/etc/nginx/nginx.conf': `events {}\nhttp { ${after} }\n` });
  });
});

describe('references', () => {
  const found = (text: string) =>
    atCursor(text)
      .ask((snapshot, path, offset) => references(snapshot, path, offset))
      .map((it) => `${it.file}:${it.range.start.line + 1}:${it.range.start.character + 1}`)
      .sort();

  it('finds who names a unit', () => {
    const text = `-- etc/systemd/system/a.service --
[Unit]
After=b.service network.target
Wants=b.ser<|>vice
[Service]
ExecStart=/usr/bin/true
-- etc/systemd/system/b.service --
[Service]
ExecStart=/usr/bin/true
-- etc/systemd/system/c.timer --
[Timer]
OnCalendar=daily
Unit=b.service
`;
    expect(found(text)).toEqual([
      '/etc/systemd/system/a.service:2:7',
      '/etc/systemd/system/a.service:3:7',
      '/etc/systemd/system/b.service:1:1',
      '/etc/systemd/system/c.timer:3:6',
    ]);
  });

  it('finds where a log format is used', () => {
    const text = `-- etc/nginx/nginx.conf --
events {}
http { log_format ti<|>med "$host"; include sites-enabled/*; }
-- etc/nginx/sites-enabled/app --
server { access_log /var/log/a.log timed; }
`;
    expect(found(text)).toEqual(['/etc/nginx/nginx.conf:2:19', '/etc/nginx/sites-enabled/app:1:36']);
  });
});
