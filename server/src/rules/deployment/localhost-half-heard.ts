import { addressText } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import type { Listener } from '../../deployment/deployment.js';
import { isIpv6Localhost } from '../../deployment/localhost.js';
import type { Connection } from '../../deployment/nginxSide.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/localhost-half-heard',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    half: 'localhost may be ::1 as well as 127.0.0.1, and nginx then asks both in turn: every other connection is refused first ({unit} listens on {address} only), is written to the error log and tried again on the other. Connect to 127.0.0.1.',
  },
  docs: {
    summary:
      'nginx connects to localhost, and the app listens on one of the two addresses that this name may stand for.',
    why: 'nginx resolves the name when it loads and takes every address for a server of its own. The refused one is left out for fail_timeout (10 s) and tried again after it; requests come through as long as proxy_next_upstream allows another try, and get 502 where it does not.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://localhost:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8000 app.wsgi
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8000 app.wsgi
`,
    sources: [
      'ngx_inet_resolve_host() in src/core/ngx_inet.c',
      'proxy_next_upstream, max_fails and fail_timeout in the nginx documentation',
    ],
  },

  check(view, report) {
    if (view.part !== 'connection') return;
    const { connection, around } = view;
    const { address, at } = connection;
    if (address.kind !== 'tcp' || address.host !== 'localhost') return;
    const there = around.listenersFor(address);
    const [first] = there;
    if (!first || !there.every(isIpv4Only) || isIpv6Localhost(around.host) === false) return;
    report({
      at,
      say: 'half',
      with: { unit: first.unit.name.full, address: addressText(first.address) },
      related: [{ at: first.at, text: `${first.unit.name.full} listens here` }],
      fixes: fixesFor(connection, first),
    });
  },
});

function isIpv4Only({ address }: Listener): boolean {
  return address.kind === 'tcp' && (address.host === '127.0.0.1' || address.host === '0.0.0.0');
}

/** One side or the other: nginx names the address, or a socket unit listens on the second one, too. */
function fixesFor({ at, text }: Connection, listener: Listener): Fix[] {
  const from = text.indexOf('localhost');
  const quote = (at.end - at.start - text.length) / 2;
  const fixes: Fix[] = [];
  if (from >= 0 && (quote === 0 || quote === 1)) {
    const start = at.start + quote + from;
    const place = { ...at, start, end: start + 'localhost'.length };
    fixes.push({
      title: 'Connect to 127.0.0.1',
      applicability: 'suggested',
      edits: [{ at: place, text: '127.0.0.1' }],
    });
  }
  const { address, unit } = listener;
  if (address.kind === 'tcp' && unit.name.type === 'socket') {
    const line = `ListenStream=[::1]:${address.port}`;
    const end = { ...listener.at, start: listener.at.end };
    fixes.push({
      title: `Make ${unit.name.full} listen on [::1]:${address.port}, too`,
      applicability: 'suggested',
      edits: [{ at: end, text: `\n${line}` }],
    });
  }
  return fixes;
}
