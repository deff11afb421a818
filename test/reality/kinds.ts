/** The kinds of fault, each with the rules that tell of it, and the shapes that work. */
import { asked } from './asked.js';
import { askedCases } from './askedFiles.js';
import { type Change, casesOf, file, inServer, only, put, SERVICE, SITE, SOCKET, swap } from './cases.js';
import { LINE_FAULTS, LINE_WORKING } from './lineKinds.js';
import type { Asked, Case } from './tree.js';

const at = (path: string, more: Partial<Asked> = {}): Asked => ({ path, host: 'example.com', ...more });
const same: Change = ({ tree }) => ({ tree });

/** With a worker that gives up soon: what it cannot read it would wait for half a minute. */
const quick =
  (change: Change): Change =>
  (of) => {
    const made = change(of);
    return made && swap(SERVICE, 'gunicorn mysite', 'gunicorn --timeout 3 mysite')({ ...of, tree: made.tree });
  };

/** Kind, changes, rules that name the cause. */
const FAULTS: readonly (readonly [string, readonly Change[], readonly string[]])[] = [
  ['wrong port', [swap(SITE, /127\.0\.0\.1:8000/g, '127.0.0.1:8001')], ['deployment/upstream-without-listener']],
  ['wrong socket path', [swap(SITE, /(unix:\S+)\.sock/, '$1x.sock')], ['deployment/upstream-without-listener']],
  ['TCP for a socket', [swap(SITE, /unix:[^;]+\.sock/, '127.0.0.1:8000')], ['deployment/upstream-without-listener']],
  [
    'socket for TCP',
    [swap(SITE, /127\.0\.0\.1:8000/, 'unix:/run/site.sock')],
    ['deployment/upstream-without-listener'],
  ],
  ['IPv6 only', [swap(SITE, /127\.0\.0\.1:8000/, '[::1]:8000')], ['deployment/upstream-without-listener']],
  [
    'socket of another group',
    [swap(SOCKET, /SocketUser=.*\nSocketGroup=.*\n/, 'SocketUser=app\nSocketGroup=app\n')],
    ['deployment/socket-not-connectable'],
  ],
  [
    'socket mode',
    [
      swap(SOCKET, 'SocketMode=0660', 'SocketMode=0440'),
      swap(SOCKET, /SocketUser=.*\nSocketGroup=.*\nSocketMode=0660/, 'SocketMode=0600'),
    ],
    ['deployment/socket-not-connectable'],
  ],
  [
    'umask',
    [
      only('unix', swap(SERVICE, ' --bind', ' --umask 007 --bind')),
      only('unix', swap(SERVICE, ' --bind', ' -m 077 --bind')),
    ],
    ['deployment/socket-not-connectable'],
  ],
  [
    'runtime directory mode',
    [swap(SERVICE, 'RuntimeDirectory=site', 'RuntimeDirectory=site\nRuntimeDirectoryMode=0700')],
    ['deployment/directory-not-traversable'],
  ],
  ['no runtime directory', [swap(SERVICE, 'RuntimeDirectory=site\n', '')], ['deployment/bind-not-permitted']],
  [
    'bind in /run',
    [
      ({ tree, shape }) =>
        shape.bind === 'unix'
          ? {
              tree: {
                ...tree,
                [SITE]: (tree[SITE] as string).replace('/run/site/', '/run/'),
                [SERVICE]: (tree[SERVICE] as string).replace('/run/site/', '/run/'),
              },
            }
          : undefined,
    ],
    ['deployment/bind-not-permitted'],
  ],
  [
    'port below 1024',
    [
      ({ tree, shape }) =>
        shape.bind === 'tcp'
          ? {
              tree: {
                ...tree,
                [SITE]: (tree[SITE] as string).replace(':8000', ':800'),
                [SERVICE]: (tree[SERVICE] as string).replace(':8000', ':800'),
              },
            }
          : undefined,
    ],
    ['deployment/bind-not-permitted'],
  ],
  [
    'socket without service',
    [
      ({ tree }) =>
        tree[SOCKET]
          ? { tree: { ...tree, [SERVICE]: undefined, 'etc/systemd/system/web.service': tree[SERVICE] } }
          : undefined,
    ],
    ['deployment/socket-without-service'],
  ],
  ['Accept=yes', [swap(SOCKET, '[Socket]', '[Socket]\nAccept=yes')], ['deployment/socket-without-service']],
  ['missing user', [swap(SERVICE, 'User=app', 'User=nosuch')], ['systemd/missing-account']],
  ['missing group', [swap(SERVICE, 'Group=app', 'Group=nosuch')], ['systemd/missing-account']],
  [
    'missing directory',
    [swap(SERVICE, /WorkingDirectory=(.*)/, 'WorkingDirectory=$1x')],
    ['systemd/missing-working-directory'],
  ],
  [
    'directory that cannot be entered',
    [put((it) => ({ [it]: { directory: true, owner: 'other', mode: 0o700 } }))],
    ['deployment/service-not-permitted'],
  ],
  ['missing program', [swap(SERVICE, 'venv/bin', 'env/bin')], ['systemd/missing-program']],
  [
    'program without x',
    [put((it) => ({ [`${it}/venv/bin/gunicorn`]: file('#!/bin/sh\n', { mode: 0o644 }) }))],
    ['systemd/missing-program'],
  ],
  [
    'missing environment file',
    [swap(SERVICE, 'User=app', 'User=app\nEnvironmentFile=/srv/no.env')],
    ['systemd/missing-environment-file'],
  ],
  [
    'wrong module',
    [swap(SERVICE, 'mysite.wsgi', 'mysite.wsgj'), swap(SERVICE, 'mysite.wsgi', 'website.wsgi')],
    ['deployment/app-not-found'],
  ],
  ['wrong callable', [swap(SERVICE, ':application', ':app')], ['deployment/app-not-found']],
  [
    'syntax error',
    [put((it) => ({ [`${it}/mysite/wsgi.py`]: 'def application(environ, start_response)\n    return []\n' }))],
    ['deployment/app-import-fails'],
  ],
  [
    'crash at import',
    [
      put((it) => ({
        [`${it}/mysite/wsgi.py`]:
          'from mysite.nosuch import it\ndef application(e, s):\n    s("200 OK", [])\n    return []\n',
      })),
    ],
    ['deployment/app-import-fails'],
  ],
  [
    'PrivateTmp',
    [
      ({ tree, shape }) =>
        shape.bind === 'unix'
          ? {
              tree: {
                ...tree,
                [SITE]: (tree[SITE] as string).replace('/run/site/', '/tmp/'),
                [SERVICE]: (tree[SERVICE] as string)
                  .replace('/run/site/', '/tmp/')
                  .replace('User=', 'PrivateTmp=true\nUser='),
              },
            }
          : undefined,
    ],
    ['deployment/socket-in-private-tmp'],
  ],
  [
    'ProtectHome',
    [(of) => (of.shape.project.startsWith('home') ? swap(SERVICE, 'User=', 'ProtectHome=yes\nUser=')(of) : undefined)],
    ['systemd/protect-home-hides-path'],
  ],
  [
    'PrivateNetwork',
    [only('tcp', swap(SERVICE, 'User=', 'PrivateNetwork=yes\nUser='))],
    ['deployment/sandbox-blocks-listener'],
  ],
  ['TLS to plain', [quick(swap(SITE, 'proxy_pass http:', 'proxy_pass https:'))], ['deployment/protocol-mismatch']],
  ['uwsgi to HTTP', [quick(swap(SITE, /proxy_pass http:\/\//, 'uwsgi_pass '))], ['deployment/protocol-mismatch']],
  ['FastCGI to HTTP', [quick(swap(SITE, /proxy_pass http:\/\//, 'fastcgi_pass '))], ['deployment/protocol-mismatch']],
  ['missing file', [inServer('', at('/static/b.css'))], []],
  ['alias without slash', [swap(SITE, 'static/;', 'static;', at('/static/a.css'))], ['nginx/alias-slash-mismatch']],
  [
    'root for alias',
    [swap(SITE, /alias (.*)static\/;/, 'root $1static/;', at('/static/a.css'))],
    ['deployment/missing-static-root', 'deployment/static-path-missing'],
  ],
  [
    'unreadable file',
    [put((it) => ({ [`${it}/static/a.css`]: file('a', { mode: 0o600 }) }), at('/static/a.css'))],
    ['deployment/static-file-not-readable'],
  ],
  [
    'directory of the file',
    [put((it) => ({ [`${it}/static`]: { directory: true, owner: 'app', mode: 0o700 } }), at('/static/a.css'))],
    ['deployment/directory-not-traversable'],
  ],
  [
    'home that nobody enters',
    [
      (of) =>
        of.shape.project.startsWith('home')
          ? {
              tree: { ...of.tree, 'home/app': { directory: true, owner: 'app', mode: 0o700 } },
              ask: at('/static/a.css'),
            }
          : undefined,
    ],
    ['deployment/directory-not-traversable'],
  ],
  [
    'link to what is not readable',
    [
      put(
        (it) => ({
          [`${it}/static/l.css`]: { link: '../secret.css' },
          [`${it}/secret.css`]: file('a', { owner: 'app', mode: 0o600 }),
        }),
        at('/static/l.css'),
      ),
    ],
    ['deployment/static-file-not-readable'],
  ],
  ['directory without index', [inServer('', at('/static/'))], []],
  ['directory without slash', [put((it) => ({ [`${it}/static/sub/x`]: '' }), at('/static/sub'))], []],
  ['POST to a file', [inServer('', at('/static/a.css', { method: 'POST', body: 3 }))], []],
  [
    'body too large',
    [
      inServer('', at('/', { method: 'POST', body: 1100000 })),
      inServer('    client_max_body_size 10k;', at('/', { method: 'POST', body: 20000 })),
    ],
    [],
  ],
  [
    'deny',
    [
      inServer(
        '    location /admin/ {\n        deny all;\n        return 200;\n        root /srv;\n    }',
        at('/admin/x'),
      ),
      inServer(
        '    location /p/ {\n        allow 10.0.0.0/8;\n        deny all;\n        root /srv;\n    }',
        at('/p/x'),
      ),
    ],
    [],
  ],
  [
    'password',
    [
      inServer(
        '    location /p/ {\n        auth_basic "x";\n        auth_basic_user_file /etc/nginx/users;\n        root /srv;\n    }',
        at('/p/x'),
        () => ({ 'etc/nginx/users': 'a:b\n' }),
      ),
    ],
    [],
  ],
  [
    'limit_except',
    [
      inServer(
        '    location /g/ {\n        limit_except GET {\n            deny all;\n        }\n        alias /PROJECT/static/;\n    }',
        at('/g/a.css', { method: 'POST', body: 3 }),
      ),
    ],
    [],
  ],
  [
    'internal',
    [inServer('    location /i/ {\n        internal;\n        alias /PROJECT/static/;\n    }', at('/i/a.css'))],
    [],
  ],
  [
    'rewrite loop',
    [inServer('    location /r/ {\n        rewrite ^/r/(.*) /r/x$1;\n    }', at('/r/a'))],
    ['nginx/endless-redirect'],
  ],
  [
    'named location missing',
    [inServer('    location /n/ {\n        root /srv;\n        try_files $uri @nosuch;\n    }', at('/n/a'))],
    ['nginx/undefined-named-location'],
  ],
  [
    'try_files with a status',
    [inServer('    location /t/ {\n        root /srv;\n        try_files $uri =404;\n    }', at('/t/a'))],
    [],
  ],
  [
    'return',
    [
      inServer('    location /gone/ {\n        return 410;\n    }', at('/gone/a')),
      inServer('    location /close/ {\n        return 444;\n    }', at('/close/a')),
    ],
    [],
  ],
  [
    'another name',
    [
      ({ tree }) => ({
        tree: { ...tree, 'etc/nginx/conf.d/a.conf': 'server {\n    listen 80 default_server;\n    return 444;\n}\n' },
        ask: { path: '/', host: 'www.example.com' },
      }),
    ],
    [],
  ],
  [
    'error page',
    [
      (of) => {
        const broken = swap(SITE, /(127\.0\.0\.1:800|unix:\S+)(0|\.sock)/, '127.0.0.1:9999')(of);
        return (
          broken &&
          inServer(
            '    error_page 502 =503 /down.html;\n    location = /down.html {\n        root /PROJECT/static;\n    }',
            at('/'),
            (it) => ({ [`${it}/static/down.html`]: 'down' }),
          )({ ...of, tree: broken.tree })
        );
      },
    ],
    ['deployment/upstream-without-listener'],
  ],
];

const WORKING: readonly (readonly [string, readonly Change[]])[] = [
  ['good: app', [same]],
  ['good: file', [inServer('', at('/static/a.css'))]],
  [
    'good: index',
    [
      inServer('    location /docs/ {\n        alias /PROJECT/docs/;\n    }', at('/docs/'), (it) => ({
        [`${it}/docs/index.html`]: 'x',
      })),
    ],
  ],
  [
    'good: try_files',
    [
      inServer(
        '    location /t/ {\n        root /PROJECT;\n        try_files $uri /index.html;\n    }\n    location = /index.html {\n        root /PROJECT/static;\n    }',
        at('/t/deep/link'),
        (it) => ({ [`${it}/static/index.html`]: 'x' }),
      ),
    ],
  ],
  [
    'good: listing',
    [inServer('    location /l/ {\n        alias /PROJECT/static/;\n        autoindex on;\n    }', at('/l/'))],
  ],
  ['good: redirect', [inServer('    location = /old {\n        return 301 /static/a.css;\n    }', at('/old'))]],
  [
    'good: group',
    [
      (of) => {
        const joined = only('unix', swap(SERVICE, 'Group=app', 'Group=www-data\nUMask=0007'))(of);
        return joined && swap(SERVICE, ' --bind', ' --umask 007 --bind')({ ...of, tree: joined.tree });
      },
    ],
  ],
  [
    'good: backup',
    [
      (of) =>
        of.shape.upstream
          ? swap(SITE, /( *server (?:unix|127)[^;]*;)/, '$1\n    server 127.0.0.1:9 backup;')(of)
          : undefined,
    ],
  ],
];

/** `THROUGHLINE_REALITY_EACH` makes it a sample: so many of each kind. CI takes one of each, so that it ends in time. */
const EACH = Number(process.env.THROUGHLINE_REALITY_EACH ?? (process.env.CI ? 1 : 100));

export const cases: readonly Case[] = [
  ...[...FAULTS, ...LINE_FAULTS].flatMap(([kind, changes, rules]) => casesOf(kind, changes, rules, Math.min(4, EACH))),
  ...[...WORKING, ...LINE_WORKING].flatMap(([kind, changes]) => casesOf(kind, changes, [], Math.min(18, EACH))),
  ...asked,
  // Of these CI takes every second one, so that its time stays what it was.
  ...askedCases().filter((_, i) => EACH > 1 || i % 2 === 0),
];
