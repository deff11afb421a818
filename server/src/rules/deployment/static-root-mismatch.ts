import type { Fix } from '../../base/fix.js';
import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { type DjangoSettings, djangoSettings } from '../../deployment/appModule.js';
import { djangoSetting, placeOfSetting } from '../../deployment/django.js';
import { DJANGO_FILES, localUrl } from '../../deployment/djangoFiles.js';
import { appBehind } from '../../deployment/proxiedRequest.js';
import { type HostView, isAbsent } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationAround } from '../../nginx/effective/files.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/static-root-mismatch',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    elsewhere:
      'nginx will answer 404: for {url} it looks in {directory}, where no files are, and Django keeps them in {root} ({setting}).',
    sources:
      'nginx will answer 404 to {url}{name} and what is below: it serves {directory}, one of STATICFILES_DIRS, from which collectstatic copies. All files together are in {root} ({setting}).',
  },
  docs: {
    summary: 'nginx looks for static or uploaded files in another folder than Django keeps them in.',
    why: 'collectstatic copies into STATIC_ROOT, and uploads go to MEDIA_ROOT. nginx has to serve STATIC_URL and MEDIA_URL from there; from anywhere else it answers 404, and pages come without style.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        alias /srv/app/static/;
    }
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
STATIC_URL = "static/"
STATIC_ROOT = "/srv/app/staticfiles"
-- srv/app/wsgi.py --
application = get_wsgi_application()
-- srv/app/static kind=directory --
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        alias /srv/app/staticfiles/;
    }
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
STATIC_URL = "static/"
STATIC_ROOT = "/srv/app/staticfiles"
-- srv/app/wsgi.py --
application = get_wsgi_application()
-- srv/app/staticfiles kind=directory --
`,
    sources: [
      'https://docs.djangoproject.com/en/stable/howto/static-files/deployment/',
      'ngx_http_map_uri_to_path() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ server, around }, report) {
    const { host } = around;
    for (const pass of passesIn(server)) {
      const app = appBehind(around, pass.item)?.app;
      const settings = app && djangoSettings(app, host);
      if (!settings) continue;
      for (const { url: urlName, root: rootName } of DJANGO_FILES) {
        const [url, root] = [localUrl(djangoSetting(settings, urlName)), djangoSetting(settings, rootName)];
        if (url === undefined || typeof root !== 'string' || !root.startsWith('/')) continue;
        const served = servedFrom(server, url);
        const kept = hostPath(root);
        if (!served || served.directory === kept) continue;
        const set = placeOfSetting(settings, rootName);
        const place = {
          at: placeOfArg(served.by.item, 1),
          related: set ? [{ at: set, text: `${rootName} is set here` }] : [],
          fixes: fixFor(served.by, url, kept),
        };
        const known = { url, directory: served.directory, root: kept, setting: rootName };
        if (hasNoFiles(host, served.directory)) report({ ...place, say: 'elsewhere', with: known });
        else if (rootName === 'STATIC_ROOT' && isSource(settings, served.directory)) {
          const names = host.list(kept);
          const name = ((names.known && names.value) || []).find((it) =>
            isAbsent(joinPath(served.directory, it), host),
          );
          if (name !== undefined) report({ ...place, say: 'sources', with: { ...known, name } });
        }
      }
      return;
    }
  },
});

/** Where nginx looks for files below a URL, and the directive that says so. Undefined where a program answers, or in doubt. */
function servedFrom(server: Block, url: string): { directory: HostPath; by: Directive } | undefined {
  const found = findLocation(server, `${url}x`);
  const block = found?.location?.block;
  if (!block || passesIn(block).length > 0 || block.first('return') || block.first('rewrite')) return undefined;
  // Its last word may be the app.
  if (block.first('try_files') || !block.complete) return undefined;
  const { directives, certain } = inForce(block, 'root');
  const by = directives[0];
  const value = by?.args[0];
  if (!by || !certain || !value?.startsWith('/') || value.includes('$')) return undefined;
  if (by.name === 'root') return { directory: hostPath(value + url), by };
  const match = locationMatch(locationAround(by.within)?.args ?? []);
  if (!match || match.kind === 'regex' || match.kind === 'regexAnyCase' || !url.startsWith(match.text))
    return undefined;
  return { directory: hostPath(value + url.slice(match.text.length)), by };
}

/** One of the folders that collectstatic copies from. */
function isSource(settings: DjangoSettings, directory: HostPath): boolean {
  const folders = djangoSetting(settings, 'STATICFILES_DIRS');
  if (!Array.isArray(folders)) return false;
  return folders.some((it) => typeof it === 'string' && it.startsWith('/') && hostPath(it) === directory);
}

function hasNoFiles(host: HostView, directory: HostPath): boolean {
  const names = host.list(directory);
  return names.known && (names.value ?? []).length === 0;
}

function fixFor(by: Directive, url: string, kept: HostPath): Fix[] {
  const at = placeOfArg(by.item, 1);
  const title = `Serve ${url} from ${kept}`;
  const own = locationMatch(locationAround(by.within)?.args ?? [])?.text === url && by.within.name === 'location';
  if (by.name === 'alias') return own ? [{ title, applicability: 'suggested', edits: [{ at, text: `${kept}/` }] }] : [];
  if (`${kept}/`.endsWith(url) && kept.length > url.length)
    return [{ title, applicability: 'suggested', edits: [{ at, text: kept.slice(0, kept.length + 1 - url.length) }] }];
  if (!own) return [];
  const name = { node: by.item, start: 0, end: 'root'.length };
  const edits = [
    { at: name, text: 'alias' },
    { at, text: `${kept}/` },
  ];
  return [{ title, applicability: 'suggested', edits }];
}
