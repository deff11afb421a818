import { type Item, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/try-files-lost-in-if',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    lost: 'When this condition is true nginx forgets the try_files of the location, and answers with the file at the URI or 404. Move the condition to the server, into a map, or end it with return.',
  },
  docs: {
    summary: 'An `if` beside try_files in a location switches try_files off.',
    why: 'An `if` that is true becomes the location of the request. It inherits most settings, but not try_files, whatever stands in its braces.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        try_files $uri /index.php?$args;
        if ($http_origin) {
            add_header Access-Control-Allow-Origin *;
        }
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        if ($http_x_probe) {
            return 204;
        }
        try_files $uri /index.php?$args;
    }
}
`,
    sources: [
      'ngx_http_rewrite_handler() in src/http/modules/ngx_http_rewrite_module.c',
      'ngx_http_try_files_module.c',
    ],
  },

  check({ items, owner, context }, report) {
    if (owner?.name !== 'location' || context !== 'location') return;
    const tries = items.find((it) => it.kind === 'simple' && it.name === 'try_files');
    if (!tries) return;
    for (const it of items) {
      if (it.kind !== 'block' || it.name !== 'if' || !it.children || it.children.some(leaves)) continue;
      report({ at: placeOfHead(it), say: 'lost', related: [{ at: placeOfHead(tries), text: 'not in force there' }] });
    }
  },
});

/** Ends the location, has a handler of its own, or brings what is not known. */
function leaves(item: Item): boolean {
  if (item.name === 'rewrite')
    return item.args.length === 2 ? /^(?:https?:|\$scheme)/.test(item.args[1]!) : item.args[2] !== 'break';
  return /^(?:return|include|proxy_pass|fastcgi_pass|uwsgi_pass|scgi_pass|grpc_pass|memcached_pass)$|_by_lua/.test(
    item.name,
  );
}
