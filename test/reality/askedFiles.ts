/**
 * Deployments written as texts, in `asked/`: situations that people have described in public, rebuilt with the least that
 * shows them.
 *
 *     ==== name
 *     ! rule another/rule         what tells the cause; a deployment without this line works
 *                                 `~rule`: one that says it as information, because the same may be wanted
 *     @ etc/nginx/a.conf | text   a part of a line that can be changed to mend it; several are a choice
 *     ? reason                    or: a request is refused as the files want it
 *     & systemd                   the units are started by systemd itself
 *     > POST https://example.com/path body=2000
 *     -- etc/nginx/conf.d/a.conf owner=app mode=0600 --
 *     text
 *
 * `as=` stands for a text that recurs, see TEXTS.
 *
 * Each batch was written before anybody looked at what we say of it. Of the first one (97 deployments, 171 requests) 77.8 %
 * of the answers were predicted at first, 27 of 46 causes told, and 2 working ones were alarmed (one of them with reason).
 * Of the second (57 deployments, 79 requests) 78.5 % of the answers, 15 of 32 causes, and 1 of 25 working ones was alarmed.
 * Of the third (38 deployments, 56 requests) 66.1 % of the answers, 12 of 23 causes, and 1 of 15 working ones was alarmed; one
 * of its answers was the harness's mistake and one its author's, whose project bore the name of a module of Python's. Of the
 * fourth (22 deployments, 29 requests) 86.2 % of the answers, 8 of 13 causes, and none of 9 working ones was alarmed. Of the
 * fifth (88 deployments, 121 requests, the first with Django itself) 75.2 % of the answers, 39 of 62 causes, and 1 of 26
 * working ones was alarmed; three of its deployments were their author's mistakes: uvicorn was asked for an upgrade to
 * nothing, Django's settings had no use for the key that they lacked, and one long name needs no hash. Of the
 * sixth (61 deployments, 115 requests) 87.8 % of the answers, 16 of 44 causes, and none of 17 working ones was alarmed; two of
 * its answers were the harness's mistake, and two causes told under another name than its author gave them.
 * Of the eighth (82 deployments, 176 requests) 95.5 % of the answers, 34 of 62 causes, and none of 20 working ones was alarmed;
 * on 31 of the 62 an error or a warning stood on a line that is to be changed.
 * Of the seventh (79 deployments, 119 requests; Python and systemd) 83.2 % of the answers, 42 of 58 causes (37 on the line
 * that has to be changed), and 1 of 21 working ones was alarmed, with reason: its alias let clients out of its folder. Of
 * `seven-later` (30 deployments, 32 requests, written while the seventh was mended) 65.6 % of the answers, 12 of 21 causes,
 * and none of 9 working ones was alarmed.
 * Of the tenth (112 deployments, 235 requests; Python and systemd 45, nginx and node 67) 90.6 and 86.0 % of the answers, 42 of
 * 80 causes on a line that is to be changed, and none of 32 working ones was alarmed. Of the eleventh (54 deployments, 176
 * requests, the ordinary questions) 90.9 % of the answers, 25 of 34 causes, and 1 of 20 working ones was alarmed, wrongly.
 * `*-siblings*` came after that, to prove the neighbours of what was mended, as did the last two
 * of `six-php`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Asked, Case, FileSpec, Tree } from './tree.js';

const folder = new URL('asked/', import.meta.url).pathname;

type Attributes = Readonly<Record<string, string>>;
const program = (path: string) => `#!/bin/sh\nexec ${path} "$@"\n`;

const TEXTS: Readonly<Record<string, (of: Attributes) => string>> = {
  gunicorn: () => program('/usr/bin/gunicorn'),
  uvicorn: () => program('/usr/bin/uvicorn'),
  hypercorn: () => program('/usr/bin/hypercorn'),
  uwsgi: () => program('/usr/bin/uwsgi --plugin python3'),
  wsgi: ({ name = 'application' }) =>
    `def ${name}(environ, start_response):\n    environ['wsgi.input'].read()\n    start_response('200 OK', [('Content-Type', 'text/plain')])\n    return [b'here']\n`,
  asgi: () =>
    `async def app(scope, receive, send):\n    assert scope['type'] == 'http'\n    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-type', b'text/plain')]})\n    await send({'type': 'http.response.body', 'body': b'here'})\n`,
  flask: () =>
    `from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route("/")\ndef hello():\n    return "<h1>Hello There!</h1>"\n\n\nif __name__ == "__main__":\n    app.run(host='0.0.0.0')\n`,
  site: ({ to }) =>
    `server {\n    listen 80;\n    server_name example.com;\n    location / {\n        proxy_set_header Host $host;\n        proxy_pass http://${to};\n    }\n}\n`,
  service: ({ port }) =>
    `[Unit]\nDescription=site\nAfter=network.target\n\n[Service]\nUser=app\nWorkingDirectory=/srv/site\nExecStart=/srv/site/venv/bin/gunicorn -b 127.0.0.1:${port} wsgi\n\n[Install]\nWantedBy=multi-user.target\n`,
  proxy_params: () =>
    'proxy_set_header Host $http_host;\nproxy_set_header X-Real-IP $remote_addr;\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\nproxy_set_header X-Forwarded-Proto $scheme;\n',
  uwsgi_params: () =>
    'uwsgi_param QUERY_STRING $query_string;\nuwsgi_param REQUEST_METHOD $request_method;\nuwsgi_param CONTENT_TYPE $content_type;\nuwsgi_param CONTENT_LENGTH $content_length;\nuwsgi_param REQUEST_URI $request_uri;\nuwsgi_param PATH_INFO $document_uri;\nuwsgi_param DOCUMENT_ROOT $document_root;\nuwsgi_param SERVER_PROTOCOL $server_protocol;\nuwsgi_param REQUEST_SCHEME $scheme;\nuwsgi_param REMOTE_ADDR $remote_addr;\nuwsgi_param SERVER_PORT $server_port;\nuwsgi_param SERVER_NAME $server_name;\n',
  fastcgi_params: () =>
    'fastcgi_param QUERY_STRING $query_string;\nfastcgi_param REQUEST_METHOD $request_method;\nfastcgi_param CONTENT_TYPE $content_type;\nfastcgi_param CONTENT_LENGTH $content_length;\nfastcgi_param SCRIPT_NAME $fastcgi_script_name;\nfastcgi_param REQUEST_URI $request_uri;\nfastcgi_param DOCUMENT_URI $document_uri;\nfastcgi_param DOCUMENT_ROOT $document_root;\nfastcgi_param SERVER_PROTOCOL $server_protocol;\nfastcgi_param REDIRECT_STATUS 200;\n',
  console: () =>
    '#!/srv/site/venv/bin/python3\nimport re\nimport sys\n\nfrom gunicorn.app.wsgiapp import run\n\nif __name__ == "__main__":\n    sys.argv[0] = re.sub(r"(-script\\.pyw|\\.exe)?$", "", sys.argv[0])\n    sys.exit(run())\n',
  fpm: () =>
    '[global]\npid = /run/php/php8.2-fpm.pid\nerror_log = /var/log/nginx/fpm.log\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n',
  pool: () =>
    '[www]\nuser = www-data\ngroup = www-data\nlisten = /run/php/php8.2-fpm.sock\nlisten.owner = www-data\nlisten.group = www-data\npm = static\npm.max_children = 1\n',
  fpmunit: () =>
    '[Service]\nType=notify\nRuntimeDirectory=php\nExecStart=/usr/sbin/php-fpm8.2 --nodaemonize --fpm-config /etc/php/8.2/fpm/php-fpm.conf\n',
  cert: () => pair().cert,
  key: () => pair().key,
};

/** What tells that a deployment runs a program, and where Debian has that. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'as=uvicorn': '/usr/bin/uvicorn',
  'as=hypercorn': '/usr/bin/hypercorn',
  'as=uwsgi --': '/usr/bin/uwsgi',
  'php-fpm8.2 --': '/usr/sbin/php-fpm8.2',
  'from django': '/usr/lib/python3/dist-packages/django',
  'from fastapi': '/usr/lib/python3/dist-packages/fastapi',
  'from starlette': '/usr/lib/python3/dist-packages/starlette',
  'from flask': '/usr/lib/python3/dist-packages/flask',
  'as=fpmunit': '/usr/sbin/php-fpm8.2',
  '/usr/bin/uwsgi': '/usr/bin/uwsgi',
  '/usr/bin/node': '/usr/bin/node',
  'as=flask': '/usr/lib/python3/dist-packages/flask',
};

let made: { cert: string; key: string } | undefined;

/** A certificate for example.com and its key, made once per run. */
function pair(): { cert: string; key: string } {
  if (made) return made;
  const at = mkdtempSync('/tmp/throughline-pair-');
  const [cert, key] = [join(at, 'cert'), join(at, 'key')];
  const asked = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=example.com'];
  execFileSync('openssl', [...asked, '-out', cert, '-keyout', key], { stdio: 'ignore' });
  made = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  rmSync(at, { recursive: true });
  return made;
}

