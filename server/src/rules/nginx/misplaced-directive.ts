import type { NginxContext } from '../../catalog/nginx.js';
import { Item, placeOfWord } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

const CONTEXT_NAMES: Readonly<Record<string, string>> = {
  main: 'at the top level',
  sif: 'inside "if" in a server',
  lif: 'inside "if" in a location',
  'stream-server': 'in a stream server',
  'stream-upstream': 'in a stream upstream',
  'mail-server': 'in a mail server',
};

const named = (context: string) =>
  CONTEXT_NAMES[context] ?? `in ${/^(?:[aeiou]|http|rtmp|mgmt)/.test(context) ? 'an' : 'a'} ${context} block`;

export default defineRule({
  id: 'nginx/misplaced-directive',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    misplaced: 'nginx does not allow "{name}" {here} and will not start. It belongs {there}.',
    aliasInNamed:
      'nginx does not allow "alias" in a named location, which has no path to replace, and will not start. "root" is allowed.',
  },
  docs: {
    summary: 'A directive in a block that does not take it.',
    why: 'nginx -t fails with `directive is not allowed here`, and a reload keeps the old configuration.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    proxy_pass http://192.0.2.1:8000;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location / {
        proxy_pass http://192.0.2.1:8000;
    }
}
`,
    sources: ['ngx_conf_handler() in src/core/ngx_conf_file.c', 'https://nginx.org/en/docs/dirindex.html'],
  },

  check({ directive, context, entries, unbalanced }, report) {
    if (unbalanced || entries.length === 0 || context === 'unknown' || context === 'data') return;
    const at = placeOfWord(directive, directive.words[0]!);
    if (directive.name === 'alias' && isNamed(directive.parent)) report({ at, say: 'aliasInNamed' });
    if (entries.some((it) => allows(it.contexts, context))) return;
    const official = entries.filter((it) => !it.thirdParty);
    const contexts = [...new Set((official.length > 0 ? official : entries).flatMap((it) => it.contexts))];
    if (contexts.length === 0) return;
    const there = contexts.map(named);
    report({
      at,
      say: 'misplaced',
      with: { name: directive.name, here: named(context), there: listed(there) },
    });
  },
});

/** ngx_http_core_root() refuses alias there. */
function isNamed(block: Item['parent']): boolean {
  return block instanceof Item && block.name === 'location' && (block.args[0]?.startsWith('@') ?? false);
}

function allows(contexts: readonly string[], context: NginxContext): boolean {
  return contexts.includes(context) || contexts.includes('any');
}

function listed(places: readonly string[]): string {
  return places.length < 2 ? (places[0] ?? '') : `${places.slice(0, -1).join(', ')} or ${places[places.length - 1]}`;
}
