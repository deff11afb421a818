import { answerTo } from '../../deployment/appPages.js';
import { nodePaths, nodeScript } from '../../deployment/nodeAnswer.js';
import { appBehind } from '../../deployment/proxiedRequest.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { indentOf, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/preflight-refused',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['proxy_pass'],
  messages: {
    refused:
      'Browsers will get {status} for the preflight of {location}: {app} answers so to OPTIONS, and nginx only adds headers here. Answer it in this location: if ($request_method = OPTIONS) with "return 204".',
    elsewhere:
      'Browsers will get {status} for the preflight of {location}: {app} answers so to OPTIONS, and the "if" that answers it stands in another location. It has to stand here.',
  },
  docs: {
    summary: 'nginx adds the headers of CORS, and nobody answers the preflight.',
    why: 'Before a request with a header or method of its own a browser asks with OPTIONS, and wants 2xx with the headers of CORS. An `if` in one location is not asked for requests that another one takes. Said where the handler of a node program answers OPTIONS with an error; only as information where nothing shows that preflights are meant to come.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        if ($request_method = OPTIONS) {
            return 204;
        }
        root /srv/site;
    }
    location /api/ {
        add_header Access-Control-Allow-Origin * always;
        proxy_pass http://127.0.0.1:8800;
    }
}
-- etc/systemd/system/api.service --
[Service]
ExecStart=/usr/bin/node /srv/api/server.js
-- srv/api/server.js --
const http = require('http');

http.createServer((req, res) => {
  if (req.method !== 'GET') res.statusCode = 405;
  res.end();
}).listen(8800);
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        root /srv/site;
    }
    location /api/ {
        if ($request_method = OPTIONS) {
            add_header Access-Control-Allow-Origin *;
            return 204;
        }
        add_header Access-Control-Allow-Origin * always;
        proxy_pass http://127.0.0.1:8800;
    }
}
-- etc/systemd/system/api.service --
[Service]
ExecStart=/usr/bin/node /srv/api/server.js
-- srv/api/server.js --
const http = require('http');

http.createServer((req, res) => {
  if (req.method !== 'GET') res.statusCode = 405;
  res.end();
}).listen(8800);
`,
    sources: [
      'https://fetch.spec.whatwg.org/#cors-preflight-fetch',
      'https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#if',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      const { within } = pass;
      if (pass.name !== 'proxy_pass' || within.name !== 'location' || !within.complete || answersIn(within)) continue;
      if (answersIn(server) || !addsHeaders(within)) continue;
      const app = appBehind(around, pass.item)?.app;
      const script = app && nodeScript(app, around.host);
      if (!app || !script) continue;
      const status = (path: string, method: string) => answerTo(app, around.host, method, path) ?? 0;
      const paths = [...nodePaths(script), '/x'];
      // Who answers each of its pages to GET and none to OPTIONS.
      const pages = paths.filter((it) => status(it, 'GET') >= 200 && status(it, 'GET') < 400);
      const refusals = pages.map((it) => status(it, 'OPTIONS'));
      if (pages.length === 0 || !refusals.every((it) => it >= 400)) continue;
      const other = conditionsIn(server).find((it) => it.within !== within);
      const head = within.directive!.item;
      report({
        at: placeOfHead(head),
        say: other ? 'elsewhere' : 'refused',
        severity: other ? 'warning' : 'information',
        with: { status: refusals[0]!, location: within.args.join(' '), app: app.unit.name.full },
        related: other ? [{ at: placeOfHead(other.item), text: 'the preflight is answered here' }] : [],
        fixes: preflightFix(within),
      });
    }
  },
});

function isOptions({ name, args }: Directive): boolean {
  return name === 'if' && /^\(?\$request_method/.test(args[0] ?? '') && args.some((it) => /\bOPTIONS\b/.test(it));
}

function answersIn(block: Block): boolean {
  return block.directives.some(isOptions) || block.first('limit_except') !== undefined;
}

function conditionsIn(block: Block): Directive[] {
  return block.directives.flatMap((it) =>
    isOptions(it) ? [it] : it.name === 'location' && it.body ? conditionsIn(it.body) : [],
  );
}

function addsHeaders(block: Block): boolean {
  const { directives } = inForce(block, 'add_header');
  return directives.some((it) => /^access-control-allow-/i.test(it.args[0] ?? ''));
}

function preflightFix(block: Block) {
  const [first] = block.directives;
  const own = block.all('add_header').filter((it) => /^access-control-/i.test(it.args[0] ?? ''));
  if (!first || own.length === 0) return [];
  const indent = indentOf(first.item);
  // An `if` with headers of its own has none of those around it.
  const headers = own.map(
    (it) =>
      `${indent}    add_header ${it.item.words
        .slice(1)
        .map(({ raw }) => raw)
        .join(' ')};\n`,
  );
  const methods = own.some((it) => /^access-control-allow-methods$/i.test(it.args[0]!))
    ? ''
    : `${indent}    add_header Access-Control-Allow-Methods "GET, POST, PUT, PATCH, DELETE, OPTIONS" always;\n`;
  const text = `if ($request_method = OPTIONS) {\n${headers.join('')}${methods}${indent}    return 204;\n${indent}}\n${indent}`;
  const at = { ...placeOfHead(first.item), end: placeOfHead(first.item).start };
  return [{ title: 'Answer the preflight here', applicability: 'suggested' as const, edits: [{ at, text }] }];
}
