import { takesBelow } from '../../deployment/appRoutes.js';
import { isBareMount, mountedApp, mountsIn } from '../../deployment/mountedApps.js';
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
    for (const mount of mountsIn(server)) {
      const { pass, uri, path } = mount;
      const mounted = uri === undefined || uri === '/' ? mountedApp(mount, around) : undefined;
      if (!mounted) continue;
      const { routes } = mounted;
      const { framework, where: file, rules } = routes;
      const prefix = path.replace(/\/$/, '');
      const place = { at: placeOfArg(pass.item, 1), related: [{ at: mount.at, text: 'the path' }] };
      if (uri === '/' && pass.within.complete && pass.within.all('rewrite').length === 0) {
        // One that is a variable from the start takes anything.
        if (rules.length > 0 && rules.every((it) => it === prefix || it.startsWith(`${prefix}/`)))
          report({ ...place, say: 'removed', with: { framework, prefix, file } });
      } else if (uri === undefined && isBareMount(mount, mounted, server) && !takesBelow(routes, prefix))
        report({ ...place, say: 'kept', with: { framework, prefix, file } });
    }
  },
});
