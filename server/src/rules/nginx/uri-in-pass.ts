import { locationMatch } from '../../nginx/locationMatch.js';
import { Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/uri-in-pass',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['proxy_pass'],
  messages: {
    uri: 'nginx cannot replace a part of the URI {where}, so the address must end before "{uri}". nginx will not start.',
  },
  docs: {
    summary: 'proxy_pass with a URI where nginx cannot tell which part of the request it replaces.',
    why: 'nginx -t fails with `"proxy_pass" cannot have URI part in location given by regular expression`. Behind a plain prefix the URI of proxy_pass replaces that prefix; a regular expression, a name, an `if` or a `limit_except` gives no prefix to replace.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ ^/api/ {
        proxy_pass http://127.0.0.1:8000/;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ ^/api/ {
        proxy_pass http://127.0.0.1:8000;
    }
}
`,
    sources: ['ngx_http_proxy_pass() in src/http/modules/ngx_http_proxy_module.c'],
  },

  check({ directive, unbalanced }, report) {
    if (directive.name !== 'proxy_pass' || directive.words.length !== 2 || unbalanced) return;
    const url = directive.args[0]!;
    if (url.includes('$')) return;
    const uri = url.startsWith('http://unix:')
      ? /^http:\/\/unix:[^:]*:(.+)$/s.exec(url)?.[1]
      : /^https?:\/\/[^/]*(\/.*)$/is.exec(url)?.[1];
    const where = uri && placeWithoutPrefix(directive.parent);
    if (!where) return;
    const at = placeOfArg(directive, 1);
    const word = directive.words[1]!;
    const cut = {
      node: directive,
      start: word.end - (word.quote ? 1 : 0) - uri.length - (url.startsWith('http://unix:') ? 1 : 0),
      end: word.end - (word.quote ? 1 : 0),
    };
    report({
      at,
      say: 'uri',
      with: { uri, where },
      fixes: [{ title: `Remove "${uri}"`, applicability: 'suggested', edits: [{ at: cut, text: '' }] }],
    });
  },
});

function placeWithoutPrefix(block: Item['parent']): string | undefined {
  if (!(block instanceof Item)) return undefined;
  if (block.name === 'if') return 'inside "if"';
  if (block.name === 'limit_except') return 'inside "limit_except"';
  const match = block.name === 'location' ? locationMatch(block.args) : undefined;
  if (match?.kind === 'regex' || match?.kind === 'regexAnyCase') return 'in a location with a regular expression';
  return match?.kind === 'named' ? 'in a named location' : undefined;
}
