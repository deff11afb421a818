import type { Fix } from '../../base/fix.js';
import { appBehind, headerSent } from '../../deployment/proxiedRequest.js';
import type { ServiceApp } from '../../deployment/serviceApp.js';
import type { Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { indentOf, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/websockets-not-passed',
  severity: 'information',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    lost: 'Websockets of {unit} will not open: nginx does not pass Upgrade on. If the app has any, set proxy_http_version 1.1 and the headers Upgrade and Connection.',
  },
  docs: {
    summary: 'An ASGI server behind a proxy_pass that does not pass on the request to open a websocket.',
    why: 'Upgrade and Connection are headers between two hops: nginx leaves them out, and the app answers 404 or 400 to the plain request that remains. daphne is there for websockets; for other ASGI servers it is a hint.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/daphne -p 8000 app.asgi:application
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/daphne -p 8000 app.asgi:application
`,
    sources: ['https://nginx.org/en/docs/http/websocket.html'],
  },

  check({ server, around }, report) {
    const passes = passesIn(server).filter((it) => it.name === 'proxy_pass');
    const upgraded = new Set<ServiceApp>();
    const others = new Map<ServiceApp, (typeof passes)[number]>();
    for (const pass of passes) {
      const app = appBehind(around, pass.item)?.app;
      if (!app || !speaksAsgi(app)) continue;
      const { directives, certain } = inForce(pass.within, 'proxy_set_header');
      const passed = directives.some((it) => it.args[0]?.toLowerCase() === 'upgrade');
      if (passed || !certain) upgraded.add(app);
      else if (!others.has(app)) others.set(app, pass);
    }
    for (const [app, pass] of others) {
      // One location for websockets beside one for the rest is a usual shape.
      if (upgraded.has(app)) continue;
      const severity = app.server === 'daphne' ? 'information' : 'hint';
      report({
        at: placeOfArg(pass.item, 1),
        say: 'lost',
        with: { unit: app.unit.name.full },
        severity,
        fixes: passFix(pass),
      });
    }
  },
});

function speaksAsgi({ server, command }: ServiceApp): boolean {
  if (server === 'uvicorn' || server === 'hypercorn' || server === 'daphne') return true;
  const kind = command.settings?.of('worker_class').value;
  return typeof kind === 'string' && /uvicorn|asgi/i.test(kind);
}

/** Beside the headers that are in force: in the location itself they would drop those. */
function passFix(pass: Directive): Fix[] {
  const beside = headerSent(pass.within, 'upgrade').from?.all('proxy_set_header')[0]?.item ?? pass.item;
  const lines = [
    'proxy_http_version 1.1;',
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $http_connection;',
  ];
  const text = lines.map((it) => `${it}\n${indentOf(beside)}`).join('');
  const edits = [{ at: { node: beside, start: 0, end: 0 }, text }];
  return [{ title: 'Pass websockets on', applicability: 'suggested', edits }];
}
