import { nodeAnswer, nodePaths, nodeScript } from '../../deployment/nodeAnswer.js';
import { appBehind, headerBuffer } from '../../deployment/proxiedRequest.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { indentOf, placeOfHead, placeOfItem } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/headers-exceed-buffer',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['proxy_pass'],
  messages: {
    large:
      'nginx will answer 502 to {path}: the headers of its answer have {size} bytes, and the buffer for them {buffer} (proxy_buffer_size). The log says "upstream sent too big header".',
  },
  docs: {
    summary: 'An app sends more headers than nginx has a buffer for.',
    why: 'nginx reads the headers of an answer into one buffer of proxy_buffer_size, which is a page of memory (4k) unless set. A long cookie or Content-Security-Policy does not fit, and the client gets 502. Said where the handler of a node program sets headers of that length literally.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:3080;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/node /srv/app/server.js
-- srv/app/server.js --
const http = require('http');

http.createServer((req, res) => {
  if (req.url === '/login') res.setHeader('Set-Cookie', 'token=' + 'a'.repeat(9000));
  res.end('hello');
}).listen(3080);
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_buffer_size 16k;
        proxy_buffers 8 16k;
        proxy_pass http://127.0.0.1:3080;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/node /srv/app/server.js
-- srv/app/server.js --
const http = require('http');

http.createServer((req, res) => {
  if (req.url === '/login') res.setHeader('Set-Cookie', 'token=' + 'a'.repeat(9000));
  res.end('hello');
}).listen(3080);
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffer_size',
      'ngx_http_upstream_process_header() in src/http/ngx_http_upstream.c',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      const app = pass.name === 'proxy_pass' ? appBehind(around, pass.item)?.app : undefined;
      const script = app && nodeScript(app, around.host);
      const buffer = script && headerBuffer(pass);
      if (!script || buffer === undefined) continue;
      const all = nodePaths(script).map((path) => ({ path, size: nodeAnswer(script, 'GET', path)?.headers ?? 0 }));
      const great = all.find(({ size }) => size > buffer);
      if (!great) continue;
      const size = Math.ceil((great.size + 1024) / 4096) * 4;
      const names = ['proxy_buffer_size', 'proxy_buffers', 'proxy_busy_buffers_size'];
      // Set by somebody, each of them has to fit the others.
      const isFree = names.every((it) => pass.within.all(it).length + server.all(it).length === 0);
      const indent = indentOf(pass.item);
      const end = placeOfItem(pass.item);
      const text = `\n${indent}proxy_buffer_size ${size}k;\n${indent}proxy_buffers 8 ${size}k;`;
      report({
        at: placeOfHead(pass.item),
        say: 'large',
        with: { ...great, buffer },
        fixes: isFree
          ? [
              {
                title: `Set proxy_buffer_size to ${size}k`,
                applicability: 'suggested',
                edits: [{ at: { ...end, start: end.end }, text }],
              },
            ]
          : [],
      });
    }
  },
});
