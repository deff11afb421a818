import { type HostPath, hostPath } from '../../base/hostPath.js';
import { djangoSettings } from '../../deployment/appModule.js';
import { appRoutes, takesBelow } from '../../deployment/appRoutes.js';
import { djangoSetting, placeOfSetting } from '../../deployment/django.js';
import { DJANGO_FILES, localUrl } from '../../deployment/djangoFiles.js';
import { appBehind } from '../../deployment/proxiedRequest.js';
import { namesIn } from '../../deployment/servedFiles.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { parsePassTarget } from '../../nginx/passTarget.js';
import { indentOf, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/files-not-served',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    nobody:
      'Nobody will serve {url}{name}: nginx hands it on to Django, which serves no files with DEBUG off and answers 404. The files are in {root} ({setting}): location {url} with alias {root}/ serves them.',
  },
  docs: {
    summary: "Django's static or uploaded files are there, and neither nginx nor Django serves them.",
    why: 'runserver serves static files by itself, and static() in urls.py does with DEBUG on. In production that is for nginx to do: without a location for STATIC_URL or MEDIA_URL the requests reach Django, which has no pattern for them. Said where DEBUG is off for certain, all patterns are literal, and the folder has files.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn wsgi
-- srv/app/settings.py --
MIDDLEWARE = []
ROOT_URLCONF = "urls"
STATIC_URL = "/static/"
STATIC_ROOT = "/srv/app/static"
-- srv/app/urls.py --
urlpatterns = []
-- srv/app/wsgi.py --
application = get_wsgi_application()
-- srv/app/static/site.css --
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        alias /srv/app/static/;
    }
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn wsgi
-- srv/app/settings.py --
MIDDLEWARE = []
ROOT_URLCONF = "urls"
STATIC_URL = "/static/"
STATIC_ROOT = "/srv/app/static"
-- srv/app/urls.py --
urlpatterns = []
-- srv/app/wsgi.py --
application = get_wsgi_application()
-- srv/app/static/site.css --
`,
    sources: [
      'https://docs.djangoproject.com/en/stable/howto/static-files/deployment/',
      'static() in django/conf/urls/static.py',
    ],
  },

  check({ server, around }, report) {
    const { host } = around;
    if (!server.complete) return;
    for (const pass of passesIn(server)) {
      const app = appBehind(around, pass.item)?.app;
      const settings = app && djangoSettings(app, host);
      if (!app || !settings) continue;
      const debug = djangoSetting(settings, 'DEBUG') ?? false;
      const routes = debug === false && !isBelow(pass) ? appRoutes(app, host) : undefined;
      const moved = djangoSetting(settings, 'FORCE_SCRIPT_NAME') ?? app.environment('SCRIPT_NAME') ?? null;
      if (!routes || moved !== null) continue;
      // What comes without TLS is sent on to where it is spoken before anybody looks for a file.
      if (!takesTls(server) && (djangoSetting(settings, 'SECURE_SSL_REDIRECT') ?? false) !== false) continue;
      for (const { url: urlName, root: rootName } of DJANGO_FILES) {
        const [url, root] = [localUrl(djangoSetting(settings, urlName)), djangoSetting(settings, rootName)];
        if (url === undefined || url === '/' || typeof root !== 'string' || !root.startsWith('/')) continue;
        const kept = hostPath(root);
        const name = namesIn(kept, host)[0];
        if (name === undefined || takesBelow(routes, url) || namesFolder(server, kept)) continue;
        const location = findLocation(server, url + name)?.location?.block;
        const inPass = location ? location.directives.some((it) => it.item === pass.item) : pass.within === server;
        if (!inPass || location?.first('try_files') || location?.first('rewrite')) continue;
        const set = placeOfSetting(settings, rootName);
        const before = location?.directive?.item ?? pass.item;
        const indent = indentOf(before);
        report({
          at: placeOfArg(pass.item, 1),
          say: 'nobody',
          with: { url, name, root: kept, setting: rootName },
          related: set ? [{ at: set, text: `${rootName} is set here` }] : [],
          fixes: [
            {
              title: `Serve ${url} from ${kept}`,
              applicability: 'suggested',
              edits: [
                {
                  at: { node: before, start: 0, end: 0 },
                  text: `location ${url} {\n${indent}    alias ${kept}/;\n${indent}}\n\n${indent}`,
                },
              ],
            },
          ],
        });
      }
      return;
    }
  },
});

function takesTls(server: Block): boolean {
  return server.all('listen').some((it) => it.args.includes('ssl', 1));
}

/** Another URI than the client's is asked for. */
function isBelow({ name, args }: Directive): boolean {
  return name !== 'uwsgi_pass' && parsePassTarget(args[0] ?? '', true).uri !== undefined;
}

/** Whether some location serves from the folder all the same: behind a login, by X-Accel-Redirect. */
function namesFolder(block: Block, folder: HostPath): boolean {
  return block.directives.some((it) => {
    if (it.body) return namesFolder(it.body, folder);
    if (it.name !== 'alias' && it.name !== 'root') return false;
    const named = it.args[0] ?? '';
    return named.includes('$') || `${hostPath(named)}/`.startsWith(`${folder}/`);
  });
}
