import { appBehind, headerSent } from '../../deployment/proxiedRequest.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { listOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/script-name-removed',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    removed:
      'gunicorn will answer 500: with SCRIPT_NAME={name} it takes {name} off each path itself, and nginx passes {passed} without it. Leave the URI at the end of proxy_pass away, or SCRIPT_NAME.',
  },
  docs: {
    summary: 'nginx takes away the path that gunicorn is told to take away.',
    why: 'gunicorn cuts SCRIPT_NAME off the path of each request and fails where it is not there. A slash at the end of proxy_pass lets nginx replace the same prefix before.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location /wiki/ {
        proxy_pass http://127.0.0.1:8000/;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=SCRIPT_NAME=/wiki
ExecStart=/usr/bin/gunicorn wiki:app
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location /wiki/ {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=SCRIPT_NAME=/wiki
ExecStart=/usr/bin/gunicorn wiki:app
`,
    sources: [
      'create() in gunicorn/http/wsgi.py',
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      const target = pass.args[0] ?? '$';
      if (pass.name !== 'proxy_pass' || pass.within.name !== 'location' || target.includes('$')) continue;
      const uri = /^https?:\/\/(?:unix:[^:]*:|(?!unix:)[^/]*)(\/.*)$/.exec(target)?.[1];
      const match = locationMatch(pass.within.directive?.args ?? []);
      if (uri === undefined || !match || !/^(?:prefix|noRegex|exact)$/.test(match.kind)) continue;
      if (!pass.within.complete || [pass.within, server].some((it) => it.all('rewrite').length > 0)) continue;
      const app = appBehind(around, pass.item)?.app;
      const name = app?.server === 'gunicorn' ? app.environment('SCRIPT_NAME') : undefined;
      const sent = headerSent(pass.within, 'script_name');
      if (!app || !name || name === 'unknown' || !sent.known || sent.value !== undefined) continue;
      // What the client asked for below the prefix may bring the name again, if it is nested.
      if (uri.includes(name) || name.startsWith(uri.replace(/\/$/, '') || '//') || !match.text.includes(name)) continue;
      const set = listOf(app.unit, 'Service', 'Environment').find((it) => it.entry.value.includes('SCRIPT_NAME='));
      report({
        at: placeOfArg(pass.item, 1),
        say: 'removed',
        with: { name, passed: uri },
        related: set ? [{ at: placeOfValue(set.entry), text: 'it is set here' }] : [],
      });
    }
  },
});
