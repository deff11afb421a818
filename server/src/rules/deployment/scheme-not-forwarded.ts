import { UNKNOWN } from '../../apps/pythonValues.js';
import type { Place } from '../../base/place.js';
import { type DjangoSettings, djangoSettings } from '../../deployment/appModule.js';
import { djangoSetting, hasMiddleware, placeOfSetting } from '../../deployment/django.js';
import { mayTakeForTls } from '../../deployment/djangoAnswer.js';
import { insistingHook } from '../../deployment/flaskAnswer.js';
import { flaskApp } from '../../deployment/flaskApp.js';
import { appBehind, headerFix, headerSent, type SentHeader } from '../../deployment/proxiedRequest.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import { insistingApp } from '../../deployment/starletteAnswer.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/scheme-not-forwarded',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    loop: 'Requests over TLS will be redirected to themselves without end: {file} has SECURE_SSL_REDIRECT on, and nginx does not send {header}, so Django takes them for plain ones.',
    wrongLoop:
      'Requests over TLS will be redirected to themselves without end: {file} has SECURE_SSL_REDIRECT on, and nginx sends {header} {value} with them.',
    hook: 'Requests over TLS will be redirected to themselves without end: {name} in {file} asks whether the request is secure, and nginx does not send X-Forwarded-Proto.',
    plain:
      'Django will take requests over TLS for plain ones, and refuse forms with 403 (CSRF): SECURE_PROXY_SSL_HEADER in {file} wants {header}, which nginx does not send.',
  },
  docs: {
    summary: 'Django is not told that a request came over TLS.',
    why: 'nginx ends TLS and speaks plain HTTP to the app. With SECURE_SSL_REDIRECT Django then redirects each request to https, where it came from; without it links and the check of a form’s origin are wrong.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 443 ssl;
    server_name example.com;
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
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 443 ssl;
    server_name example.com;
    location / {
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 wsgi
-- srv/app/settings.py --
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    sources: [
      'https://docs.djangoproject.com/en/stable/ref/settings/#secure-proxy-ssl-header',
      'HttpRequest.scheme in django/http/request.py',
      'secure_scheme_headers in https://docs.gunicorn.org/en/stable/settings.html',
    ],
  },

  check({ server, around }, report) {
    // Where a proxy stands in front, the header may come with the request and passes as it is.
    if (!isTls(server) || inForce(server, 'set_real_ip_from').directives.length > 0) return;
    for (const pass of passesIn(server)) {
      if (pass.name !== 'proxy_pass' || pass.args[0]?.startsWith('https:')) continue;
      const app = appBehind(around, pass.item)?.app;
      const settings = app && djangoSettings(app, around.host);
      const flask = app && !settings ? flaskApp(app, around.host) : undefined;
      const hook = flask && insistingHook(flask);
      const starlette = app && !settings && !flask ? insistingApp(app, around.host) : undefined;
      const insists = hook && flask ? { name: `${hook.name}()`, file: flask.file.path } : starlette;
      if (app && insists && !mayKnowOtherwise(app, pass.within, undefined)) {
        const sent = headerSent(pass.within, 'x-forwarded-proto');
        if (sent.known && sent.value === undefined)
          report({
            at: schemeElsewhere(pass.within) ?? placeOfArg(pass.item, 1),
            say: 'hook',
            with: insists,
            severity: 'warning',
            fixes: headerFix(pass, sent, 'Send X-Forwarded-Proto', 'X-Forwarded-Proto', '$scheme'),
          });
      }
      const wanted = settings && headerOfDjango(settings);
      if (!settings || wanted === UNKNOWN || mayKnowOtherwise(app, pass.within, wanted)) continue;
      const sent = headerSent(pass.within, wanted?.header ?? 'x-forwarded-proto');
      if (!sent.known || carries(sent, wanted?.value ?? 'https') !== false) continue;
      const redirects =
        djangoSetting(settings, 'SECURE_SSL_REDIRECT') === true &&
        hasMiddleware(settings, 'django.middleware.security.SecurityMiddleware') === true;
      if (!redirects && !wanted) continue;
      const header = shown(wanted?.header ?? 'x-forwarded-proto');
      const names = { file: settings.file.path, header };
      const set = placeOfSetting(settings, redirects ? 'SECURE_SSL_REDIRECT' : 'SECURE_PROXY_SSL_HEADER');
      const value = wanted && wanted.value !== 'https' ? wanted.value : '$scheme';
      const place = {
        at: sent.directive
          ? placeOfArg(sent.directive.item, 2)
          : (schemeElsewhere(pass.within) ?? placeOfArg(pass.item, 1)),
        severity: redirects && sent.sure && exempts(settings) === false ? ('error' as const) : ('warning' as const),
        related: set ? [{ at: set, text: 'the setting' }] : [],
        fixes: headerFix(pass, sent, `Send ${header}`, header, value),
      };
      if (!redirects) report({ ...place, say: 'plain', with: names });
      else if (sent.value === undefined) report({ ...place, say: 'loop', with: names });
      else report({ ...place, say: 'wrongLoop', with: { ...names, value: sent.value } });
    }
  },
});

