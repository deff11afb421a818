/**
 * The ways in which a deployment of nginx, systemd and an app server fails, each as one edit that breaks a tree that is
 * in order. The trees are fixtures (test/fixture); the first way that has no `of` breaks SITE.
 */

export interface Way {
  /** Its number in the list of 40 and a letter where a way has several forms. */
  readonly way: string;
  readonly what: string;
  /** The tree in order. */
  readonly of?: string;
  /** Texts of the tree and what takes their place, each at its first occurrence. */
  readonly breaks: readonly (readonly [string, string])[];
  /** Severity and rule. */
  readonly says: string;
  /** The text of the span that it speaks of. */
  readonly at: string;
}

const ACCOUNTS = `-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
app:x:1000:1000::/home/app:/bin/bash
-- etc/group --
root:x:0:
www-data:x:33:
app:x:1000:
`;

const NGINX = `-- etc/nginx/nginx.conf --
user www-data;
events {
}
http {
    include /etc/nginx/sites-enabled/*;
}
`;

const DJANGO = `-- srv/app/mysite/__init__.py --
-- srv/app/mysite/wsgi.py --
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
application = get_wsgi_application()
-- srv/app/mysite/settings.py --
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
ALLOWED_HOSTS = ["www.example.com"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
-- srv/app/static/site.css --
body {}
-- srv/app/env --
A=1
-- srv/app/venv/bin/gunicorn mode=755 --
#!/bin/sh
-- srv/app/venv/bin/sh mode=755 --
-- usr/bin/env mode=755 --
-- bin/sh mode=755 --
`;

/** gunicorn with Django behind a socket unit. */
export const SITE = `${ACCOUNTS}${NGINX}-- etc/nginx/sites-enabled/app --
upstream app_server {
    server unix:/run/app.sock fail_timeout=0;
}
server {
    listen 80;
    server_name www.example.com;
    location /static/ {
        alias /srv/app/static/;
    }
    location / {
        proxy_pass http://app_server;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
-- etc/systemd/system/app.socket --
[Unit]
Description=socket of app

[Socket]
ListenStream=/run/app.sock
SocketUser=www-data
SocketMode=0600

[Install]
WantedBy=sockets.target
-- etc/systemd/system/app.service --
[Unit]
Description=app
Requires=app.socket
After=network.target

[Service]
Type=notify
User=app
Group=app
WorkingDirectory=/srv/app
EnvironmentFile=/srv/app/env
Environment=A=b
ExecStart=/srv/app/venv/bin/gunicorn --workers 3 mysite.wsgi:application
KillMode=mixed
TimeoutStopSec=40
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
${DJANGO}`;

/** gunicorn that binds a socket of its own. */
export const BINDS = `${ACCOUNTS}${NGINX}-- etc/nginx/sites-enabled/app --
server {
    listen 80;
    server_name www.example.com;
    location / {
        proxy_pass http://unix:/run/app/app.sock;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
-- etc/systemd/system/app.service --
[Unit]
Description=app
After=network.target

[Service]
User=app
Group=www-data
RuntimeDirectory=app
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/gunicorn --bind unix:/run/app/app.sock --umask 7 mysite.wsgi

[Install]
WantedBy=multi-user.target
${DJANGO}`;

const edit = (text: string, ...edits: readonly (readonly [string, string])[]): string =>
  edits.reduce((it, [from, to]) => it.replace(from, () => to), text);

/** An ASGI server on a socket unit. */
const UVICORN = edit(
  SITE,
  ['Type=notify\n', ''],
  ['/srv/app/venv/bin/gunicorn --workers 3 mysite.wsgi:application', '/srv/app/venv/bin/uvicorn --fd 3 main:app'],
  ['-- srv/app/venv/bin/gunicorn mode', '-- srv/app/main.py --\napp = 1\n-- srv/app/venv/bin/uvicorn mode'],
  [
    '        proxy_pass http://app_server;\n',
    '        proxy_pass http://app_server;\n        proxy_http_version 1.1;\n        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $http_connection;\n',
  ],
);

/** The same behind TLS. */
const TLS = edit(SITE, [
  '    listen 80;\n',
  '    listen 443 ssl;\n    ssl_certificate /etc/ssl/app.pem;\n    ssl_certificate_key /etc/ssl/app.pem;\n',
]);