/** The deployments of all files whose names begin with one of `batches`. */
export function askedCases(): Case[] {
  return readdirSync(folder)
    .filter((it) => it.endsWith('.txt'))
    .sort()
    .flatMap((it) =>
      readFileSync(folder + it, 'utf8')
        .split(/^==== /m)
        .slice(1)
        .map((text) => readCase(text, it.replace('.txt', ''))),
    );
}

const HEADER = /^-- (\S+)((?: \w+=\S+)*) --$/;

function readCase(text: string, batch: string): Case {
  const [name, ...lines] = text.replace(/\n$/, '').split('\n');
  const files: { path: string; of: Attributes; lines: string[] }[] = [];
  const asks: Asked[] = [];
  let rules: string[] = [];
  const mended: string[] = [];
  let booted = false;
  for (const line of lines) {
    const header = HEADER.exec(line);
    if (header) files.push({ path: header[1]!, of: attributes(header[2]!), lines: [] });
    else if (files.length > 0) files[files.length - 1]!.lines.push(line);
    else if (line.startsWith('! ')) rules = line.slice(2).split(' ');
    else if (line.startsWith('@ ')) mended.push(line.slice(2));
    else if (line === '& systemd') booted = true;
    else if (line.startsWith('> ')) asks.push(asked(line.slice(2)));
    else if (!line.startsWith('? ')) throw new Error(`${batch}, ${name}: ${line}`);
  }
  const needs = Object.entries(PROGRAMS).flatMap(([word, path]) => (word && text.includes(word) ? [path] : []));
  const tree: Tree = Object.fromEntries(files.map((it) => [it.path, specOf(it.of, it.lines)]));
  const works = rules.length === 0 && mended.length === 0;
  return {
    ...(booted && { booted }),
    kind: `${works ? 'good: ' : ''}asked ${batch}`,
    shape: name!,
    tree,
    asks,
    rules,
    needs,
    ...(mended.length > 0 && { mended }),
  };
}

