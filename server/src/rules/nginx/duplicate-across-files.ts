import { directiveIn, type NginxContext } from '../../catalog/nginx.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/duplicate-across-files',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    location: 'There is a location {what} in this server already, in another file. nginx will not start.',
    directive: 'nginx takes "{name}" once in a block, and another file has brought one already. nginx will not start.',
  },
  docs: {
    summary: 'A location or a directive for the second time in one block, of which an include brings the other.',
    why: 'nginx -t fails with `duplicate location` or `directive is duplicate`. Each file is right by itself.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        include to-https.conf;
        location / {
            return 200;
        }
    }
}
-- etc/nginx/to-https.conf --
location / {
    return 301 https://$host$request_uri;
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        include to-https.conf;
        location /app/ {
            return 200;
        }
    }
}
-- etc/nginx/to-https.conf --
location / {
    return 301 https://$host$request_uri;
}
`,
    sources: [
      'ngx_http_core_location() in src/http/ngx_http_core_module.c',
      'https://nginx.org/en/docs/ngx_core_module.html#include',
    ],
  },

  check({ server }, report) {
    for (const block of blocksIn(server)) {
      // Without includes all of it stands in one place, which other rules look at.
      const [first] = block.directives;
      if (!first || block.directives.every((it) => it.item.parent === first.item.parent)) continue;
      const before = new Map<string, Directive>();
      for (const it of block.directives) {
        const key = keyOf(it, block);
        if (key === undefined) continue;
        const other = before.get(key);
        if (!other) before.set(key, it);
        else if (other.item.parent !== it.item.parent) {
          const place = { at: placeOfHead(it.item), related: [{ at: placeOfHead(other.item), text: 'the first one' }] };
          if (it.name === 'location') report({ ...place, say: 'location', with: { what: it.args.join(' ') } });
          else report({ ...place, say: 'directive', with: { name: it.name } });
        }
      }
    }
  },
});

function* blocksIn(block: Block): Generator<Block> {
  yield block;
  for (const { name, body } of block.directives)
    if (body && (name === 'location' || name === 'if' || name === 'limit_except')) yield* blocksIn(body);
}

/** What nginx takes once in a block; undefined for what may stand there again. */
function keyOf({ name, args, item }: Directive, block: Block): string | undefined {
  if (name === 'location') {
    const match = locationMatch(args);
    if (match?.kind === 'exact') return `location = ${match.text}`;
    return match?.kind === 'prefix' || match?.kind === 'noRegex' ? `location ${match.text}` : undefined;
  }
  if (item.kind !== 'simple' || /^(?:listen|limit_conn|limit_req|root|alias|if)$/.test(name)) return undefined;
  const entry = directiveIn(name, block.context as NginxContext);
  return entry?.duplicate === 'error' && !entry.block && !entry.thirdParty ? name : undefined;
}
