import { appBehind, hostLines, refusesTwoHosts } from '../../deployment/proxiedRequest.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { placeOfArg, placeOfItem } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/host-sent-twice',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    refused:
      '{app} will answer 400: nginx sends Host twice, for each proxy_set_header adds one. Leave out this line or the other.',
    twice:
      'nginx sends Host twice, for each proxy_set_header adds one, and many apps answer 400 to that. Leave out this line or the other.',
  },
  docs: {
    summary: 'Two proxy_set_header lines for Host, which an include brings or not, are both sent.',
    why: 'proxy_set_header lines of one block do not replace each other. HTTP asks a server to answer 400 to a request with two Host lines: uvicorn and hypercorn do, and gunicorn hands both over in one, which Django refuses.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location / {
        include proxy_params;
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/nginx/proxy_params --
proxy_set_header Host $http_host;
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/uvicorn main:app
-- srv/app/main.py --
app = make()
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    location / {
        include proxy_params;
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/nginx/proxy_params --
proxy_set_header Host $http_host;
-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/uvicorn main:app
-- srv/app/main.py --
app = make()
`,
    sources: [
      'https://www.rfc-editor.org/rfc/rfc9112#section-3.2',
      'ngx_http_proxy_init_headers() in src/http/modules/ngx_http_proxy_module.c',
    ],
  },

  check({ server, around }, report) {
    const seen = new Set<object>();
    for (const pass of passesIn(server)) {
      if (pass.name !== 'proxy_pass') continue;
      const hosts = hostLines(pass.within);
      if (hosts.length < 2) continue;
      // The line of the site's own file is the one to leave out.
      const own = hosts.findLast((it) => it.within === pass.within && it.item.parent === pass.item.parent);
      const at = own ?? hosts.at(-1)!;
      if (seen.has(at.item)) continue;
      seen.add(at.item);
      const app = appBehind(around, pass.item)?.app;
      const refuses = app && refusesTwoHosts(app, around.host);
      const fix = {
        title: 'Leave out this line',
        applicability: 'suggested' as const,
        edits: [{ at: placeOfItem(at.item), text: '' }],
      };
      const place = {
        at: placeOfArg(at.item, 1),
        related: hosts.filter((it) => it !== at).map((it) => ({ at: placeOfArg(it.item, 1), text: 'the other one' })),
        fixes: [fix],
      };
      if (refuses) report({ ...place, say: 'refused', with: { app: refuses }, severity: sure(refuses) });
      else report({ ...place, say: 'twice', severity: 'information' });
    }
  },
});

/** uvicorn with httptools takes it. */
const sure = (app: string) => (app === 'uvicorn' ? 'warning' : 'error');
