import { type LocationMatch, locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/alias-slash-mismatch',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    traversal:
      'A request for {prefix}../x reads {above}x, beside this directory: the location has no slash at its end and alias has one. End the location with a slash.',
    glued:
      'nginx will look for {glued}: it puts what follows {prefix} right behind alias, which has no slash at its end. End alias with a slash.',
  },
  docs: {
    summary: 'A location and its alias do not both end with a slash.',
    why: 'alias replaces the prefix of the URI letter by letter. With a slash only at the alias, `/static../secret` leads out of the directory; with one only at the location, the names of directory and file run together and nothing is found.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /static {
        alias /srv/app/static/;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        alias /srv/app/static/;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#alias',
      'ngx_http_map_uri_to_path() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ items, owner }, report) {
    if (owner?.name !== 'location') return;
    const match = locationMatch(owner.args);
    const alias = items.find((it) => it.kind === 'simple' && it.name === 'alias');
    const value = alias?.args[0];
    if (!alias || !value || !isPrefix(match) || !/^\/[^$]*$/.test(value) || value.length < 2) return;
    const prefix = match.text;
    if (!prefix.startsWith('/') || prefix.length < 2) return;
    const location = placeOfArg(owner, owner.words.length - 1);
    const word = owner.words[owner.words.length - 1]!;
    const at = placeOfArg(alias, 1);
    if (value.endsWith('/') && !prefix.endsWith('/')) {
      const above = `${value.slice(0, -1).replace(/[^/]*$/, '')}`;
      const slash = word.quote ? [] : [{ at: { ...location, start: location.end }, text: '/' }];
      report({
        at: location,
        say: 'traversal',
        with: { prefix, above },
        related: [{ at, text: 'ends with a slash' }],
        fixes: slash.length > 0 ? [{ title: `Change to ${prefix}/`, applicability: 'suggested', edits: slash }] : [],
      });
    } else if (prefix.endsWith('/') && !value.endsWith('/') && !/\.\w+$/.test(value)) {
      const edits = alias.words[1]!.quote ? [] : [{ at: { ...at, start: at.end }, text: '/' }];
      report({
        at,
        say: 'glued',
        with: { prefix, glued: `${value}name` },
        fixes: edits.length > 0 ? [{ title: `Change to ${value}/`, applicability: 'suggested', edits }] : [],
      });
    }
  },
});

function isPrefix(match: LocationMatch | undefined): match is LocationMatch {
  return match?.kind === 'prefix' || match?.kind === 'noRegex';
}
