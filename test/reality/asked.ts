/** Situations that people have asked about in public, rebuilt with the least that shows them. */
import { file } from './cases.js';
import type { Asked, Case, FileSpec, Tree } from './tree.js';

const APP = `def application(environ, start_response):
    environ['wsgi.input'].read()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'here']
`;
const GUNICORN = file('#!/bin/sh\nexec /usr/bin/gunicorn "$@"\n', { mode: 0o755 });

interface Parts {
  /** The server's body, and what stands before the server. */
  readonly server: string;
  readonly before?: string;
  readonly service?: string;
  readonly socket?: string;
  readonly more?: Tree;
}

const DIRECTORY = 'home/app/project';
const owned = (mode: number): FileSpec => ({ directory: true, owner: 'app', mode });

function tree({ server, before = '', service, socket, more }: Parts): Tree {
  return {
    'etc/nginx/proxy_params':
      'proxy_set_header Host $host;\nproxy_set_header X-Real-IP $remote_addr;\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\nproxy_set_header X-Forwarded-Proto $scheme;\n',
    'etc/nginx/conf.d/project.conf': `${before}server {\n    listen 80;\n    server_name example.com www.example.com;\n${server}}\n`,
    ...(service !== undefined && { 'etc/systemd/system/gunicorn.service': service }),
    ...(socket !== undefined && { 'etc/systemd/system/gunicorn.socket': socket }),
    [DIRECTORY]: owned(0o755),
    [`${DIRECTORY}/venv/bin/gunicorn`]: GUNICORN,
    [`${DIRECTORY}/project/__init__.py`]: '',
    [`${DIRECTORY}/project/wsgi.py`]: APP,
    [`${DIRECTORY}/wsgi.py`]: APP.replace('application', 'app'),
    [`${DIRECTORY}/static/site.css`]: 'a {}\n',
    ...more,
  };
}

const service = (command: string, more = '', group = 'www-data') => `[Unit]
Description=gunicorn daemon
After=network.target

[Service]
User=app
Group=${group}
WorkingDirectory=/${DIRECTORY}
${more}ExecStart=/${DIRECTORY}/venv/bin/gunicorn ${command}

[Install]
WantedBy=multi-user.target
`;
const activated = (command = 'project.wsgi:application') =>
  service(`--access-logfile - --workers 1 ${command}`).replace('After=', 'Requires=gunicorn.socket\nAfter=');
const socket =
  '[Unit]\nDescription=gunicorn socket\n\n[Socket]\nListenStream=/run/gunicorn.sock\n\n[Install]\nWantedBy=sockets.target\n';
const pass = (to: string) =>
  `    location / {\n        include proxy_params;\n        proxy_pass http://${to};\n    }\n`;
const files = '    location /static/ {\n        root /home/app/project;\n    }\n';
const page = '    root /var/www/site;\n    index index.html;\n';

const ask = (path = '/', more: Partial<Asked> = {}): Asked => ({ path, host: 'example.com', ...more });
const broken = (shape: string, parts: Parts, asked = ask()): Case => ({
  kind: 'asked',
  shape,
  tree: tree(parts),
  asks: [asked],
  rules: [],
});
const works = (shape: string, parts: Parts, asked = ask()): Case => ({
  ...broken(shape, parts, asked),
  kind: 'good: asked',
});

const RUN = 'unix:/run/gunicorn.sock';
const OWN = `unix:/${DIRECTORY}/project.sock`;
const flask = '--workers 1 --bind unix:project.sock -m 007 wsgi:app';
const closed: Tree = { 'home/app': owned(0o750) };