const UWSGI = `${ACCOUNTS}${NGINX}-- etc/nginx/sites-enabled/app --
server {
    listen 80;
    location / {
        include /etc/nginx/uwsgi_params;
        uwsgi_pass unix:/run/app/app.sock;
    }
}
-- etc/nginx/uwsgi_params --
uwsgi_param QUERY_STRING $query_string;
-- etc/systemd/system/app.service --
[Service]
User=www-data
Group=www-data
RuntimeDirectory=app
ExecStart=/usr/bin/uwsgi --ini /srv/app/uwsgi.ini

[Install]
WantedBy=multi-user.target
-- srv/app/uwsgi.ini --
[uwsgi]
socket = /run/app/app.sock
module = mysite.wsgi
chdir = /srv/app
-- usr/bin/uwsgi mode=755 --
${DJANGO}`;

const TCP = edit(
  BINDS,
  ['http://unix:/run/app/app.sock', 'http://127.0.0.1:8000'],
  ['--bind unix:/run/app/app.sock --umask 7', '--bind 127.0.0.1:8000'],
);

const HOME = BINDS.replaceAll('/srv/app', '/home/app/site').replaceAll('srv/app', 'home/app/site');

export const WAYS: readonly Way[] = [
  {
    way: '1',
    what: 'nginx and gunicorn name different sockets',
    breaks: [['server unix:/run/app.sock', 'server unix:/run/ap.sock']],
    says: 'warning deployment/upstream-without-listener',
    at: 'unix:/run/ap.sock',
  },
  {
    way: '1b',
    what: 'the same where gunicorn binds',
    of: BINDS,
    breaks: [['http://unix:/run/app/app.sock', 'http://unix:/run/app/gunicorn.sock']],
    says: 'warning deployment/upstream-without-listener',
    at: 'http://unix:/run/app/gunicorn.sock',
  },
  {
    way: '2',
    what: 'a bind that differs from ListenStream=',
    breaks: [['--workers 3', '--bind 127.0.0.1:8000']],
    says: 'warning deployment/bind-under-activation',
    at: '127.0.0.1:8000',
  },
  {
    way: '3',
    what: 'a bind that repeats ListenStream=',
    breaks: [['--workers 3', '--bind unix:/run/app.sock']],
    says: 'hint deployment/bind-under-activation',
    at: 'unix:/run/app.sock',
  },
  {
    way: '4',
    what: 'a port here, a socket there',
    breaks: [['server unix:/run/app.sock', 'server 127.0.0.1:8000']],
    says: 'warning deployment/upstream-without-listener',
    at: '127.0.0.1:8000',
  },
  {
    way: '4b',
    what: 'another port',
    of: TCP,
    breaks: [['http://127.0.0.1:8000', 'http://127.0.0.1:8080']],
    says: 'warning deployment/upstream-without-listener',
    at: 'http://127.0.0.1:8080',
  },
  {
    way: '4c',
    what: 'another family',
    of: TCP,
    breaks: [['http://127.0.0.1:8000', 'http://[::1]:8000']],
    says: 'warning deployment/upstream-without-listener',
    at: 'http://[::1]:8000',
  },
  {
    way: '5',
    what: 'a socket unit whose socket nginx may not open',
    breaks: [['SocketUser=www-data', 'SocketUser=app']],
    says: 'error deployment/socket-not-connectable',
    at: 'unix:/run/app.sock',
  },
  {
    way: '5b',
    what: 'a bound socket that nginx may not open',
    of: BINDS,
    breaks: [['Group=www-data', 'Group=app']],
    says: 'error deployment/socket-not-connectable',
    at: 'http://unix:/run/app/app.sock',
  },
  {
    way: '6',
    what: 'a socket behind a directory that nginx may not enter',
    of: BINDS,
    breaks: [['RuntimeDirectory=app', 'RuntimeDirectory=app\nRuntimeDirectoryMode=0700']],
    says: 'error deployment/directory-not-traversable',
    at: 'http://unix:/run/app/app.sock',
  },
  {
    way: '6b',
    what: 'static files in a home',
    breaks: [
      ['alias /srv/app/static/', 'alias /home/app/static/'],
      [
        '-- srv/app/static/site.css --',
        '-- home/app kind=directory mode=750 owner=1000:1000 --\n-- home/app/static/site.css --',
      ],
    ],
    says: 'warning deployment/directory-not-traversable',
    at: '/home/app/static/',
  },
  {
    way: '7',
    what: 'a folder of static files that is not there',
    breaks: [['alias /srv/app/static/', 'alias /srv/app/statics/']],
    says: 'warning deployment/missing-static-root',
    at: '/srv/app/statics/',
  },
  {
    way: '8',
    what: 'a root that repeats the location',
    breaks: [['alias /srv/app/static/', 'root /srv/app/static']],
    says: 'warning deployment/missing-static-root',
    at: '/srv/app/static',
  },
  {
    way: '8b',
    what: 'an alias without the slash of its location',
    breaks: [['alias /srv/app/static/', 'alias /srv/app/static']],
    says: 'warning nginx/alias-slash-mismatch',
    at: '/srv/app/static',
  },
  {
    way: '9',
    what: 'nginx serves another folder than STATIC_ROOT',
    breaks: [
      ['alias /srv/app/static/', 'alias /srv/app/assets/'],
      ['-- srv/app/env --', '-- srv/app/assets kind=directory --\n-- srv/app/env --'],
    ],
    says: 'warning deployment/static-root-mismatch',
    at: '/srv/app/assets/',
  },
  {
    way: '10',
    what: 'a module that is not there',
    breaks: [['mysite.wsgi:application', 'mysit.wsgi:application']],
    says: 'warning deployment/app-not-found',
    at: 'mysit.wsgi:application',
  },
  {
    way: '10b',
    what: 'a name that the module does not have',
    breaks: [['mysite.wsgi:application', 'mysite.wsgi:app']],
    says: 'error deployment/app-not-found',
    at: 'mysite.wsgi:app',
  },
  {
    way: '10c',
    what: 'a path for a module',
    breaks: [['mysite.wsgi:application', 'mysite/wsgi.py']],
    says: 'error deployment/app-not-found',
    at: 'mysite/wsgi.py',
  },
  {
    way: '11',
    what: 'no working directory',
    breaks: [['WorkingDirectory=/srv/app\n', '']],
    says: 'warning deployment/app-not-found',
    at: 'mysite.wsgi:application',
  },
  {
    way: '12',
    what: 'a program that is not there',
    breaks: [['ExecStart=/srv/app/venv/', 'ExecStart=/srv/app/env/']],
    says: 'error systemd/missing-program',
    at: '/srv/app/env/bin/gunicorn',
  },
  {
    way: '12b',
    what: 'a relative program',
    breaks: [['ExecStart=/srv/app/venv/bin', 'ExecStart=venv/bin']],
    says: 'error systemd/refused-value',
    at: 'venv/bin/gunicorn',
  },
  {
    way: '12c',
    what: 'a program in ~',
    breaks: [['ExecStart=/srv/app/venv', 'ExecStart=~/venv']],
    says: 'error systemd/refused-value',
    at: '~/venv/bin/gunicorn',
  },
  {
    way: '12d',
    what: 'words of the shell',
    breaks: [['ExecStart=/srv/app/venv/bin/gunicorn', 'ExecStart=/usr/bin/env source venv/bin/activate && gunicorn']],
    says: 'warning systemd/shell-syntax',
    at: '&&',
  },
  {
    way: '13',
    what: 'a working directory that is not there',
    breaks: [
      ['WorkingDirectory=/srv/app\n', 'WorkingDirectory=/srv/apps\n'],
      ['-- srv/app/env --', '-- absent: srv/apps --\n-- srv/app/env --'],
    ],
    says: 'error systemd/missing-working-directory',
    at: '/srv/apps',
  },
  {
    way: '13b',
    what: 'a user who is not there',
    breaks: [['User=app\nGroup', 'User=apps\nGroup']],
    says: 'error systemd/missing-account',
    at: 'apps',
  },
  {
    way: '13c',
    what: 'an environment file that is not there',
    breaks: [['EnvironmentFile=/srv/app/env', 'EnvironmentFile=/srv/app/.env']],
    says: 'error systemd/missing-environment-file',
    at: '/srv/app/.env',
  },
  {
    way: '14',
    what: 'a bind at the top of /run',
    of: BINDS,
    breaks: [
      ['http://unix:/run/app/app.sock', 'http://unix:/run/app.sock'],
      ['--bind unix:/run/app/app.sock', '--bind unix:/run/app.sock'],
    ],
    says: 'error deployment/bind-not-permitted',
    at: 'unix:/run/app.sock',
  },
  {
    way: '15',
    what: 'a directory below /run that nobody makes',
    of: BINDS,
    breaks: [['RuntimeDirectory=app\n', '']],
    says: 'error deployment/bind-not-permitted',
    at: 'unix:/run/app/app.sock',
  },
  {
    way: '16',
    what: 'a socket unit in the directory that goes with the service',
    breaks: [
      ['server unix:/run/app.sock', 'server unix:/run/app/app.sock'],
      ['ListenStream=/run/app.sock', 'ListenStream=/run/app/app.sock'],
      ['PrivateTmp=yes', 'RuntimeDirectory=app'],
    ],
    says: 'warning deployment/socket-in-runtime-directory',
    at: '/run/app/app.sock',
  },
  {
    way: '17',
    what: 'a socket in a /tmp of its own',
    of: BINDS,
    breaks: [
      ['http://unix:/run/app/app.sock', 'http://unix:/tmp/app.sock'],
      ['--bind unix:/run/app/app.sock', '--bind unix:/tmp/app.sock'],
      ['RuntimeDirectory=app', 'PrivateTmp=yes'],
    ],
    says: 'error deployment/socket-in-private-tmp',
    at: 'http://unix:/tmp/app.sock',
  },
  {
    way: '17b',
    what: 'nginx has a /tmp of its own',
    of: BINDS,
    breaks: [
      ['http://unix:/run/app/app.sock', 'http://unix:/tmp/app.sock'],
      ['--bind unix:/run/app/app.sock', '--bind unix:/tmp/app.sock'],
      [
        '-- etc/systemd/system/app.service --',
        '-- etc/systemd/system/nginx.service --\n[Service]\nExecStart=/usr/sbin/nginx\nPrivateTmp=yes\n-- etc/systemd/system/app.service --',
      ],
    ],
    says: 'error deployment/socket-in-private-tmp',
    at: 'http://unix:/tmp/app.sock',
  },
  {
    way: '18',
    what: 'a service that starts without its socket',
    breaks: [
      ['Requires=app.socket\n', ''],
      ['\n[Install]\nWantedBy=sockets.target', ''],
    ],
    says: 'information deployment/service-without-its-socket',
    at: 'multi-user.target',
  },
  {
    way: '19',
    what: 'a socket that starts a service of another name',
    breaks: [
      ['Requires=app.socket\n', ''],
      ['-- etc/systemd/system/app.service --', '-- etc/systemd/system/web.service --'],
    ],
    says: 'error deployment/socket-without-service',
    at: 'ListenStream',
  },
  {
    way: '20',
    what: 'a socket that accepts for an app server',
    breaks: [
      ['SocketMode=0600', 'SocketMode=0600\nAccept=yes'],
      ['Requires=app.socket\n', ''],
      ['-- etc/systemd/system/app.service --', '-- etc/systemd/system/app@.service --'],
    ],
    says: 'error deployment/socket-accepts-for-server',
    at: 'yes',
  },
  {
    way: '21',
    what: 'a socket that nothing starts at boot',
    breaks: [
      ['\n[Install]\nWantedBy=sockets.target', ''],
      ['Requires=app.socket\n', ''],
      ['\n[Install]\nWantedBy=multi-user.target', ''],
    ],
    says: 'hint deployment/socket-never-enabled',
    at: '[Socket]',
  },
  {
    way: '21b',
    what: 'a target that is none',
    breaks: [['WantedBy=multi-user.target', 'WantedBy=multiuser.target']],
    says: 'warning systemd/unknown-target',
    at: 'multiuser.target',
  },
  {
    way: '22',
    what: 'Type=notify for a server that does not notify',
    of: UVICORN,
    breaks: [['[Service]', '[Service]\nType=notify']],
    says: 'warning deployment/start-never-finishes',
    at: 'notify',
  },
  {
    way: '22b',
    what: 'Type=forking for a server that stays',
    breaks: [['Type=notify', 'Type=forking']],
    says: 'error deployment/start-never-finishes',
    at: 'forking',
  },
  {
    way: '22c',
    what: 'a daemon under systemd',
    breaks: [['--workers 3', '--daemon']],
    says: 'error deployment/daemon-under-systemd',
    at: '--daemon',
  },
  {
    way: '24',
    what: 'uvicorn under a socket unit without --fd',
    of: UVICORN,
    breaks: [['--fd 3 ', '']],
    says: 'error deployment/activation-without-fd',
    at: '/srv/app/venv/bin/uvicorn',
  },
  {
    way: '25',
    what: 'HTTP to a socket that speaks uwsgi',
    of: UWSGI,
    breaks: [
      ['uwsgi_pass unix:', 'proxy_pass http://unix:'],
      ['        include /etc/nginx/uwsgi_params;\n', ''],
    ],
    says: 'error deployment/protocol-mismatch',
    at: 'http://unix:/run/app/app.sock',
  },
  {
    way: '25b',
    what: 'uwsgi to a socket that speaks HTTP',
    of: UWSGI,
    breaks: [['socket = /run', 'http-socket = /run']],
    says: 'error deployment/protocol-mismatch',
    at: 'unix:/run/app/app.sock',
  },
  {
    way: '26',
    what: 'a server_name that Django refuses',
    breaks: [['server_name www.example.com', 'server_name www.example.com example.com']],
    says: 'warning deployment/host-not-allowed',
    at: 'example.com',
  },
  {
    way: '26b',
    what: 'no Host for Django',
    of: TCP,
    breaks: [['        proxy_set_header Host $host;\n', '']],
    says: 'error deployment/proxied-host-refused',
    at: 'http://127.0.0.1:8000',
  },
  {
    way: '27',
    what: 'the name of an upstream as Host',
    breaks: [['        proxy_set_header Host $host;\n', '']],
    says: 'error deployment/proxied-host-refused',
    at: 'http://app_server',
  },
  {
    way: '28',
    what: 'Django is not told of TLS',
    of: TLS,
    breaks: [
      ['        proxy_set_header X-Forwarded-Proto $scheme;\n', ''],
      ['SECURE_PROXY_SSL_HEADER =', 'SECURE_SSL_REDIRECT = True\nSECURE_PROXY_SSL_HEADER ='],
      ['"django.middleware.common', '"django.middleware.security.SecurityMiddleware", "django.middleware.common'],
    ],
    says: 'error deployment/scheme-not-forwarded',
    at: 'http://app_server',
  },
  {
    way: '29',
    what: 'a location that loses the headers of its server',
    breaks: [
      [
        '    location /static/',
        '    proxy_set_header Host $host;\n    proxy_set_header X-Real-IP $remote_addr;\n    location /static/',
      ],
      ['        proxy_set_header Host $host;\n', ''],
    ],
    says: 'warning nginx/dropped-headers',
    at: 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for',
  },
  {
    way: '31',
    what: 'nginx gives up before gunicorn',
    breaks: [['--workers 3', '--timeout 300']],
    says: 'information deployment/timeouts-disagree',
    at: 'http://app_server',
  },
  {
    way: '31b',
    what: 'systemd kills before gunicorn is done',
    breaks: [
      ['TimeoutStopSec=40', 'TimeoutStopSec=10'],
      ['--workers 3', '--graceful-timeout 60'],
    ],
    says: 'information deployment/stopped-too-soon',
    at: '10',
  },
  {
    way: '33',
    what: 'ProtectHome= hides the app',
    of: HOME,
    breaks: [['User=app\n', 'User=app\nProtectHome=yes\n']],
    says: 'error systemd/protect-home-hides-path',
    at: '/home/app/site',
  },
  {
    way: '34',
    what: 'ProtectSystem=strict and a log elsewhere',
    breaks: [
      ['--workers 3', '--access-logfile /var/log/app.log'],
      ['PrivateTmp=yes', 'ProtectSystem=strict'],
    ],
    says: 'error deployment/file-not-writable',
    at: '/var/log/app.log',
  },
  {
    way: '35',
    what: 'a percent sign for the program',
    breaks: [['Environment=A=b', 'Environment=A=p%zw']],
    says: 'error systemd/refused-value',
    at: 'A=p%zw',
  },
  {
    way: '35b',
    what: 'a percent sign that systemd replaces',
    breaks: [['Environment=A=b', 'Environment=A=%d/%m/%Y']],
    says: 'warning systemd/unescaped-percent',
    at: '%d/%m/%Y',
  },
  {
    way: '36',
    what: 'an assignment cut at a blank',
    breaks: [['Environment=A=b', 'Environment=A=b c']],
    says: 'error systemd/refused-value',
    at: 'c',
  },
  {
    way: '37',
    what: 'a comment behind a value',
    breaks: [['PrivateTmp=yes', 'PrivateTmp=yes # as one does']],
    says: 'error systemd/refused-value',
    at: ' # as one does',
  },
  {
    way: '38',
    what: 'a key in the wrong section',
    breaks: [['KillMode=mixed', 'After=remote-fs.target\nKillMode=mixed']],
    says: 'error systemd/misplaced-key',
    at: 'After',
  },
  {
    way: '39',
    what: 'a key that nobody has',
    breaks: [['KillMode=mixed', 'ExecRestart=/bin/sh\nKillMode=mixed']],
    says: 'error systemd/unknown-key',
    at: 'ExecRestart',
  },
  {
    way: '39b',
    what: 'a value that nobody has',
    breaks: [['KillMode=mixed', 'Restart=never\nKillMode=mixed']],
    says: 'error systemd/refused-value',
    at: 'never',
  },
  {
    way: '40',
    what: 'a value that this systemd does not know yet',
    of: `-- systemd: 252 --\n${SITE}`,
    breaks: [['Type=notify', 'Type=notify-reload']],
    says: 'error systemd/refused-value',
    at: 'notify-reload',
  },
];