/** The name of a header that tells the scheme, and that the app does not ask for: `X-Forwarded-Protocol $scheme`. */
function schemeElsewhere(block: Block): Place | undefined {
  const found = inForce(block, 'proxy_set_header').directives.find((it) => {
    const [name = '', value = ''] = it.args;
    return /proto|scheme|ssl|https/i.test(name) && /^(?:\$scheme|\$https|https|on)$/i.test(value);
  });
  return found && placeOfArg(found.item, 1);
}

function isTls(server: Block): boolean {
  const listens = server.all('listen');
  return listens.length > 0 && listens.every((it) => it.args.includes('ssl') || it.args.includes('quic'));
}

/** SECURE_PROXY_SSL_HEADER as nginx spells the header, and the value that means TLS; undefined where it is not set. */
function headerOfDjango(settings: DjangoSettings): { header: string; value: string } | undefined | typeof UNKNOWN {
  const set = djangoSetting(settings, 'SECURE_PROXY_SSL_HEADER');
  if (set === undefined || set === null) return undefined;
  if (!Array.isArray(set) || typeof set[0] !== 'string' || typeof set[1] !== 'string') return UNKNOWN;
  // Without HTTP_ it is no header of the request.
  if (!set[0].startsWith('HTTP_')) return UNKNOWN;
  return { header: set[0].slice('HTTP_'.length).toLowerCase().replaceAll('_', '-'), value: set[1] };
}

/**
 * gunicorn and uvicorn make https of X-Forwarded-Proto themselves, where the peer is trusted: by default this machine,
 * and for gunicorn who comes through a unix socket. Django asks them when its own header is not there.
 */
function mayKnowOtherwise(app: ServiceApp, block: Block, wanted: { header: string } | undefined): boolean {
  if (app.server !== 'gunicorn' && app.server !== 'uvicorn' && app.server !== 'daphne') return true;
  const header = (name: string): string | undefined => {
    if (name === (wanted?.header ?? 'x-forwarded-proto')) return undefined;
    const { known, value } = headerSent(block, name);
    if (value === '$scheme') return 'https';
    if (value === '$https') return 'on';
    return !known || value?.includes('$') ? 'unknown' : value;
  };
  return header('forwarded') !== undefined || mayTakeForTls(app, header);
}

/** Whether the header says TLS in a server that has only TLS; undefined where something else decides. */
function carries(sent: SentHeader, secure: string): boolean | undefined {
  const { value } = sent;
  if (value === undefined) return false;
  if (value === '$scheme') return secure === 'https';
  if (value === '$https') return secure === 'on';
  return value.includes('$') ? undefined : value === secure;
}

/** Paths that SECURE_REDIRECT_EXEMPT leaves alone; undefined where that is not literal. */
function exempts(settings: DjangoSettings): boolean | undefined {
  const set = djangoSetting(settings, 'SECURE_REDIRECT_EXEMPT');
  if (set === undefined) return false;
  return Array.isArray(set) ? set.length > 0 : undefined;
}

const shown = (header: string): string => header.replace(/(?:^|-)[a-z]/g, (it) => it.toUpperCase());
