/** What people get wrong in nginx's files. */
import { type Hand, type Held, isNginx, type Mutation } from './held.js';

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  on: ['off'],
  off: ['on'],
  $uri: ['$request_uri', '$document_uri', '$uri/', '$request_filename'],
  '$uri/': ['$uri', '$uri.html'],
  $host: ['$http_host', '$proxy_host', '$server_name', 'localhost'],
  $http_host: ['$host'],
  $scheme: ['https', 'http'],
  $request_uri: ['$uri', '$uri$is_args$args'],
  $document_root: ['$realpath_root'],
  '=404': ['/404.html', '=403', '@app', '/index.html'],
  '/index.html': ['index.html', '/index.htm', '=404', '/index.php'],
  alias: ['root'],
  root: ['alias'],
  http2: ['ssl'],
  ssl: [''],
  default_server: [''],
  last: ['break', 'permanent', 'redirect'],
  break: ['last'],
  permanent: ['redirect', 'last'],
  allow: ['deny'],
  deny: ['allow'],
  any: ['all'],
};

const IN_SERVER = [
  'client_max_body_size 1;',
  'return 404;',
  'deny all;',
  'auth_basic "x";',
  'root /var/www/html;',
  'index index.htm;',
  'try_files $uri =404;',
  'error_page 404 /index.html;',
  'error_page 502 =200 /index.html;',
  'proxy_intercept_errors on;',
  'proxy_read_timeout 1s;',
  'proxy_http_version 1.1;',
  'proxy_set_header Host $host;',
  'limit_except GET { deny all; }',
  'internal;',
  'rewrite ^/(.*)$ /index.html break;',
  'rewrite ^(.*)$ https://$host$1 permanent;',
  'if ($host != example.com) { return 301 http://example.com$request_uri; }',
  'ssl on;',
  'disable_symlinks on;',
  'autoindex on;',
  'gzip_static on;',
  'absolute_redirect off;',
  'satisfy any;',
  'allow 10.0.0.0/8;',
  'limit_rate 1k;',
  'add_header X-Frame-Options DENY always;',
  'merge_slashes off;',
  'large_client_header_buffers 1 32;',
  'location = / { return 204; }',
  'location /static/ { expires 1d; }',
  'location ~ \\.php$ { return 403; }',
];

