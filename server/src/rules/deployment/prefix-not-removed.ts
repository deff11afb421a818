import { appRoutes, takesBelow } from '../../deployment/appRoutes.js';
import { appBehind, headerSent } from '../../deployment/proxiedRequest.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/prefix-not-removed',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    kept: '{framework} will answer 404 to everything below {prefix}: nginx passes the path as it is, and no route of {file} begins so. With location {prefix}/ and a slash at the end of proxy_pass nginx takes {prefix} away.',
    removed:
      '{framework} will answer 404 to everything below {prefix}: the URI in proxy_pass takes {prefix} away, and each route of {file} begins with it. Without the slash at its end nginx passes the path as it is.',
  },
  docs: {
    summary: 'An app is mounted below a path that its routes do not know.',
    why: 'Without a URI in proxy_pass nginx passes the whole path on. An app that has its routes at / then answers 404. Either nginx takes the prefix away, or the app is told of it: SCRIPT_NAME for gunicorn, APPLICATION_ROOT with a middleware. Said where all routes of the app are literal in one file.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location /myapp {
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


@app.route("/users")
def users():
    return "users"
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location /myapp/ {
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


@app.route("/users")
def users():
    return "users"
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
      'https://flask.palletsprojects.com/en/stable/deploying/proxy_fix/',
    ],
  },

  check({ server, around }, report) {
    const { host } = around;
    for (const pass of passesIn(server)) {
      const target = pass.args[0] ?? '$';
      if (pass.name !== 'proxy_pass' || pass.within.name !== 'location' || target.includes('$')) continue;
      const match = locationMatch(pass.within.directive?.args ?? []);
      const prefix = match?.text.replace(/\/$/, '') ?? '';
      if (!match || !/^(?:prefix|noRegex)$/.test(match.kind) || !/^\/[\w./-]+$/.test(prefix)) continue;
      const app = appBehind(around, pass.item)?.app;
      const routes = app && appRoutes(app, host);
      if (routes && takesAway(pass, match.text)) {
        const { framework, where: file, rules } = routes;
        // One that is a variable from the start takes anything.
        if (rules.length === 0 || !rules.every((it) => it === prefix || it.startsWith(`${prefix}/`))) continue;
        const related = [{ at: placeOfArg(pass.within.directive!.item, 1), text: 'the path' }];
        report({ at: placeOfArg(pass.item, 1), say: 'removed', with: { framework, prefix, file }, related });
        continue;
      }
      // A URI, or a rewrite, changes what is passed.
      if (/^https?:\/\/(?:unix:[^:]*:|(?!unix:)[^/]*)\//.test(target)) continue;
      if (!pass.within.complete || [pass.within, server].some((it) => it.all('rewrite').length > 0)) continue;
      if (!app || !routes || app.environment('SCRIPT_NAME') !== undefined) continue;
      const sent = headerSent(pass.within, 'script_name');
      if (!sent.known || sent.value !== undefined || takesBelow(routes, prefix)) continue;
      report({
        at: placeOfArg(pass.item, 1),
        say: 'kept',
        with: { framework: routes.framework, prefix, file: routes.where },
        related: [{ at: placeOfArg(pass.within.directive!.item, 1), text: 'the path' }],
      });
    }
  },
});

/** `location /api/ { proxy_pass http://app/; }`, and nothing else that changes the path. */
function takesAway({ args, within }: Directive, prefix: string): boolean {
  const uri = /^https?:\/\/(?:unix:[^:]*:|(?!unix:)[^/]*)(\/.*)$/.exec(args[0]!)?.[1];
  return uri === '/' && prefix !== '/' && within.complete && within.all('rewrite').length === 0;
}
