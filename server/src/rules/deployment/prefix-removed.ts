import { appRoutes } from '../../deployment/appRoutes.js';
import { appBehind, headerSent } from '../../deployment/proxiedRequest.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/prefix-removed',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    gone: '{framework} will answer 404 to everything below {prefix}: the slash at the end of proxy_pass takes {prefix} away, and all routes of {file} begin with it. Write proxy_pass without the slash.',
  },
  docs: {
    summary: 'nginx takes a path away that the routes of the app begin with.',
    why: 'Where proxy_pass has a URI, even a slash alone, it takes the place of what the location has matched. An app whose routes are all below /api/ is then asked for /users instead of /api/users. Said where all routes of the app are literal.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location /api/ {
        proxy_pass http://127.0.0.1:8000/;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:app
-- srv/app/main.py --
from flask import Flask

app = Flask(__name__)


@app.route("/api/users")
def users():
    return "users"
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location /api/ {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:app
-- srv/app/main.py --
from flask import Flask

app = Flask(__name__)


@app.route("/api/users")
def users():
    return "users"
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass'],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      const target = pass.args[0] ?? '$';
      if (pass.name !== 'proxy_pass' || pass.within.name !== 'location' || target.includes('$')) continue;
      const match = locationMatch(pass.within.directive?.args ?? []);
      const prefix = match?.text ?? '';
      if (!match || !/^(?:prefix|noRegex)$/.test(match.kind) || !/^\/[\w./-]+\/$/.test(prefix)) continue;
      if (!/^https?:\/\/(?:unix:[^:]*:|(?!unix:)[^/]*)\/$/.test(target)) continue;
      if (!pass.within.complete || [pass.within, server].some((it) => it.all('rewrite').length > 0)) continue;
      const app = appBehind(around, pass.item)?.app;
      const routes = app && appRoutes(app, around.host);
      if (!app || !routes?.rules.length || app.environment('SCRIPT_NAME') !== undefined) continue;
      const sent = headerSent(pass.within, 'script_name');
      if (!sent.known || sent.value !== undefined || !routes.rules.every((it) => it.startsWith(prefix))) continue;
      report({
        at: placeOfArg(pass.item, 1),
        say: 'gone',
        with: { framework: routes.framework, prefix, file: routes.where },
        related: [{ at: placeOfArg(pass.within.directive!.item, 1), text: 'the path' }],
        fixes: [
          {
            title: 'Leave the path as it is',
            applicability: 'suggested',
            edits: [{ at: placeOfArg(pass.item, 1), text: target.replace(/:?\/$/, '') }],
          },
        ],
      });
    }
  },
});
