import type { Protocol } from '../../apps/appCommand.js';
import { addressText, answers } from '../../base/address.js';
import type { Fix } from '../../base/fix.js';
import type { Listener } from '../../deployment/deployment.js';
import type { Connection } from '../../deployment/nginxSide.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/protocol-mismatch',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    mismatch:
      'nginx will answer 502, 504 or 400: it speaks {spoken} to {address}, where {server} ({unit}) understands {expected}.',
    tlsToPlain:
      'nginx will answer 502 or 504: it opens a TLS connection to {address}, where {server} ({unit}) speaks plain HTTP.',
    plainToTls: 'nginx will answer 502: it speaks plain HTTP to {address}, where {server} ({unit}) expects TLS.',
  },
  docs: {
    summary: 'nginx speaks another protocol to a program than the program understands.',
    why: 'Both sides listen and connect, but the first bytes make no sense to the program; it closes the connection (502), waits for more until nginx gives up (504), or answers that it does not understand (400).',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://127.0.0.1:3031;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/uwsgi --socket 127.0.0.1:3031 --wsgi-file app.py
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        uwsgi_pass 127.0.0.1:3031;
    }
}
-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/uwsgi --socket 127.0.0.1:3031 --wsgi-file app.py
`,
    sources: [
      'https://uwsgi-docs.readthedocs.io/en/latest/HTTP.html',
      'https://nginx.org/en/docs/http/ngx_http_uwsgi_module.html#uwsgi_pass',
    ],
  },

  check(view, report) {
    if (view.part !== 'connection') return;
    const { connection, around } = view;
    const there = around.listenersFor(connection.address);
    const listener = there[0];
    const spoken = spokenBy(connection, listener?.app?.server);
    // Of several that may answer nobody knows which one does.
    if (!spoken || there.length !== 1 || !listener?.protocol || !listener.app) return;
    if (answers(listener.address, connection.address) !== true || spoken === listener.protocol) return;
    const address = addressText(connection.address);
    const names = { address, server: listener.app.server, unit: listener.unit.name.full };
    const related = [{ at: listener.at, text: `${listener.app.server} listens here` }];
    const fixes = fixFor(connection, listener, spoken);
    const finding = { at: connection.connector.at, related, fixes };
    if (spoken === 'https' && listener.protocol === 'http') report({ ...finding, say: 'tlsToPlain', with: names });
    else if (spoken === 'http' && listener.protocol === 'https') report({ ...finding, say: 'plainToTls', with: names });
    else report({ ...finding, say: 'mismatch', with: { ...names, spoken, expected: listener.protocol } });
  },
});

/** What a directive speaks; undefined for memcached, and for gRPC where the server knows HTTP/2 without TLS. */
function spokenBy({ connector }: Connection, server: string | undefined): Protocol | 'grpc' | undefined {
  switch (connector.directive) {
    case 'proxy_pass':
      return connector.target.scheme === 'https://'
        ? 'https'
        : connector.target.scheme === 'http://'
          ? 'http'
          : undefined;
    case 'grpc_pass':
      return connector.target.scheme === 'grpcs://' || HTTP2.has(server ?? '') ? undefined : 'grpc';
    case 'uwsgi_pass':
      return connector.target.scheme === 'suwsgi://' ? undefined : 'uwsgi';
    case 'fastcgi_pass':
      return 'fastcgi';
    case 'scgi_pass':
      return 'scgi';
    default:
      return undefined;
  }
}

/** Servers that take HTTP/2 without TLS, and programs that may be anything. */
const HTTP2 = new Set(['hypercorn', 'node', '']);

function fixFor({ connector }: Connection, listener: Listener, spoken: Protocol | 'grpc'): Fix[] {
  const expected = listener.protocol!;
  const { item, text, target, at } = connector;
  if (item.words[1]!.quote !== '') return [];
  const rest = text.slice(target.scheme.length);
  if (spoken.startsWith('http') && expected.startsWith('http'))
    return [{ title: `Speak ${expected}`, applicability: 'suggested', edits: [{ at, text: `${expected}://${rest}` }] }];
  if (target.uri !== undefined) return [];
  const directive = expected.startsWith('http') ? 'proxy_pass' : `${expected}_pass`;
  const argument = expected.startsWith('http') ? `${expected}://${rest}` : rest;
  const name = { node: item, start: 0, end: connector.directive.length };
  const edits = [
    { at: name, text: directive },
    { at, text: argument },
  ];
  const title = `Use ${directive}, which speaks ${expected}`;
  return [{ title, applicability: 'suggested', edits }];
}
