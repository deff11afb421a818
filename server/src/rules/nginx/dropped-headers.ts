import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { indentOf, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/dropped-headers',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    dropped:
      'This {directive} replaces all that would be inherited: {lost} from {where} is not sent here. Repeat it, or put them all into a file that both include.',
  },
  docs: {
    summary: 'A header or parameter is lost because a block inside sets one of its own.',
    why: 'add_header, proxy_set_header, fastcgi_param and their like are inherited only if the block has none itself. A location that adds one header sends none of those of its server, so that security headers or the Host for the app are gone without a word.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    add_header X-Content-Type-Options nosniff always;
    location /api/ {
        add_header Cache-Control no-store;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    add_header X-Content-Type-Options nosniff always;
    location /api/ {
        add_header X-Content-Type-Options nosniff always;
        add_header Cache-Control no-store;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header',
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header',
    ],
  },

  check({ server }, report) {
    for (const block of blocksIn(server)) {
      for (const [name, { matters, needs }] of Object.entries(HEADERS)) {
        const own = block.all(name);
        if (own.length === 0 || !block.parent || !block.complete) continue;
        if (needs && !block.first(needs)) continue;
        if (name === 'add_header' && merges(block)) continue;
        const outer = inForce(block.parent, name);
        if (!outer.certain || !outer.from) continue;
        const kept = new Set(own.map(keyOf));
        const lost = outer.directives.filter((it) => !kept.has(keyOf(it)));
        const important = lost.filter((it) => matters.test(it.args[0] ?? ''));
        if (important.length === 0) continue;
        const first = own[0]!.item;
        const lines = lost.map((it) => `${it.item.words.map((word) => word.raw).join(' ')};\n${indentOf(first)}`);
        report({
          at: placeOfHead(first),
          say: 'dropped',
          with: {
            directive: name,
            lost: [...new Set(important.map((it) => it.args[0]!))].join(', '),
            where: outer.from.name || 'http',
          },
          related: important.map((it) => ({ at: placeOfHead(it.item), text: 'not in force here' })),
          fixes: [
            {
              title: 'Repeat what is lost here',
              applicability: 'suggested',
              edits: [{ at: { node: first, start: 0, end: 0 }, text: lines.join('') }],
            },
          ],
        });
      }
    }
  },
});

/** What is worth a word when it is gone, and the directive without which nobody would have got it. */
const HEADERS: Readonly<Record<string, { readonly matters: RegExp; readonly needs?: string }>> = {
  add_header: {
    matters:
      /^(?:strict-transport-security|content-security-policy|x-frame-options|x-content-type-options|referrer-policy|permissions-policy)$/i,
  },
  proxy_set_header: { matters: /^(?:host|x-forwarded-(?:for|proto|host)|x-real-ip)$/i, needs: 'proxy_pass' },
  grpc_set_header: { matters: /^(?:host|x-forwarded-(?:for|proto|host)|x-real-ip)$/i, needs: 'grpc_pass' },
  fastcgi_param: { matters: /^(?:SCRIPT_FILENAME|REQUEST_METHOD|QUERY_STRING)$/, needs: 'fastcgi_pass' },
  uwsgi_param: { matters: /^(?:PATH_INFO|REQUEST_METHOD|QUERY_STRING)$/, needs: 'uwsgi_pass' },
  scgi_param: { matters: /^(?:SCRIPT_FILENAME|REQUEST_METHOD|QUERY_STRING)$/, needs: 'scgi_pass' },
};

const keyOf = (it: Directive) => (it.args[0] ?? '').toLowerCase();

/** Locations, the `if` in them left out: people answer preflight requests there. */
function* blocksIn(block: Block): Generator<Block> {
  for (const { name, body } of block.directives)
    if (body && name === 'location') {
      // What always answers with an error or leads elsewhere carries nothing to protect.
      if (!body.first('return')) yield body;
      yield* blocksIn(body);
    }
  if (block.context === 'server') yield block;
}

/** nginx 1.29.3 can add to what is inherited. */
function merges(block: Block): boolean {
  return inForce(block, 'add_header_inherit').directives.some((it) => it.args[0] === 'merge');
}
