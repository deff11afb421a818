import { UNKNOWN } from '../../apps/pythonValues.js';
import { answers } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import { type DjangoSettings, djangoSettings } from '../../deployment/appModule.js';
import { placeInPython } from '../../deployment/pythonFiles.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/host-not-allowed',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    refused: 'Django will answer 400 to requests for {name}: ALLOWED_HOSTS in {file} does not list it.',
  },
  docs: {
    summary: 'nginx takes requests for a name that Django refuses.',
    why: 'With DEBUG off, Django answers 400 Bad Request to every Host that ALLOWED_HOSTS does not list.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    server_name www.example.com;
    location / {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 wsgi
-- srv/app/settings.py --
DEBUG = False
ALLOWED_HOSTS = ["example.com"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    server_name www.example.com;
    location / {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 wsgi
-- srv/app/settings.py --
DEBUG = False
ALLOWED_HOSTS = [".example.com"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    sources: [
      'https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts',
      'validate_host() in django/http/request.py',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      if (pass.name !== 'proxy_pass' || !passesHost(pass.item)) continue;
      const app = appBehind(around, pass.item);
      const settings = app && djangoSettings(app, around.host);
      const allowed = settings && allowedHosts(settings);
      if (!allowed) continue;
      for (const { item } of server.all('server_name')) {
        for (const [i, text] of item.args.entries()) {
          const name = text.toLowerCase();
          if (!isPlainName(name) || allowed.some((it) => matches(name, it))) continue;
          const set = settings.file.module.statements.findLast(
            (it) => it.kind === 'assign' && it.name === 'ALLOWED_HOSTS',
          );
          report({
            at: placeOfArg(item, i + 1),
            say: 'refused',
            with: { name, file: settings.file.path },
            related:
              set?.kind === 'assign'
                ? [{ at: placeInPython(settings.file, set.start, set.end), text: 'ALLOWED_HOSTS is set here' }]
                : [],
            fixes: fixFor(settings, name),
          });
        }
      }
      return;
    }
  },
});

/** The app that answers, if a directive connects to just one and it is certain who listens. */
function appBehind(around: Surroundings, pass: Item): ServiceApp | undefined {
  for (const { address } of around.connectionsOf(pass)) {
    const there = around.listenersFor(address);
    if (there.length === 1 && answers(there[0]!.address, address)) return there[0]!.app;
  }
  return undefined;
}

/**
 * Whether the request's own Host reaches the app: by the headers of the innermost block that sets any. Debian's
 * proxy_params does; another include may do anything.
 */
function passesHost(pass: Item): boolean {
  for (let at: Item['parent'] = pass.parent; at && 'words' in at; at = at.parent) {
    const children = at.children ?? [];
    const headers = children.filter((it) => it.name === 'proxy_set_header');
    if (children.some((it) => it.name === 'include' && /(?:^|\/)proxy_params$/.test(it.args[0] ?? ''))) return true;
    if (headers.length > 0) {
      const host = headers.find((it) => it.args[0]?.toLowerCase() === 'host')?.args[1];
      return host !== undefined && /^\$(?:host|http_host|server_name)$/.test(host);
    }
  }
  return false;
}

/** Undefined where the list cannot be known, or DEBUG lets Django take an empty one otherwise. */
function allowedHosts({ names }: DjangoSettings): readonly string[] | undefined {
  const { values } = names;
  const value = values.get('ALLOWED_HOSTS');
  const debug = values.get('DEBUG');
  if (names.open || !Array.isArray(value) || value.some((it) => typeof it !== 'string')) return undefined;
  // An empty list with DEBUG on lets localhost through; DEBUG that cannot be read leaves an empty list in doubt only there.
  if (value.length === 0 && (debug === true || debug === UNKNOWN)) return undefined;
  return (value as string[]).map((it) => it.toLowerCase());
}

function isPlainName(name: string): boolean {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(name) && !/^\d+(?:\.\d+){3}$/.test(name);
}

/** is_same_domain() in django/utils/http.py. */
function matches(name: string, pattern: string): boolean {
  return (
    pattern === '*' ||
    pattern === name ||
    (pattern.startsWith('.') && (name.endsWith(pattern) || name === pattern.slice(1)))
  );
}

function fixFor({ file }: DjangoSettings, name: string): Fix[] {
  const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === 'ALLOWED_HOSTS');
  if (set?.kind !== 'assign' || set.value.kind !== 'list') return [];
  const last = set.value.items.at(-1);
  const at = last?.kind === 'string' ? last.end : last ? undefined : set.value.start + 1;
  if (at === undefined) return [];
  const text = `${last ? ', ' : ''}'${name}'`;
  return [{ title: `Allow ${name}`, applicability: 'suggested', edits: [{ at: placeInPython(file, at, at), text }] }];
}
