import { addressText } from '../../base/address.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/not-a-socket',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    kind: 'nginx will answer 502: {path} is a {kind}, not a socket, and no unit that can be seen listens there.',
  },
  docs: {
    summary: 'nginx connects to a path where a file or a directory stands, and no unit makes a socket of it.',
    why: 'nginx starts, and answers each request for this location with 502 Bad Gateway; its log says `connect() ... failed (111: Connection refused)`. A socket is made by the program that listens on it, never by hand.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://unix:/srv/app/app.sock;
    }
}
-- srv/app/app.sock --
made with touch
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://unix:/srv/app/app.sock;
    }
}
-- srv/app/wsgi.py --
def app(environ, start_response):
    pass
`,
    sources: ['connect(2)', 'ngx_http_upstream_connect() in src/http/ngx_http_upstream.c'],
  },

  check(view, report) {
    if (view.part !== 'connection') return;
    const { address, at } = view.connection;
    if (address.kind !== 'unix') return;
    const there = view.around.host.stat(address.path);
    const kind = there.known ? there.value?.kind : undefined;
    if ((kind === 'file' || kind === 'directory') && view.around.listenersFor(address).length === 0)
      report({ at, say: 'kind', with: { path: addressText(address), kind } });
  },
});
