import { answerTo } from '../../deployment/appPages.js';
import { appBehind } from '../../deployment/proxiedRequest.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/auth-request-lost',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['auth_request'],
  messages: {
    lost: 'nginx will answer 500 to whatever {guard} guards: {app} answers {status} to {uri}, and of auth_request only 2xx lets in and only 401 and 403 keep out.',
  },
  docs: {
    summary: 'The app that auth_request asks has no answer there.',
    why: 'ngx_http_auth_request_handler() lets a request in on 2xx and refuses it on 401 and 403; any other status of the subrequest is `auth request unexpected status` in the log and 500 for the client. Said where the app’s routes are literal.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        auth_request /_verify;
        root /srv/site;
    }
    location = /_verify {
        internal;
        proxy_pass http://127.0.0.1:4180/verify;
    }
}
-- etc/systemd/system/gate.service --
[Service]
ExecStart=/usr/bin/node /srv/gate/index.js
-- srv/gate/index.js --
const http = require('http');

http.createServer((req, res) => {
  res.writeHead(req.url === '/auth/verify' ? 204 : 404);
  res.end();
}).listen(4180);
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        auth_request /_verify;
        root /srv/site;
    }
    location = /_verify {
        internal;
        proxy_pass http://127.0.0.1:4180/auth/verify;
    }
}
-- etc/systemd/system/gate.service --
[Service]
ExecStart=/usr/bin/node /srv/gate/index.js
-- srv/gate/index.js --
const http = require('http');

http.createServer((req, res) => {
  res.writeHead(req.url === '/auth/verify' ? 204 : 404);
  res.end();
}).listen(4180);
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_auth_request_module.html',
      'ngx_http_auth_request_handler() in src/http/modules/ngx_http_auth_request_module.c',
    ],
  },

  check({ server, around }, report) {
    const told = new Set<Directive['item']>();
    for (const guard of guardsIn(server)) {
      const asked = guard.args[0] ?? '';
      if (!/^\/[\w./-]*$/.test(asked)) continue;
      const block = findLocation(server, asked)?.block;
      const pass = block?.first('proxy_pass');
      const uri = pass && block && uriFor(pass, block, asked);
      if (!pass || uri === undefined || told.has(pass.item)) continue;
      const app = appBehind(around, pass.item)?.app;
      const status = app && answerTo(app, around.host, 'GET', uri);
      if (!app || status === undefined || status < 300 || status === 401 || status === 403) continue;
      told.add(pass.item);
      report({
        at: placeOfArg(pass.item, 1),
        say: 'lost',
        with: { guard: `"auth_request ${asked}"`, app: app.unit.name.full, status, uri },
        related: [{ at: placeOfHead(guard.item), text: 'who is asked' }],
      });
    }
  },
});

function guardsIn(block: Block): Directive[] {
  return block.directives.flatMap((it) =>
    it.name === 'auth_request' ? [it] : it.name === 'location' && it.body ? guardsIn(it.body) : [],
  );
}

/** What the app is asked for; undefined where something else than proxy_pass has a say. */
function uriFor({ args }: Directive, block: Block, asked: string): string | undefined {
  const target = args[0] ?? '$';
  const [, rest = ''] = /^https?:\/\/[^/]+(\/.*)?$/.exec(target) ?? [];
  const match = block.directive && locationMatch(block.args);
  const isBare = !block.directives.some((it) => /^(?:rewrite|set|if|return)$/.test(it.name));
  if (!isBare || !block.complete || !match || /\$|unix:/.test(target)) return undefined;
  return rest === '' ? asked : rest + asked.slice(match.text.length);
}
