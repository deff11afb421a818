import { isBareMount, mountedApp, mountsIn } from '../../deployment/mountedApps.js';
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
    for (const mount of mountsIn(server)) {
      const { pass, target, uri, path, at } = mount;
      const mounted = uri === '/' ? mountedApp(mount, around) : undefined;
      if (!mounted || !isBareMount(mount, mounted, server)) continue;
      const { framework, where: file, rules } = mounted.routes;
      const prefix = path.replace(/\/$/, '');
      // One that is a variable from the start takes anything.
      if (rules.length === 0 || !rules.every((it) => it === prefix || it.startsWith(`${prefix}/`))) continue;
      report({
        at: placeOfArg(pass.item, 1),
        say: 'gone',
        with: { framework, prefix, file },
        related: [{ at, text: 'the path' }],
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
