/** Deployments that work, in the shapes that people use, and the ways in which they break. */
import type { Asked, Case, FileSpec, Tree } from './tree.js';

type Bind = 'activated' | 'unix' | 'tcp';

interface Shape {
  readonly bind: Bind;
  readonly project: string;
  readonly upstream: boolean;
  readonly group?: string;
}

export interface Deployment {
  readonly shape: Shape;
  readonly tree: Tree;
}

const WSGI = `def application(environ, start_response):
    path = environ['PATH_INFO']
    found = path in ('/', '/api/', '/slow')
    start_response('200 OK' if found else '404 Not Found', [('Content-Type', 'text/plain')])
    return [b'here']
`;
const GUNICORN = '#!/bin/sh\nexec /usr/bin/gunicorn "$@"\n';

const PROJECTS = ['srv/app', 'home/app/site', 'opt/site'];

export const shapes: readonly Shape[] = (['activated', 'unix', 'tcp'] as const).flatMap((bind) =>
  PROJECTS.flatMap((project) => [true, false].map((upstream) => ({ bind, project, upstream }))),
);

const socketPath = (bind: Bind) => (bind === 'activated' ? '/run/site.sock' : '/run/site/app.sock');

export function endpoint(bind: Bind): string {
  return bind === 'tcp' ? '127.0.0.1:8000' : `unix:${socketPath(bind)}`;
}

export function deployment(shape: Shape): Deployment {
  const { bind, project, upstream } = shape;
  const args =
    bind === 'activated' ? '' : bind === 'tcp' ? ' --bind 127.0.0.1:8000' : ` --bind unix:${socketPath(bind)}`;
  const site = `${upstream ? `upstream site {\n    server ${endpoint(bind)};\n}\n` : ''}server {
    listen 80;
    server_name example.com;
    location / {
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://${upstream ? 'site' : endpoint(bind)};
    }
    location /static/ {
        alias /${project}/static/;
    }
}
`;
  const service = `[Unit]
Description=site
${bind === 'activated' ? 'Requires=site.socket\n' : ''}After=network.target

[Service]
Type=notify
User=app
Group=app
${bind === 'unix' ? 'RuntimeDirectory=site\n' : ''}WorkingDirectory=/${project}
ExecStart=/${project}/venv/bin/gunicorn mysite.wsgi:application${args}
ExecReload=/bin/kill -s HUP $MAINPID
KillMode=mixed

[Install]
WantedBy=multi-user.target
`;
  const tree: Tree = {
    'etc/nginx/conf.d/site.conf': site,
    'etc/systemd/system/site.service': service,
    ...(bind === 'activated' && {
      'etc/systemd/system/site.socket':
        '[Unit]\nDescription=socket of site\n\n[Socket]\nListenStream=/run/site.sock\nSocketUser=www-data\nSocketGroup=www-data\nSocketMode=0660\n\n[Install]\nWantedBy=sockets.target\n',
    }),
    [project]: { directory: true, owner: 'app' },
    [`${project}/venv/bin/gunicorn`]: { text: GUNICORN, mode: 0o755 },
    [`${project}/mysite/__init__.py`]: '',
    [`${project}/mysite/wsgi.py`]: WSGI,
    [`${project}/static/a.css`]: 'a {}\n',
  };
  return { shape, tree };
}

export type Change = (of: Deployment) => { tree: Tree; ask?: Asked } | undefined;

export const SITE = 'etc/nginx/conf.d/site.conf';
export const SERVICE = 'etc/systemd/system/site.service';
export const SOCKET = 'etc/systemd/system/site.socket';

/** A change that replaces text in one file; undefined where the shape lacks it. */
export function swap(file: string, from: string | RegExp, to: string, ask?: Asked): Change {
  return ({ tree }) => {
    const text = tree[file];
    if (typeof text !== 'string') return undefined;
    const changed = text.replace(from, to);
    return changed === text ? undefined : { tree: { ...tree, [file]: changed }, ...(ask && { ask }) };
  };
}

/** A change of files below the project. */
export function put(files: (project: string) => Tree, ask?: Asked): Change {
  return ({ tree, shape }) => ({ tree: { ...tree, ...files(shape.project) }, ...(ask && { ask }) });
}

export function only(bind: Bind, change: Change): Change {
  return (of) => (of.shape.bind === bind ? change(of) : undefined);
}

/** Text put before the server's closing brace, or in place of its first location. */
export function inServer(text: string, ask?: Asked, more: (project: string) => Tree = () => ({})): Change {
  return ({ tree, shape }) => ({
    tree: {
      ...tree,
      ...more(shape.project),
      [SITE]: (tree[SITE] as string).replace(/\}\n$/, `${text.replaceAll('PROJECT', shape.project)}\n}\n`),
    },
    ...(ask && { ask }),
  });
}

const root: Asked = { path: '/', host: 'example.com' };

export function casesOf(kind: string, changes: readonly Change[], rules: readonly string[], most: number): Case[] {
  const found: Case[] = [];
  // Shapes first, so that a kind that is capped still meets each of them.
  for (const change of changes) {
    for (const shape of shapes) {
      const made = change(deployment(shape));
      if (made)
        found.push({ kind, shape: `${shape.bind} ${shape.project}`, tree: made.tree, asks: [made.ask ?? root], rules });
    }
  }
  const step = Math.max(1, found.length / most);
  return Array.from({ length: Math.min(most, found.length) }, (_, i) => found[Math.floor(i * step)]!);
}

export const file = (text: string, more: Omit<FileSpec, 'text'> = {}): FileSpec => ({ text, ...more });