/** Blocks at the start of a line, by indentation: people's files have them so. */
function blocks(text: string): { start: number; end: number; depth: number }[] {
  const lines = text.split('\n');
  const open: number[] = [];
  const found: { start: number; end: number; depth: number }[] = [];
  lines.forEach((line, i) => {
    if (/\{\s*(?:#.*)?$/.test(line)) open.push(i);
    else if (/^\s*\}\s*$/.test(line)) {
      const start = open.pop();
      if (start !== undefined) found.push({ start, end: i, depth: open.length });
    }
  });
  return found;
}

function swapBlocks(of: Held): Mutation | undefined {
  const places = of.texts(isNginx).flatMap(([path, text]) => {
    const all = blocks(text);
    return all.flatMap((a) =>
      all.filter((b) => b.depth === a.depth && b.start > a.end).map((b) => ({ path, text, a, b })),
    );
  });
  const one = of.pick(places);
  if (!one) return undefined;
  const lines = one.text.split('\n');
  const { a, b } = one;
  const made = [
    ...lines.slice(0, a.start),
    ...lines.slice(b.start, b.end + 1),
    ...lines.slice(a.end + 1, b.start),
    ...lines.slice(a.start, a.end + 1),
    ...lines.slice(b.end + 1),
  ];
  return of.withText(
    one.path,
    made.join('\n'),
    `${lines[a.start]!.trim()} and ${lines[b.start]!.trim()} swapped`,
    a.start + 1,
  );
}

function moveLine(of: Held): Mutation | undefined {
  const [path, text] = of.pick(of.texts(isNginx)) ?? [];
  if (!path || !text) return undefined;
  const lines = text.split('\n');
  const simple = lines.flatMap((it, i) => (/^\s*\w.*;\s*$/.test(it) ? [i] : []));
  const from = of.pick(simple);
  if (from === undefined) return undefined;
  const [line] = lines.splice(from, 1) as [string];
  const to = of.next(lines.length);
  lines.splice(to, 0, line);
  return to === from
    ? undefined
    : of.withText(path, lines.join('\n'), `${line.trim()} moved from ${from + 1} to ${to + 1}`, to + 1);
}

function dropBlock(of: Held): Mutation | undefined {
  const places = of.texts(isNginx).flatMap(([path, text]) => blocks(text).map((it) => ({ path, text, it })));
  const one = of.pick(places);
  if (!one) return undefined;
  const lines = one.text.split('\n');
  const head = lines[one.it.start]!.trim();
  lines.splice(one.it.start, one.it.end - one.it.start + 1);
  return of.withText(one.path, lines.join('\n'), `${head} taken away`, one.it.start + 1);
}

const PATHS = /\b(?:proxy_pass|alias|root|location|try_files)\s[^;{]*/;
const MODIFIERS = ['', '= ', '~ ', '~* ', '^~ ', '~ ^'];

export const NGINX_HANDS: readonly Hand[] = [
  { name: 'nginx: line lost', take: (of) => of.editLine(isNginx, /;\s*$/, () => []) },
  { name: 'nginx: line commented out', take: (of) => of.editLine(isNginx, /\S/, (it) => it.replace(/^\s*/, '$&#')) },
  { name: 'nginx: line moved', take: moveLine },
  { name: 'nginx: blocks swapped', take: swapBlocks },
  { name: 'nginx: block lost', take: dropBlock },
  {
    name: 'nginx: slash',
    take: (of) =>
      of.editWord(isNginx, PATHS, (it) => {
        const words = it.trimEnd().split(/\s+/);
        const at = it.startsWith('try_files') ? 1 + of.next(words.length - 1) : words.length - 1;
        words[at] = words[at]!.endsWith('/') ? words[at]!.slice(0, -1) || '/' : `${words[at]}/`;
        return words.join(' ') + (it.endsWith(' ') ? ' ' : '');
      }),
  },
  {
    name: 'nginx: scheme',
    take: (of) =>
      of.editWord(isNginx, /https?:\/\//, (it) =>
        of.pick([it === 'http://' ? 'https://' : 'http://', it.slice(0, -1), '']),
      ),
  },
  {
    name: 'nginx: kind of pass',
    take: (of) =>
      of.editLine(isNginx, /\b(?:proxy|uwsgi|fastcgi|scgi|grpc)_pass\s+(?:https?:\/\/)?(.*)/, (line, match) => {
        const to = of.pick([
          'proxy_pass http://',
          'uwsgi_pass ',
          'fastcgi_pass ',
          'scgi_pass ',
          'grpc_pass ',
          'proxy_pass https://',
        ])!;
        return line.slice(0, match.index) + to + match[1]!;
      }),
  },
  {
    name: 'nginx: server_name',
    take: (of) =>
      of.editWord(isNginx, /(?<=server_name\s.*)[\w.*-]+/, (it) =>
        of.pick([of.misspell(it)!, `www.${it}`, '_', 'localhost', `*.${it}`, `${it}.`, it.replace(/\.com$/, '.org')]),
      ),
  },
  {
    name: 'nginx: listen',
    take: (of) =>
      of.editLine(isNginx, /^(\s*listen\s+)([^;]*);/, (_, [, head, value]) => {
        const port = /(\d+)(?!.*\.)/.exec(value!)?.[1] ?? '80';
        const made = of.pick([
          `${port} ssl`,
          `${port} default_server`,
          `127.0.0.1:${port}`,
          `[::]:${port}`,
          '8080',
          '81',
          `${value} proxy_protocol`,
          `192.0.2.1:${port}`,
          `localhost:${port}`,
          'unix:/run/site-nginx.sock',
          value!.replace(/\s.*/, ''),
        ]);
        return `${head}${made};`;
      }),
  },
  {
    name: 'nginx: flag or variable',
    take: (of) => {
      const words = Object.keys(FLAGS)
        .map((it) => it.replace(/[$/.=]/g, '\\$&'))
        .join('|');
      return of.editWord(isNginx, new RegExp(`(?<=^|[\\s(])(?:${words})(?=[\\s;)]|$)`), (it) =>
        of.pick(FLAGS[it] ?? []),
      );
    },
  },
  {
    name: 'nginx: location modifier',
    take: (of) =>
      of.editLine(
        isNginx,
        /^(\s*location\s+)(?:(?:=|~\*?|\^~)\s+)?(\S.*)$/,
        (_, [, head, rest]) => `${head}${of.pick(MODIFIERS)}${rest}`,
      ),
  },
  {
    name: 'nginx: location path',
    take: (of) =>
      of.editLine(
        isNginx,
        /^(\s*location\s+(?:(?:=|~\*?|\^~)\s+)?)(\/\S*)(.*)$/,
        (_, [, head, path, rest]) =>
          `${head}${of.pick(['/', '/api', '/api/', '/static', '/static/', `${path}x`, path!.slice(1) || '/', `/app${path}`])}${rest}`,
      ),
  },
  {
    name: 'nginx: URI of proxy_pass',
    take: (of) =>
      of.editLine(
        isNginx,
        /^(.*\bproxy_pass\s+[^;]*?)(\/|:\/)?;/,
        (_, [, head]) =>
          `${head}${head!.includes('unix:') && !/sock:/.test(head!) ? ':' : ''}${of.pick(['/', '/app', '/app/', '$request_uri', '$uri', '/static/', ''])};`,
      ),
  },
  {
    name: 'nginx: line added',
    take: (of) => of.addBelow(isNginx, /^\s*server_name|^\s*(?:proxy_pass|root|alias|try_files)\b/, IN_SERVER),
  },
  {
    name: 'nginx: user',
    take: (of) => {
      const path = 'etc/nginx/nginx.conf';
      const text = of.spec(path)?.text;
      const user = of.pick(['nginx', 'nobody', 'app', 'root', 'ubuntu', 'nosuch', 'www-data www-data', 'other'])!;
      return text && /^user [^;]*;/m.test(text)
        ? of.withText(path, text.replace(/^user [^;]*;/m, `user ${user};`), `user ${user}`, 1)
        : undefined;
    },
  },
  {
    name: 'nginx: semicolon or brace',
    take: (of) => of.editWord(isNginx, /[;{}"']/, (it) => of.pick(['', it + it, it === ';' ? ':' : ''])),
  },
  {
    name: 'nginx: words',
    take: (of) =>
      of.editLine(isNginx, /^(\s*\w+\s+)([^;{]+)([;{].*)$/, (_, [, head, words, tail]) => {
        const list = words!.trim().split(/\s+/);
        const at = of.next(list.length);
        if (of.next(2) === 0) list.splice(at, 1);
        else list.splice(at, 0, of.pick([list[at]!, '/', '80', 'off', '$uri', 'x'])!);
        return `${head}${list.join(' ')}${tail!.startsWith('{') ? ' ' : ''}${tail}`;
      }),
  },
];
