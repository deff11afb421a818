import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/allow-without-deny',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['allow', 'deny', 'auth_basic', 'auth_request'],
  messages: {
    open: 'Everybody gets in: allow refuses nobody, and no deny follows. Add "deny all;".',
    bypassed: 'Everybody gets in: return answers before nginx asks {name}.',
  },
  docs: {
    summary: 'Access rules that refuse nobody.',
    why: 'A request that no allow and no deny fits is let in. return is carried out in the rewrite phase, before access is checked at all.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /admin/ {
        allow 192.0.2.0/24;
        root /srv;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /admin/ {
        allow 192.0.2.0/24;
        deny all;
        root /srv;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_access_module.html',
      'ngx_http_access_inet() in src/http/modules/ngx_http_access_module.c',
    ],
  },

  check({ server }, report) {
    for (const block of blocksIn(server)) {
      const allows = block.all('allow').filter((it) => it.args[0] !== 'all');
      const guards = block.directives.filter(
        (it) => it.name === 'deny' || (it.name === 'auth_basic' && it.args[0] !== 'off') || it.name === 'auth_request',
      );
      const answer = block.first('return');
      if (answer && guards.length > 0 && block.name === 'location' && /^(?:200|30[12378])$/.test(answer.args[0] ?? ''))
        report({
          at: placeOfHead(guards[0]!.item),
          say: 'bypassed',
          with: { name: guards[0]!.name },
          related: [{ at: placeOfHead(answer.item), text: 'answers first' }],
        });
      if (allows.length === 0 || !block.complete || block.first('deny') || !block.parent) continue;
      // One that opens what is closed around it; and where any of several rules is enough, nothing need be denied.
      const outer = inForce(block.parent, 'allow');
      const denied = inForce(block.parent, 'deny');
      const satisfy = inForce(block, 'satisfy');
      if (outer.directives.length + denied.directives.length > 0 || !denied.certain) continue;
      if (!satisfy.certain || satisfy.directives.some((it) => it.args[0] === 'any')) continue;
      const last = allows[allows.length - 1]!.item;
      report({
        at: placeOfHead(allows[0]!.item),
        say: 'open',
        fixes: [
          {
            title: 'Add "deny all;"',
            applicability: 'suggested',
            edits: [{ at: { node: last, start: last.length, end: last.length }, text: ' deny all;' }],
          },
        ],
      });
    }
  },
});

function* blocksIn(block: Block): Generator<Block> {
  yield block;
  for (const { name, body } of block.directives) if (body && name === 'location') yield* blocksIn(body);
}
