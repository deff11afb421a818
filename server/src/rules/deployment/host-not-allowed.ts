import type { Fix } from '../../base/fix.js';
import type { Place } from '../../base/place.js';
import { type DjangoSettings, djangoSettings } from '../../deployment/appModule.js';
import { allowedHosts, djangoSetting, isAllowed, placeOfSetting } from '../../deployment/django.js';
import { appBehind, headerSent } from '../../deployment/proxiedRequest.js';
import { placeInPython } from '../../deployment/pythonFiles.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import { isTrusted, trustedHosts } from '../../deployment/starletteAnswer.js';
import type { HostView } from '../../host/host.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import type { PyExpression } from '../../syntax/pythonModule.js';
import { environmentOf } from '../../systemd/effective/environment.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/host-not-allowed',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    refused: 'Django will answer 400 to requests for {name}: ALLOWED_HOSTS in {file} does not list it.',
    trusted:
      'The app will answer 400 to requests for {name}: TrustedHostMiddleware in {file} does not list it. Add it to allowed_hosts.',
    form: 'Django will answer 400 to requests for {name}: {entry} in ALLOWED_HOSTS of {file} matches no host. Hosts stand there without scheme, port and path.',
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
      if (pass.name !== 'proxy_pass' && pass.name !== 'uwsgi_pass') continue;
      const host = hostTold(pass);
      if (host === undefined || !/^\$(?:host|http_host|server_name)(?::\$\w+)?$/.test(host)) continue;
      const app = appBehind(around, pass.item)?.app;
      const trusted = app && trustedHosts(app, around.host);
      if (trusted) {
        const related = [
          { at: placeInPython(trusted.file, trusted.start, trusted.end), text: 'the hosts that it takes' },
        ];
        for (const { item } of server.all('server_name'))
          for (const [i, text] of item.args.entries()) {
            const name = text.toLowerCase();
            if (!isPlainName(name) || isTrusted(name, trusted.hosts)) continue;
            report({ at: placeOfArg(item, i + 1), say: 'trusted', with: { name, file: trusted.file.path }, related });
          }
        return;
      }
      const settings = app && djangoSettings(app, around.host);
      const allowed = settings && allowedHosts(settings);
      if (!allowed || settingsMayChangeHost(settings)) continue;
      for (const { item } of server.all('server_name')) {
        for (const [i, text] of item.args.entries()) {
          const name = text.toLowerCase();
          if (!isPlainName(name) || isAllowed(name, allowed)) continue;
          const set = placeOfSetting(settings, 'ALLOWED_HOSTS');
          const entry = allowed.find((it) => bare(it) === name);
          const asked = placeOfArg(item, i + 1);
          const variable = variableOf(app, settings, around.host);
          const place = {
            at: variable ?? asked,
            related: [
              ...(variable ? [{ at: asked, text: 'clients ask for this name' }] : []),
              ...(set ? [{ at: set, text: 'ALLOWED_HOSTS is set here' }] : []),
            ],
          };
          const file = settings.file.path;
          if (entry === undefined)
            report({ ...place, say: 'refused', with: { name, file }, fixes: fixFor(settings, name) });
          else report({ ...place, say: 'form', with: { name, file, entry }, fixes: formFix(settings, entry, name) });
        }
      }
      return;
    }
  },
});

/** The line of the unit that brings the variable which ALLOWED_HOSTS is made of. */
function variableOf(app: ServiceApp, { file }: DjangoSettings, host: HostView): Place | undefined {
  const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === 'ALLOWED_HOSTS');
  const name = set?.kind === 'assign' ? environmentName(set.value) : undefined;
  return name === undefined ? undefined : environmentOf(app.unit, host).variables.get(name)?.at;
}

/** `NAME` of `os.environ.get('NAME', '').split(',')`. */
function environmentName(it: PyExpression): string | undefined {
  if (it.kind !== 'call' || it.callee.kind !== 'attribute') return undefined;
  const [key] = it.args;
  if (/^(?:get|getenv)$/.test(it.callee.name) && key?.kind === 'string') return key.text;
  return environmentName(it.callee.of);
}

/** What the app gets as Host: uwsgi_pass hands the client's own over unless a parameter replaces it. */
function hostTold({ name, within }: Directive): string | undefined {
  if (name === 'proxy_pass') return headerSent(within, 'host').value;
  const { directives, certain } = inForce(within, 'uwsgi_param');
  const own = directives.findLast((it) => it.args[0] === 'HTTP_HOST');
  return certain ? (own?.args[1] ?? '$http_host') : undefined;
}

/** With USE_X_FORWARDED_HOST another header counts. */
function settingsMayChangeHost(settings: DjangoSettings): boolean {
  const value = djangoSetting(settings, 'USE_X_FORWARDED_HOST');
  return value !== undefined && value !== false;
}

/** A host that somebody wrote as a URL or with its port. */
function bare(entry: string): string {
  return entry
    .replace(/^[a-z]+:\/\//, '')
    .replace(/\/.*$/, '')
    .replace(/:\d+$/, '');
}

function formFix({ file }: DjangoSettings, entry: string, name: string): Fix[] {
  const set = file.module.statements.findLast((it) => it.kind === 'assign' && it.name === 'ALLOWED_HOSTS');
  if (set?.kind !== 'assign' || set.value.kind !== 'list') return [];
  const item = set.value.items.find((it) => it.kind === 'string' && it.text.toLowerCase() === entry);
  if (item?.kind !== 'string') return [];
  const at = placeInPython(file, item.start, item.end);
  return [{ title: `Allow ${name}`, applicability: 'suggested', edits: [{ at, text: `'${name}'` }] }];
}

function isPlainName(name: string): boolean {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(name) && !/^\d+(?:\.\d+){3}$/.test(name);
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
