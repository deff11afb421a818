import { locationMatch } from '../../nginx/locationMatch.js';
import { parsePassTarget } from '../../nginx/passTarget.js';
import { isTemplated } from '../../nginx/values.js';
import { Item, placeOfArg, valueStart } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/proxy-slash-mismatch',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['proxy_pass'],
  messages: {
    glued:
      'For {prefix}name the program is asked for {glued}: what follows {prefix} comes right behind "{uri}", which has no slash at its end. End it with a slash.',
    doubled:
      'For {prefix}/name the program is asked for {doubled}: the slash after {prefix} is kept, and "{uri}" ends with another one. Some programs do not know such a path.',
  },
  docs: {
    summary: 'A location and the URI of its proxy_pass do not both end with a slash.',
    why: 'The URI of proxy_pass takes the place of the prefix, letter by letter. With a slash only at the location, the names run together, and the program answers 404; with one only at proxy_pass there are two slashes.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /shop/ {
        proxy_pass http://127.0.0.1:8000/v2;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /shop/ {
        proxy_pass http://127.0.0.1:8000/v2/;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
      'ngx_http_proxy_create_request() in src/http/modules/ngx_http_proxy_module.c',
    ],
  },

  check({ directive }, report) {
    const location = directive.parent;
    const value = directive.args[0];
    if (directive.name !== 'proxy_pass' || directive.args.length !== 1 || !value || isTemplated(value)) return;
    if (!(location instanceof Item) || location.name !== 'location') return;
    const match = locationMatch(location.args);
    const { uri } = parsePassTarget(value, true);
    if (!match || (match.kind !== 'prefix' && match.kind !== 'noRegex') || uri === undefined) return;
    // A rewrite with break brings a URI of its own, and a query takes whatever follows.
    if (isTemplated(match.text) || !/^\/[^?$]*$/.test(uri) || location.children?.some((it) => REWRITES.has(it.name)))
      return;
    const prefix = match.text;
    const at = placeOfArg(directive, 1);
    if (prefix.endsWith('/') && /[\w~]$/.test(uri)) {
      const word = directive.words[1]!;
      const end = valueStart(word) + value.length;
      const edits = word.quote ? [] : [{ at: { node: directive, start: end, end }, text: '/' }];
      const fix = { title: `Change to ${value}/`, applicability: 'suggested' as const, edits };
      report({
        at,
        say: 'glued',
        with: { prefix, uri, glued: `${uri}name` },
        fixes: edits.length > 0 ? [fix] : [],
      });
    } else if (/[\w~]$/.test(prefix) && uri.endsWith('/'))
      report({ at, say: 'doubled', severity: 'hint', with: { prefix, uri, doubled: `${uri}/name` } });
  },
});

const REWRITES = new Set(['rewrite', 'if', 'include', 'set']);
