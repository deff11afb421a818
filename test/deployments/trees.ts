/** Deployments that are in order, as fixtures (test/fixture): what fortyWays.txt breaks. */

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
const SITE = `${ACCOUNTS}${NGINX}-- etc/nginx/sites-enabled/app --
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
const BINDS = `${ACCOUNTS}${NGINX}-- etc/nginx/sites-enabled/app --
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

/** Behind TLS on a port, and an app that leaves the scheme to gunicorn. */
const TLSTCP = edit(
  TCP,
  [
    '    listen 80;\n',
    '    listen 443 ssl;\n    ssl_certificate /etc/ssl/app.pem;\n    ssl_certificate_key /etc/ssl/app.pem;\n',
  ],
  ['SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")\n', ''],
);

/** As a systemd sees it that does not know everything yet. */
const OLD = `-- systemd: 252 --\n${SITE}`;

export const TREES: Readonly<Record<string, string>> = { SITE, BINDS, TLS, TCP, HOME, UVICORN, UWSGI, OLD, TLSTCP };
