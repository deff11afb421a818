// A configuration of about 11,000 lines, as a machine that hosts many sites has it: each site with its redirect to TLS,
// static files, an application behind a socket or a port, headers, logs; some PHP, some maps.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LINES = 11_000;

/** The text of one site; `tls` decides whether it has certificates, which cost nginx -t most of its time. */
function site(i, prefix, tls) {
  const name = `app${i}.example.com`;
  const listen = tls
    ? [
        '    listen 443 ssl;',
        `    ssl_certificate ${prefix}/tls/site.crt;`,
        `    ssl_certificate_key ${prefix}/tls/site.key;`,
        '    ssl_protocols TLSv1.2 TLSv1.3;',
      ]
    : ['    listen 80;'];
  const redirect = [
    '  server {',
    '    listen 80;',
    `    server_name ${name} www.${name};`,
    '    return 301 https://$host$request_uri;',
    '  }',
  ];
  return [
    `  upstream app${i} {`,
    `    server unix:/run/app${i}/app.sock fail_timeout=0;`,
    `    server 127.0.0.1:${8000 + (i % 1000)} backup;`,
    '    keepalive 16;',
    '  }',
    ...(tls ? redirect : []),
    '  server {',
    ...listen,
    `    server_name ${name} www.${name};`,
    `    access_log ${prefix}/logs/access.log;`,
    '    client_max_body_size 10m;',
    '    # Uploads go straight to the application.',
    '    location = /favicon.ico { access_log off; log_not_found off; }',
    '    location /static/ {',
    `      alias /srv/app${i}/static/;`,
    '      expires 30d;',
    '      add_header Cache-Control "public, max-age=2592000";',
    '    }',
    '    location ~* \\.(?:php|cgi)$ {',
    '      return 404;',
    '    }',
    '    location / {',
    '      proxy_set_header Host $http_host;',
    '      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '      proxy_set_header X-Forwarded-Proto $scheme;',
    '      proxy_redirect off;',
    `      proxy_pass http://app${i};`,
    '    }',
    '  }',
  ];
}

/** What stands above the sites. */
function top(folder) {
  return [
    'worker_processes auto;',
    `pid ${folder}/run/nginx.pid;`,
    `error_log ${folder}/logs/error.log;`,
    'events { worker_connections 768; }',
    'http {',
    '  default_type application/octet-stream;',
    '  server_names_hash_max_size 8192;',
    '  sendfile on;',
    '  log_format timed \'$remote_addr - $remote_user [$time_local] "$request" \'',
    "                   '$status $body_bytes_sent $request_time';",
    '  map $http_upgrade $connection_upgrade {',
    '    default upgrade;',
    "    '' close;",
    '  }',
  ];
}

/**
 * Writes the configuration and what it needs below `folder`, so that `nginx -t -p FOLDER -c FILE` accepts it.
 * @returns the path of the main file and its number of lines.
 */
export function writeBigConfig(folder, { tls }) {
  for (const name of ['etc/nginx', 'tls', 'logs', 'run']) mkdirSync(join(folder, name), { recursive: true });
  if (tls && !existsSync(join(folder, 'tls/site.crt'))) {
    const key = join(folder, 'tls/site.key');
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '3650',
        '-subj',
        '/CN=example.com',
        '-keyout',
        key,
        '-out',
        join(folder, 'tls/site.crt'),
      ],
      { stdio: 'ignore' },
    );
  }
  const lines = top(folder);
  for (let i = 1; lines.length < LINES - 30; i++) lines.push(...site(i, folder, tls));
  lines.push('}', '');
  const path = join(folder, 'etc/nginx/nginx.conf');
  writeFileSync(path, lines.join('\n'));
  return { path, lines: lines.length - 1 };
}

/**
 * Writes a main file that includes `count` files of sites, each of about 100 lines, as shared hosts have them.
 * @returns the path of the main file, and of the site in the middle.
 */
export function writeSiteTree(folder, count) {
  for (const name of ['etc/nginx/sites-enabled', 'logs', 'run']) mkdirSync(join(folder, name), { recursive: true });
  const path = join(folder, 'etc/nginx/nginx.conf');
  writeFileSync(path, [...top(folder), '  include sites-enabled/*;', '}', ''].join('\n'));
  const siteAt = (i) => join(folder, 'etc/nginx/sites-enabled', `site${String(i).padStart(4, '0')}`);
  for (let i = 1; i <= count; i++) {
    const lines = [3 * i, 3 * i + 1, 3 * i + 2].flatMap((it) => site(it, folder, false));
    writeFileSync(siteAt(i), `${lines.join('\n')}\n`);
  }
  return { path, site: siteAt(Math.ceil(count / 2)) };
}
