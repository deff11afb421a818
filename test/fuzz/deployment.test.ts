/**
 * What is remembered of a deployment is what looking at it afresh would find: after each of many edits anywhere along the
 * line, all findings on all files.
 */
import { beforeAll, expect, it } from 'vitest';
import { DEFAULT_CHECKS, diagnostics, FindingsMemory } from '../../server/src/features/diagnostics.js';
import { located } from '../../server/src/features/located.js';
import type { Snapshot } from '../../server/src/workspace/hostSpace.js';
import { findings, grammars, load, pathOf } from '../fixture/deployment.js';
import { randomNumbers } from './edits.js';

beforeAll(grammars);

const APPS = 6;

function filesOfApp(i: number): Record<string, string> {
  const address = i % 2 ? `127.0.0.1:${8000 + i}` : `unix:/run/app${i}/app.sock`;
  return {
    [`etc/nginx/sites-enabled/app${i}.conf`]: `upstream app${i} {
    server ${address};
}
server {
    listen 80;
    server_name app${i}.example.org;
    location /static/ {
        alias /srv/app${i}/static/;
    }
    location / {
        proxy_set_header Host $http_host;
        proxy_pass http://app${i};
    }
}
`,
    [`etc/systemd/system/app${i}.service`]: `[Unit]
Description=App ${i}
After=network.target app${(i + 1) % APPS}.socket
Wants=app${(i + 2) % APPS}.timer

[Service]
User=www-data
RuntimeDirectory=app${i}
WorkingDirectory=/srv/app${i}
ExecStart=/srv/app${i}/venv/bin/gunicorn --bind ${address} site.wsgi:application

[Install]
WantedBy=multi-user.target
`,
    ...(i % 3 === 0 && {
      [`etc/systemd/system/app${i}.socket`]: `[Socket]\nListenStream=/run/app${i}/app.sock\n\n[Install]\nWantedBy=sockets.target\n`,
    }),
    ...(i % 3 === 1 && {
      [`etc/systemd/system/app${i}.timer`]: `[Timer]\nOnCalendar=daily\n\n[Install]\nWantedBy=timers.target\n`,
      [`etc/systemd/system/app${i}.service.d/more.conf`]: `[Service]\nEnvironment=A=1\nUMask=0007\n`,
    }),
    [`srv/app${i}/site/wsgi.py`]: 'application = 1\n',
    [`srv/app${i}/venv/bin/gunicorn`]: '#!/usr/bin/python3\n',
    [`srv/app${i}/static/site.css`]: '',
  };
}

const MAIN = 'user www-data;\nevents {}\nhttp {\n    include /etc/nginx/sites-enabled/*;\n}\n';
const ORIGINAL: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/sh\n',
  'etc/group': 'root:x:0:\nwww-data:x:33:\n',
  'etc/nginx/nginx.conf': MAIN,
  ...Object.assign({}, ...Array.from({ length: APPS }, (_, i) => filesOfApp(i))),
};

/** Sites that have to do with each other: names, addresses, TLS, variables. */
const SITES: Readonly<Record<string, string>> = {
  'etc/nginx/nginx.conf': MAIN.replace('http {', 'http {\n    map $host $kind {\n        default a;\n    }'),
  ...Object.fromEntries(
    Array.from({ length: APPS }, (_, i) => [
      `etc/nginx/sites-enabled/app${i}.conf`,
      `server {
    listen ${i % 2 ? 80 : 8080};
    server_name app${i}.example.org www.example.org;
    set $app${i} ${i};
    location / {
        return 200 $app${i};
    }
}
server {
    listen 443 ssl;
    server_name .example.org app${i + 1}.example.org;
    include snippets/more;
}
`,
    ]),
  ),
  'etc/nginx/snippets/more': 'ssl_certificate /etc/ssl/a.crt;\nssl_certificate_key /etc/ssl/a.key;\n',
};

const LINES_OF_SITES = [
  'server { listen 80; }',
  'server { server_name app1.example.org; }',
  '    server_name *.example.org app2.example.org;',
  '    server_name www.example.*;',
  '    server_name ~^app(\\d)\\.example;',
  '    server_name app3.example.org app3.example.org;',
  '    server_name App4.example.org a..b;',
  '    server_name "";',
  '    listen 443;',
  '    listen 8080 default_server;',
  '    listen 443 ssl default_server;',
  '    ssl_reject_handshake on;',
  '    ssl_certificate /etc/ssl/b.crt;',
  '    return 200 $app2;',
  '    set $app3 $app4;',
  '    include snippets/more;',
  'include sites-enabled/app1.conf;',
  '}',
  'server {',
];

