import { hostPath } from '../../base/hostPath.js';
import { namesIn } from '../../deployment/servedFiles.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { placeOfHead, placeOfItem } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** What a page asks for together with itself. */
const PART = /\.(?:css|m?js|svg|png|jpe?g|gif|webp|avif|woff2?|ico)$/i;
/** Requests a second, each of which is let in only when so much time has gone by. */
const SLOW = 10;

export default defineRule({
  id: 'nginx/limit-without-burst',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['limit_req'],
  messages: {
    none: 'Pages come without their parts: nginx answers {status} to all but one request of a client in {pause} ms, and browsers ask for {page} and {part} at once. Add burst=20 nodelay, or keep the limit to locations that are asked one by one.',
  },
  docs: {
    summary: 'A limit of requests without burst on a page and on its parts.',
    why: 'A rate of 1r/s lets one request in, and refuses the next until a second has gone by: without burst= nobody waits. A browser asks for a page, its styles and its pictures at the same time. Said where the root holds pages and their parts, and both come under one limit per client.',
    bad: `-- etc/nginx/nginx.conf --
events {
}
http {
    limit_req_zone $binary_remote_addr zone=perip:10m rate=1r/s;
    server {
        root /srv/site;
        limit_req zone=perip;
    }
}
-- srv/site/index.html --
-- srv/site/site.css --
`,
    good: `-- etc/nginx/nginx.conf --
events {
}
http {
    limit_req_zone $binary_remote_addr zone=perip:10m rate=1r/s;
    server {
        root /srv/site;
        limit_req zone=perip burst=20 nodelay;
    }
}
-- srv/site/index.html --
-- srv/site/site.css --
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_limit_req_module.html#limit_req',
      'ngx_http_limit_req_lookup() in src/http/modules/ngx_http_limit_req_module.c',
    ],
  },

  check({ server, around }, report) {
    const root = server.first('root')?.args[0];
    const http = server.parent;
    if (!http || !root?.startsWith('/') || root.includes('$') || !server.complete) return;
    const names = namesIn(hostPath(root), around.host);
    const page = names.find((it) => it.endsWith('.html') && isServed(server, `/${it}`));
    const by = page === undefined ? undefined : limitOn(server, `/${page}`);
    const part = by && names.find((it) => PART.test(it) && limitOn(server, `/${it}`) === by);
    if (!by || page === undefined || part === undefined || by.args.some((it) => it.startsWith('burst='))) return;
    const zone = /^zone=([^:]+)$/.exec(by.args.find((it) => it.startsWith('zone=')) ?? '')?.[1];
    const made = http.all('limit_req_zone').find((it) => it.args.some((one) => one.startsWith(`zone=${zone}:`)));
    const [, count, unit] = /^rate=(\d+)r\/([sm])$/.exec(made?.args.at(-1) ?? '') ?? [];
    const rate = Number(count) / (unit === 'm' ? 60 : 1);
    // A key of another kind may be empty for most, who are then not counted.
    if (!/^\$(?:binary_)?remote_addr$/.test(made?.args[0] ?? '') || !(rate > 0 && rate < SLOW)) return;
    if (inForce(server, 'limit_req_dry_run').directives[0]?.args[0] === 'on') return;
    const status = Number(inForce(server, 'limit_req_status').directives[0]?.args[0] ?? 503);
    const end = { ...placeOfItem(by.item), start: placeOfHead(by.item).end };
    report({
      at: placeOfHead(by.item),
      say: 'none',
      with: { status, pause: Math.round(1000 / rate), page, part },
      related: [{ at: placeOfHead(made!.item), text: 'the rate' }],
      fixes: [
        {
          title: 'Let 20 requests come at once',
          applicability: 'suggested',
          edits: [{ at: { ...end, end: end.start }, text: ' burst=20 nodelay' }],
        },
      ],
    });
  },
});

/** Whether nginx itself sends the file for this URI: nothing passes it on. */
function isServed(server: Block, uri: string): boolean {
  const found = findLocation(server, uri);
  return (
    found !== undefined &&
    !found.block.directives.some(
      (it) => /_pass$|^(?:return|rewrite|alias|root)$/.test(it.name) && found.block !== server,
    )
  );
}

/** The limit that counts for a URI, where it is the only one. */
function limitOn(server: Block, uri: string) {
  const found = findLocation(server, uri);
  if (!found || !isServed(server, uri)) return undefined;
  const { directives, certain } = inForce(found.block, 'limit_req');
  return certain && directives.length === 1 ? directives[0] : undefined;
}