function attributes(text: string): Attributes {
  return Object.fromEntries(
    text
      .trim()
      .split(' ')
      .filter(Boolean)
      .map((it) => it.split('=') as [string, string]),
  );
}

function specOf(of: Attributes, lines: readonly string[]): FileSpec {
  const owned = {
    ...(of.owner && { owner: of.owner }),
    ...(of.group && { group: of.group }),
    ...(of.mode && { mode: Number.parseInt(of.mode, 8) }),
  };
  if (of.kind === 'directory') return { directory: true, ...owned };
  if (of.link !== undefined) return { link: of.link };
  if (of.as === undefined) return { text: lines.map((it) => `${it}\n`).join(''), ...owned };
  const text = TEXTS[of.as]!(of);
  return { text, ...(text.startsWith('#!') && { mode: 0o755 }), ...owned };
}

function asked(line: string): Asked {
  const words = line.split(' ');
  const method = /^[A-Z]+$/.test(words[0]!) ? words.shift()! : 'GET';
  const [url, ...more] = words;
  const [, scheme, host, port, path] = /^(https?):\/\/([^/:]+)(?::(\d+))?(\/.*)$/.exec(url!)!;
  const body = more.find((it) => it.startsWith('body='))?.slice(5);
  return {
    method,
    scheme: scheme as 'http' | 'https',
    host: host!,
    path: path!,
    port: port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port),
    ...(body !== undefined && { body: Number(body) }),
  };
}
