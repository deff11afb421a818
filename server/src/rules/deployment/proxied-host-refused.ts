import { djangoSettings } from '../../deployment/appModule.js';
import {
  allowedHosts,
  djangoSetting,
  domainOf,
  hasMiddleware,
  isAllowed,
  placeOfSetting,
} from '../../deployment/django.js';
import { appBehind, headerFix, headerSent, proxyHost } from '../../deployment/proxiedRequest.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/proxied-host-refused',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    unusable:
      'Django will answer 400: without a proxy_set_header for Host nginx sends Host: {host}, and Django takes no host with such a name.',
    notAllowed:
      'Django will answer 400: without a proxy_set_header for Host nginx sends Host: {host}, which ALLOWED_HOSTS in {file} does not list.',
    fixedHost: 'Django will answer 400: nginx sends Host: {host}, which ALLOWED_HOSTS in {file} does not list.',
  },
  docs: {
    summary: 'The Host that nginx sends to Django is not the one that the client asked for, and Django refuses it.',
    why: 'Unless proxy_set_header says otherwise, nginx sends the name in proxy_pass as Host: the name of the upstream, or localhost for a socket. Django answers 400 to hosts that ALLOWED_HOSTS does not list, and to any name with an underscore.',
    bad: `-- etc/nginx/conf.d/app.conf --
upstream my_app {
    server 127.0.0.1:8000;
}
server {
    server_name example.com;
    location / {
        proxy_pass http://my_app;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 wsgi
-- srv/app/settings.py --
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    good: `-- etc/nginx/conf.d/app.conf --
upstream my_app {
    server 127.0.0.1:8000;
}
server {
    server_name example.com;
    location / {
        proxy_set_header Host $host;
        proxy_pass http://my_app;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn -b 127.0.0.1:8000 wsgi
-- srv/app/settings.py --
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header',
      'HttpRequest.get_host() and host_validation_re in django/http/request.py',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      if (pass.name !== 'proxy_pass') continue;
      const sent = headerSent(pass.within, 'host');
      if (!sent.known) continue;
      const behind = appBehind(around, pass.item);
      const settings = behind && djangoSettings(behind.app, around.host);
      if (!settings || changesHost(djangoSetting(settings, 'USE_X_FORWARDED_HOST'))) continue;
      const isDefault = sent.value === undefined || sent.value === '$proxy_host';
      const host = isDefault ? proxyHost(behind.connection) : sent.value!.includes('$') ? undefined : sent.value;
      if (host === undefined) continue;
      const domain = domainOf(host);
      const allowed = allowedHosts(settings);
      if (domain !== undefined && (!allowed || isAllowed(domain, allowed))) continue;
      // Whether a request's host is looked at without this middleware is up to each view.
      const middleware = hasMiddleware(settings, 'django.middleware.common.CommonMiddleware');
      const set = placeOfSetting(settings, 'ALLOWED_HOSTS');
      const place = {
        at: sent.directive ? placeOfArg(sent.directive.item, 2) : placeOfArg(pass.item, 1),
        severity: middleware && sent.sure ? ('error' as const) : ('warning' as const),
        related: set && domain !== undefined ? [{ at: set, text: 'ALLOWED_HOSTS is set here' }] : [],
        fixes: headerFix(pass, sent, 'Send the Host of the request', 'Host', '$host'),
      };
      const file = settings.file.path;
      if (domain === undefined) report({ ...place, say: 'unusable', with: { host } });
      else report({ ...place, say: isDefault ? 'notAllowed' : 'fixedHost', with: { host, file } });
    }
  },
});

/** Then X-Forwarded-Host counts, which the client may bring. */
function changesHost(value: unknown): boolean {
  return value !== undefined && value !== false;
}
