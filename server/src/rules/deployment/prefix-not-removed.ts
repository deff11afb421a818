import { takesBelow } from '../../deployment/appRoutes.js';
import { isBareMount, mountedApp, mountsIn } from '../../deployment/mountedApps.js';
import { indentOf, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/prefix-not-removed',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    kept: '{framework} will answer 404 to everything below {prefix}: nginx passes the path as it is, and no route of {file} begins so. With location {prefix}/ and a slash at the end of proxy_pass nginx takes {prefix} away.',
    keptByPattern:
      '{framework} will answer 404 to everything below {prefix}: nginx passes the path as it is, for a proxy_pass in a location with a regular expression takes no URI, and no route of {file} begins so. A rewrite before it takes {prefix} away.',
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
    for (const mount of mountsIn(server)) {
      const mounted = mount.uri === undefined ? mountedApp(mount, around) : undefined;
      if (!mounted || !isBareMount(mount, mounted, server)) continue;
      const { routes } = mounted;
      const prefix = mount.path.replace(/\/$/, '');
      if (takesBelow(routes, prefix)) continue;
      if (mount.isPattern) {
        const { item } = mount.pass;
        const before = { ...placeOfHead(item), end: placeOfHead(item).start };
        const text = `rewrite ^${prefix}(/.*)$ $1 break;\n${indentOf(item)}`;
        report({
          at: placeOfArg(item, 1),
          say: 'keptByPattern',
          with: { framework: routes.framework, prefix, file: routes.where },
          related: [{ at: mount.at, text: 'the path' }],
          fixes: [
            { title: `Let nginx take ${prefix} away`, applicability: 'suggested', edits: [{ at: before, text }] },
          ],
        });
        continue;
      }
      report({
        at: placeOfArg(mount.pass.item, 1),
        say: 'kept',
        with: { framework: routes.framework, prefix, file: routes.where },
        related: [{ at: mount.at, text: 'the path' }],
        fixes: [
          {
            title: `Let nginx take ${prefix} away`,
            applicability: 'suggested',
            edits: [
              { at: mount.at, text: `${prefix}/` },
              {
                at: placeOfArg(mount.pass.item, 1),
                text: `${mount.target}${mount.target.includes('unix:') ? ':' : ''}/`,
              },
            ],
          },
        ],
      });
    }
  },
});
