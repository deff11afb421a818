import { locationMatch } from '../../nginx/locationMatch.js';
import { type Item, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/duplicate-location',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    duplicate: 'There is a location for {what} in this block already. nginx will not start.',
    outside: 'This location is never inside the one around it, which is "{prefix}". nginx will not start.',
    cannotHold: 'A location with {kind} cannot have locations inside. nginx will not start.',
    namedInside: 'A named location can only stand in a server. nginx will not start.',
  },
  docs: {
    summary: 'Two locations for the same requests, or a location where it cannot be.',
    why: 'nginx -t fails with `duplicate location` or `location is outside location`, and a reload keeps the old configuration. A plain prefix and the same one with ^~ are the same location.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        root /srv;
    }
    location ^~ /static/ {
        root /var/www;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        root /srv;
    }
    location = /static/ {
        return 404;
    }
}
`,
    sources: [
      'ngx_http_core_location() in src/http/ngx_http_core_module.c',
      'ngx_http_join_exact_locations() in src/http/ngx_http.c',
    ],
  },

  check({ items, context, owner }, report) {
    if (context !== 'server' && context !== 'location') return;
    const around = owner?.name === 'location' ? locationMatch(owner.args) : undefined;
    const first = new Map<string, Item>();
    for (const item of items) {
      if (item.kind !== 'block' || item.name !== 'location') continue;
      const match = locationMatch(item.args);
      if (!match) continue;
      const at = placeOfArg(item, item.words.length - 1);
      if (around?.kind === 'exact') report({ at: placeOfHead(item), say: 'cannotHold', with: { kind: '"="' } });
      else if (around?.kind === 'named') report({ at: placeOfHead(item), say: 'cannotHold', with: { kind: 'a name' } });
      else if (around && match.kind === 'named') report({ at: placeOfHead(item), say: 'namedInside' });
      // nginx compares with the text of the outer location even when that is a regular expression.
      else if (
        around &&
        (match.kind === 'prefix' || match.kind === 'noRegex' || match.kind === 'exact') &&
        !match.text.startsWith(around.text)
      )
        report({ at, say: 'outside', with: { prefix: around.text } });
      const what =
        match.kind === 'exact'
          ? `exactly "${match.text}"`
          : match.kind === 'prefix' || match.kind === 'noRegex'
            ? `the prefix "${match.text}"`
            : undefined;
      if (what === undefined) continue;
      const before = first.get(what);
      if (!before) first.set(what, item);
      else
        report({
          at,
          say: 'duplicate',
          with: { what },
          related: [{ at: placeOfHead(before), text: 'the first one' }],
        });
    }
  },
});
