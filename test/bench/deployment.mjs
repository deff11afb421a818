// A host with many apps, whole lines: each site of nginx's connects to a gunicorn behind a socket unit or a port.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes `count` sites with their services below `root`; every other one has a socket unit.
 * @returns the paths of the middle site's configuration and of its units.
 */
export function writeDeployment(root, count) {
  const write = (path, text) => {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    return full;
  };
  write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n');
  write('etc/group', 'root:x:0:\nwww-data:x:33:\n');
  write('usr/bin/env', '');
  write(
    'etc/nginx/nginx.conf',
    'user www-data;\nevents {}\nhttp {\n  default_type application/octet-stream;\n  include /etc/nginx/sites-enabled/*;\n}\n',
  );
  const parts = Array.from({ length: count }, (_, i) => writeApp(write, i));
  return parts[Math.floor(count / 4) * 2];
}

function writeApp(write, i) {
  const name = `app${i}`;
  const hasSocket = i % 2 === 0;
  const address = hasSocket ? `unix:/run/${name}/app.sock` : `127.0.0.1:${8000 + i}`;
  const site = write(
    `etc/nginx/sites-enabled/${name}.conf`,
    `upstream ${name} {
    server ${address} fail_timeout=0;
}
server {
    listen 80;
    server_name ${name}.example.org;
    client_max_body_size 10m;
    location /static/ {
        alias /srv/${name}/static/;
        expires 30d;
    }
    location / {
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://${name};
    }
}
`,
  );
  const service = write(
    `etc/systemd/system/${name}.service`,
    `[Unit]
Description=App ${i}
After=network.target
${hasSocket ? `Requires=${name}.socket\n` : ''}
[Service]
Type=notify
User=www-data
Group=www-data
WorkingDirectory=/srv/${name}
ExecStart=/srv/${name}/venv/bin/gunicorn --workers 3 ${hasSocket ? '' : `--bind ${address} `}site.wsgi:application
ExecReload=/bin/kill -s HUP $MAINPID
Restart=on-failure
PrivateTmp=true

[Install]
WantedBy=multi-user.target
`,
  );
  const socket = hasSocket
    ? write(
        `etc/systemd/system/${name}.socket`,
        `[Unit]\nDescription=Socket of app ${i}\n\n[Socket]\nListenStream=/run/${name}/app.sock\nSocketUser=www-data\n\n[Install]\nWantedBy=sockets.target\n`,
      )
    : undefined;
  for (const file of ['site.css', 'site.js', 'logo.svg']) write(`srv/${name}/static/${file}`, '');
  write(`srv/${name}/site/__init__.py`, '');
  write(
    `srv/${name}/site/wsgi.py`,
    "import os\n\nfrom django.core.wsgi import get_wsgi_application\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\napplication = get_wsgi_application()\n",
  );
  write(
    `srv/${name}/site/settings.py`,
    `DEBUG = False\nALLOWED_HOSTS = ['${name}.example.org']\nSTATIC_URL = '/static/'\nSTATIC_ROOT = '/srv/${name}/static'\n`,
  );
  write(`srv/${name}/venv/bin/gunicorn`, '#!/usr/bin/python3\n');
  return { site, service, socket };
}