export const asked: readonly Case[] = [
  works('Django by socket', { server: pass(RUN) + files, service: activated(), socket }),
  works('Django by socket, file', { server: pass(RUN) + files, service: activated(), socket }, ask('/static/site.css')),
  works('bind beside the socket unit', {
    server: pass(RUN),
    service: activated('--bind unix:/run/gunicorn.sock project.wsgi:application'),
    socket,
  }),
  broken(
    'home of a new user, file',
    { server: pass(RUN) + files, service: activated(), socket, more: closed },
    ask('/static/site.css'),
  ),
  works('Flask, own socket in the project', { server: pass(OWN), service: service(flask) }),
  broken('Flask, home of a new user', { server: pass(OWN), service: service(flask), more: closed }),
  broken('Flask, group of the user', { server: pass(OWN), service: service(flask, '', 'app') }),
  broken('Flask, callable by another name', {
    server: pass(OWN),
    service: service(flask.replace(':app', ':application')),
  }),
  broken('Flask, nginx asks elsewhere', { server: pass('unix:/home/app/project/app.sock'), service: service(flask) }),
  works('localhost to all addresses', {
    server: pass('localhost:8000'),
    service: service('--bind 0.0.0.0:8000 project.wsgi'),
  }),
  works('no bind at all', { server: pass('127.0.0.1:8000'), service: service('project.wsgi') }),
  broken('port of another tutorial', { server: pass('127.0.0.1:5000'), service: service('project.wsgi') }),
  works('one server of two is down', {
    before: 'upstream app {\n    server 127.0.0.1:8000;\n    server 127.0.0.1:8001;\n}\n',
    server: pass('app'),
    service: service('project.wsgi'),
  }),
  broken('socket in /tmp', {
    server: pass('unix:/tmp/gunicorn.sock'),
    service: service('--bind unix:/tmp/gunicorn.sock project.wsgi', 'PrivateTmp=true\n'),
  }),
  works('socket in /tmp, shared', {
    server: pass('unix:/tmp/gunicorn.sock'),
    service: service('--bind unix:/tmp/gunicorn.sock project.wsgi'),
  }),
  works('directory of its own in /run', {
    server: pass('unix:/run/gunicorn/socket'),
    service: service('--bind unix:/run/gunicorn/socket project.wsgi', 'RuntimeDirectory=gunicorn\n'),
  }),
  broken('two paths in /run', { server: pass('unix:/run/gunicorn/gunicorn.sock'), service: activated(), socket }),
  broken('directory one level too deep', {
    server: pass(RUN),
    service: activated().replace('WorkingDirectory=/home/app/project', 'WorkingDirectory=/home/app/project/project'),
    socket,
  }),
  broken('program of another virtual environment', {
    server: pass(RUN),
    service: activated().replace('venv/', 'env/'),
    socket,
  }),
  broken('environment file left behind', {
    server: pass(RUN),
    service: activated().replace('ExecStart', 'EnvironmentFile=/home/app/project/.env\nExecStart'),
    socket,
  }),
  works('optional environment file', {
    server: pass(RUN),
    service: activated().replace('ExecStart', 'EnvironmentFile=-/home/app/project/.env\nExecStart'),
    socket,
  }),
  broken(
    'alias with a slash, location without',
    { server: '    location /static {\n        alias /home/app/project/static/;\n    }\n' },
    ask('/static/site.css'),
  ),
  broken(
    'alias twice',
    { server: '    location /static/ {\n        root /home/app/project/static/;\n    }\n' },
    ask('/static/site.css'),
  ),
  works(
    'single page, deep link',
    {
      server: `${page}    location / {\n        try_files $uri $uri/ /index.html;\n    }\n`,
      more: { 'var/www/site/index.html': 'x' },
    },
    ask('/users/7'),
  ),
  broken(
    'single page, not built',
    {
      server: `${page}    location / {\n        try_files $uri $uri/ /index.html;\n    }\n`,
      more: { 'var/www/site/x': 'x' },
    },
    ask('/users/7'),
  ),
  broken('no index', {
    server: `${page}    location / {\n        try_files $uri $uri/ =404;\n    }\n`,
    more: { 'var/www/site/x': 'x' },
  }),
  broken(
    'upload',
    { server: pass(RUN), service: activated(), socket },
    ask('/upload', { method: 'POST', body: 2_000_000 }),
  ),
  works(
    'upload, allowed',
    { server: `    client_max_body_size 10m;\n${pass(RUN)}`, service: activated(), socket },
    ask('/upload', { method: 'POST', body: 2_000_000 }),
  ),
  works('to TLS', { server: '    return 301 https://$host$request_uri;\n' }, ask('/a?b')),
  broken(
    'another site is the default',
    {
      before: 'server {\n    listen 80 default_server;\n    root /var/www/html;\n}\n',
      server: pass(RUN),
      service: activated(),
      socket,
      more: { 'var/www/html': { directory: true } },
    },
    { path: '/', host: '192.0.2.7' },
  ),
  broken('module of a renamed project', { server: pass(RUN), service: activated('shop.wsgi:application'), socket }),
  broken('file instead of module', { server: pass(RUN), service: activated('project/wsgi.py:application'), socket }),
];
