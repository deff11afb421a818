import { nearest } from '../../base/nearest.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/undefined-named-location',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    undefined: 'nginx will answer 500 when it comes to {name}: this server has no location {name}.',
    undefinedNear:
      'nginx will answer 500 when it comes to {name}: this server has no location {name}. Did you mean {near}?',
  },
  docs: {
    summary: 'try_files or error_page leads to a named location that the server does not have.',
    why: 'nginx -t does not look. At run time it logs `could not find named location` and answers 500.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        try_files $uri @app;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        try_files $uri @app;
    }
    location @app {
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: ['ngx_http_named_location() in src/http/ngx_http_core_module.c'],
  },

  check({ server }, report) {
    // Named locations stand in the server itself; an include that is not known may bring one.
    if (!server.hidesNoBlocks) return;
    const named = new Set(server.all('location').flatMap((it) => (it.args[0]?.startsWith('@') ? [it.args[0]] : [])));
    for (const use of usesIn(server)) {
      const name = use.args[use.args.length - 1]!;
      if (named.has(name)) continue;
      const at = placeOfArg(use.item, use.args.length);
      const near = nearest(name, [...named]);
      if (near === undefined) report({ at, say: 'undefined', with: { name } });
      else
        report({
          at,
          say: 'undefinedNear',
          with: { name, near },
          fixes: [{ title: `Change to ${near}`, applicability: 'suggested', edits: [{ at, text: near }] }],
        });
    }
  },
});

function* usesIn(block: Block): Generator<Directive> {
  for (const it of block.directives) {
    const last = it.args[it.args.length - 1];
    const leads = (it.name === 'try_files' || it.name === 'error_page') && it.args.length > 1;
    if (leads && last?.startsWith('@') && !/[${}<%]/.test(last)) yield it;
    if (it.body) yield* usesIn(it.body);
  }
}
