import { comparedArg, readCondition } from '../../nginx/condition.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { isTemplated } from '../../nginx/values.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/query-in-pattern',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['location', 'rewrite', 'if'],
  messages: {
    location:
      'Requests with a query never come here for it: nginx compares locations with the path alone, without "?" and what follows. Ask for $arg_NAME or $args in an "if" or a map.',
    rewrite:
      'This never matches a query: rewrite looks at the path alone, without "?" and what follows. Ask for $arg_NAME or $args in an "if" around it.',
    condition: '{variable} holds the path alone, without "?" and what follows. Compare $args or $request_uri.',
  },
  docs: {
    summary: 'A location, rewrite or condition looks for the query where only the path is.',
    why: 'nginx cuts the query off before it chooses locations and before rewrite. A "?" in the path can only come from %3F.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    rewrite ^/page\\.php\\?id=(\\d+)$ /pages/$1 permanent;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    if ($arg_id ~ ^(\\d+)$) {
        rewrite ^/page\\.php$ /pages/$1? permanent;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#location',
      'https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#rewrite',
    ],
  },

  check({ directive, context }, report) {
    if (context === 'unknown' || context === 'data') return;
    const { name, args } = directive;
    if (args.some(isTemplated)) return;
    if (name === 'location') {
      const match = locationMatch(args);
      if (!match || match.kind === 'named') return;
      const isRegex = match.kind.startsWith('regex');
      if (isRegex ? asksForQuestionMark(match.text) : match.text.includes('?'))
        report({ at: lastArg(directive), say: 'location' });
    } else if (name === 'rewrite') {
      if (args[0] && asksForQuestionMark(args[0])) report({ at: placeOfArg(directive, 1), say: 'rewrite' });
    } else if (name === 'if') {
      const condition = readCondition(args);
      if ('fault' in condition || !('variable' in condition) || !/^(?:document_)?uri$/.test(condition.variable)) return;
      const asks =
        (condition.kind === 'compare' && condition.value.includes('?')) ||
        (condition.kind === 'match' && asksForQuestionMark(condition.pattern));
      if (asks)
        report({
          at: placeOfArg(directive, comparedArg(args)),
          say: 'condition',
          with: { variable: `$${condition.variable}` },
        });
    }
  },
});

const lastArg = (item: Item) => placeOfArg(item, item.words.length - 1);

/** A question mark as a letter that each match has: not in a group, class or choice, nor one that may be missing. */
function asksForQuestionMark(pattern: string): boolean {
  let depth = 0;
  let found = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') {
      i++;
      if (pattern[i] === '?' && depth === 0 && !/[?*{]/.test(pattern[i + 1] ?? '')) found = true;
    } else if (char === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end < 0) return false;
      i = end;
    } else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '|' && depth === 0) return false;
  }
  return found;
}