const LINES = [
  'After=app1.service app2.service',
  'Before=app3.service',
  'Requires=app4.socket',
  'Conflicts=app1.service',
  'RuntimeDirectory=app2',
  'RuntimeDirectory=',
  'User=nobody',
  'Type=forking',
  'PrivateTmp=yes',
  'ProtectHome=yes',
  'ExecStart=',
  'ExecStart=/srv/app3/venv/bin/gunicorn -b unix:/run/app1/app.sock site.wsgi',
  'ListenStream=/run/app2/app.sock',
  'ListenStream=8001',
  'Service=app5.service',
  '[Service]',
  '[Socket]',
  '    server 127.0.0.1:8003;',
  '    listen 8001;',
  '    proxy_pass http://app2;',
  '    alias /srv/app4/static;',
  'server { listen 81; location / { proxy_pass http://unix:/run/app0/app.sock; } }',
  'user nobody;',
  '}',
];

/** The text after one edit, as somebody makes them who renames, moves, copies and forgets. */
function edited(text: string, original: string, wanted: readonly string[], random: () => number): string {
  const below = (limit: number) => Math.floor(random() * limit);
  const lines = text.split('\n');
  const at = below(lines.length);
  switch (below(8)) {
    case 0:
      return original;
    case 1:
      return lines.filter((_, i) => i !== at).join('\n');
    case 2:
      return [...lines.slice(0, at), lines[below(lines.length)]!, ...lines.slice(at)].join('\n');
    case 3:
    case 4:
      return [...lines.slice(0, at), wanted[below(wanted.length)]!, ...lines.slice(at)].join('\n');
    case 5:
      return text.replace(/app\d/g, (it) => (random() < 0.3 ? `app${below(APPS)}` : it));
    default: {
      const place = below(text.length + 1);
      return `${text.slice(0, place)}${'x/ =;1'[below(6)]}${text.slice(place + below(2))}`;
    }
  }
}

/** What changes from `before` to `after`, as one edit of the stretch in which they differ. */
function change(before: string, after: string) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < most - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { start, oldEnd: before.length - tail, text: after.slice(start, after.length - tail) };
}

const COUNT = Number(process.env.FUZZ_DEPLOYMENT_EDITS ?? 80);

it(`${COUNT} edits along the line`, { timeout: 3_600_000 }, () => fuzz(ORIGINAL, LINES, COUNT));

it(`${4 * COUNT} edits of sites`, { timeout: 3_600_000 }, () => fuzz(SITES, LINES_OF_SITES, 4 * COUNT));

function fuzz(original: Readonly<Record<string, string>>, lines: readonly string[], count: number): void {
  const random = randomNumbers(Number(process.env.FUZZ_SEED ?? 1));
  const texts = new Map(Object.entries(original));
  const asFiles = () => [...texts].map(([path, text]) => ({ path, text, attributes: {} }));
  const loaded = load({ files: asFiles(), absent: [] });
  const { space } = loaded;
  const memory = new FindingsMemory();
  const remembered = () =>
    loaded.settle((snapshot: Snapshot) =>
      [...new Set([...snapshot.nginxFiles, ...snapshot.unitFiles])].flatMap((path) =>
        diagnostics(snapshot, path, memory, DEFAULT_CHECKS).map((it) => JSON.stringify(located(snapshot, it))),
      ),
    );
  const open = [...texts.keys()].filter((it) => it.startsWith('etc/nginx') || it.startsWith('etc/systemd'));
  for (const path of open)
    space.openDocument(pathOf(path), path.startsWith('etc/nginx') ? 'nginx' : 'systemd', texts.get(path)!);
  for (let i = 0; i < count; i++) {
    const path = open[Math.floor(random() * open.length)]!;
    const before = texts.get(path)!;
    const after = edited(before, original[path]!, lines, random);
    texts.set(path, after);
    space.editDocument(pathOf(path), change(before, after));
    const fresh = findings(load({ files: asFiles(), absent: [] })).map((it) => JSON.stringify(it.shown));
    expect(remembered().sort(), `edit ${i}, in ${path}`).toEqual(fresh.sort());
  }
}
