import type { Fix } from '../../base/fix.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { isTemplated, parseOffset } from '../../nginx/values.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/body-limit-not-inherited',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['client_max_body_size'],
  messages: {
    redirected:
      'This allows nothing: {by} answers each request of this server before nginx measures its body. The server that it sends clients to needs the line.',
    smaller:
      'Bodies above {limit} get 413 all the same: {by} goes on to "location {to}", where {limit} is in force, and nginx measures again there. Move the line up into the server.',
  },
  docs: {
    summary: 'A location lets large bodies in, and the one that it hands the request on to does not.',
    why: 'try_files, rewrite and index choose a location anew, and client_max_body_size counts there as it is in force there: a location inherits from the server around it, not from the one that the request comes from. 1m is the default.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        client_max_body_size 64m;
        try_files $uri /index.php?$query_string;
    }
    location ~ \\.php$ {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    client_max_body_size 64m;
    location / {
        try_files $uri /index.php?$query_string;
    }
    location ~ \\.php$ {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size',
      'ngx_http_core_find_config_phase() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ server }, report) {
    if (!server.complete) return;
    const own = server.first('client_max_body_size');
    const sends = server.directives.find((it) => it.name === 'return' && /^30[1278]$/.test(it.args[0] ?? ''));
    // That server may have a line of its own.
    if (own && sends)
      report({ at: placeOfHead(own.item), say: 'redirected', severity: 'information', with: { by: sends.name } });
    for (const limit of limitsIn(server)) {
      const most = parseOffset(limit.args[0] ?? '');
      const hand = most === undefined ? undefined : handedOn(limit.within);
      if (!hand) continue;
      const found = findLocation(server, hand.uri);
      const to = found?.location;
      if (!found || !to || found.block === limit.within || !found.block.complete) continue;
      const there = inForce(found.block, 'client_max_body_size');
      const [set] = there.directives;
      const text = set?.args[0] ?? '1m';
      const less = parseOffset(text);
      if (!there.certain || less === undefined || less === 0 || (most !== 0 && most! <= less)) continue;
      report({
        at: placeOfHead(limit.item),
        say: 'smaller',
        with: { limit: text, by: hand.by.name, to: to.block.args.join(' ') },
        related: [{ at: placeOfHead(hand.by.item), text: 'hands the request on' }],
        fixes: [...fixFor(limit, server)],
      });
    }
  },
});

/** Those of locations that stand directly in the server. */
function* limitsIn(server: Block): Generator<Directive> {
  for (const it of server.all('location')) {
    const limit = it.body?.first('client_max_body_size');
    if (limit && !limit.args.some(isTemplated)) yield limit;
  }
}

/** Where every request of a location goes for which there is no file. */
function handedOn(location: Block): { by: Directive; uri: string } | undefined {
  const tries = location.first('try_files');
  const rewrite = location.directives.find((it) => it.name === 'rewrite' && (it.args[2] ?? 'last') === 'last');
  const by = tries ?? rewrite;
  const target = (by?.name === 'try_files' ? by.args[by.args.length - 1] : by?.args[1])?.replace(/\?.*$/s, '');
  return by && target && /^\/[^$]*$/.test(target) ? { by, uri: target } : undefined;
}

function* fixFor({ item }: Directive, server: Block): Generator<Fix> {
  const block = server.directive?.item;
  const head = block?.children?.[0];
  if (!head || item.parent?.parent !== block) return;
  const place = placeOfHead(head);
  yield {
    title: 'Set it for the whole server',
    applicability: 'suggested',
    edits: [{ at: { ...place, end: place.start }, text: `${item.name} ${item.args[0]};\n    ` }],
  };
}
