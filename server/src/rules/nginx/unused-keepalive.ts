import { directiveIn } from '../../catalog/nginx.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** The first release that speaks HTTP/1.1 to upstreams and keeps connections unless told otherwise. */
const KEEPS_BY_ITSELF = [1, 29, 7];

export default defineRule({
  id: 'nginx/unused-keepalive',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    closed:
      'keepalive of upstream {upstream} keeps nothing: {missing}, so each request opens a connection. Set proxy_http_version 1.1 and proxy_set_header Connection "".',
  },
  docs: {
    summary: 'keepalive in an upstream, and a proxy_pass that closes each connection.',
    why: 'Before 1.29.7 nginx speaks HTTP/1.0 to upstreams and sends Connection: close unless both directives are set; the pool of keepalive stays empty. Said only for targets before that.',
    bad: `-- nginx: 1.26.3 --
-- etc/nginx/nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:8000;
        keepalive 16;
    }
    server {
        location / { proxy_pass http://app; }
    }
}
`,
    good: `-- nginx: 1.26.3 --
-- etc/nginx/nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:8000;
        keepalive 16;
    }
    server {
        location / {
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive'],
  },

  check({ server, around, target }, report) {
    const { version } = target;
    if (!version || !isBefore(version, KEEPS_BY_ITSELF) || !directiveIn('keepalive', 'upstream')) return;
    for (const pass of passesIn(server)) {
      if (pass.name !== 'proxy_pass') continue;
      const upstream = around.connectionsOf(pass.item)[0]?.upstream;
      if (!upstream || !keeps(upstream.at.node as Item)) continue;
      const missing = missingIn(pass.within);
      if (missing === undefined) continue;
      report({ at: placeOfArg(pass.item, 1), say: 'closed', with: { upstream: upstream.name, missing } });
    }
  },
});

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  const at = other.findIndex((it, i) => it !== (version[i] ?? 0));
  return at >= 0 && (version[at] ?? 0) < other[at]!;
}

function keeps(upstream: Item): boolean {
  return upstream.children?.some((it) => it.name === 'keepalive' && it.args[0] !== '0') ?? false;
}

/** What is not said, or undefined where nothing is missing or that is not known. */
function missingIn(block: Block): string | undefined {
  const version = inForce(block, 'proxy_http_version');
  const headers = inForce(block, 'proxy_set_header');
  if (!version.certain || !headers.certain) return undefined;
  if (version.directives[0]?.args[0] !== '1.1') return 'proxy_pass speaks HTTP/1.0';
  const connection = headers.directives.find((it) => it.args[0]?.toLowerCase() === 'connection')?.args[1];
  return connection === undefined || connection === 'close' ? 'proxy_pass sends Connection: close' : undefined;
}
