import { flaskApp } from '../../deployment/flaskApp.js';
import { nginxWaits, placeOfTimeout, wordOfTimeout } from '../../deployment/patience.js';
import { appBehind } from '../../deployment/proxiedRequest.js';
import { impatience, sleepsAt, wholeApp } from '../../deployment/slowApp.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import type { PyFunction } from '../../syntax/pythonModule.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/slow-app',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    nginx:
      'Clients will get 504: {name}() sleeps for {takes} s, and nginx waits for {waits} s. Set proxy_read_timeout to more.',
    gunicorn:
      'Clients will get 502: {name}() sleeps for {takes} s, and gunicorn ends a worker that is silent for {waits} s. Set its timeout to more.',
  },
  docs: {
    summary: 'A function of the app sleeps longer than nginx or gunicorn wait for an answer.',
    why: 'nginx answers 504 after proxy_read_timeout (60 s unless set). gunicorn ends a sync worker after its timeout (30 s unless set), and nginx answers 502.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location / {
        proxy_read_timeout 5s;
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main
-- srv/app/main.py --
import time


def application(environ, start_response):
    time.sleep(10)
    return []
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location / {
        proxy_read_timeout 15s;
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main
-- srv/app/main.py --
import time


def application(environ, start_response):
    time.sleep(10)
    return []
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
      'Arbiter.murder_workers() in gunicorn/arbiter.py',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      if (pass.name !== 'proxy_pass') continue;
      const app = appBehind(around, pass.item)?.app;
      if (!app) continue;
      const { host } = around;
      const whole = wholeApp(app, host);
      const views = whole ? [whole] : (flaskApp(app, host)?.module.functions ?? []);
      // Functions that nothing decorates may be called by nobody.
      const takenBy = (it: PyFunction) => it.sleeps + (whole ? sleepsAt(it) : 0);
      const slow = views.find((it) => takenBy(it) > 0 && (whole || it.decorators.length > 0));
      const given = slow && impatience(app, pass, takenBy(slow));
      if (!slow || !given) continue;
      const names = { name: slow.name, takes: takenBy(slow), waits: given.waits };
      const longer = Math.ceil(names.takes) + 10;
      if (given.who === 'nginx') {
        const directive = 'proxy_read_timeout';
        const [set] = pass.within.all(directive);
        const fixes = [nginxWaits(pass, set, directive, longer)];
        report({ at: placeOfArg((set ?? pass).item, 1), say: 'nginx', with: names, fixes });
      } else {
        const word = wordOfTimeout(app);
        const title = `Let gunicorn wait ${longer} s`;
        report({
          at: placeOfArg(pass.item, 1),
          say: 'gunicorn',
          with: names,
          related: [{ at: placeOfTimeout(app), text: 'gunicorn is given its timeout here' }],
          fixes: word ? [{ title, applicability: 'suggested', edits: [{ at: word, text: String(longer) }] }] : [],
        });
      }
    }
  },
});
