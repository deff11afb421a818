import type { Fix } from '../../base/fix.js';
import { comparedArg, readCondition } from '../../nginx/condition.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { isTemplated } from '../../nginx/values.js';
import { type Item, placeOfArg, valueStart } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/pattern-without-modifier',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['location', 'if'],
  messages: {
    location:
      'Requests never come here: without "~" this is no expression but the beginning of a URI, letter by letter. Put "~" before it.',
    modifier:
      'Requests never come here: "{modifier}" takes no expression but a text, letter by letter. Put "~" in its place.',
    star: 'Only URIs with a star in them come here: nginx knows no wildcards in a location, and what begins with {prefix} falls into "location {prefix}" anyway.',
    condition: '"{operator}" compares letter by letter, so no expression is tried. Write "~" in its place.',
  },
  docs: {
    summary: 'An expression or a wildcard where nginx compares letter by letter.',
    why: 'Only `~` and `~*` make a location an expression. Without a modifier, and with `^~`, the text is the beginning of the URI, a star or a bracket included; with `=` it is all of it. nginx -t sees nothing wrong.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /api/* {
        return 204;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /api/ {
        return 204;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#location',
      'ngx_http_core_location() in src/http/ngx_http_core_module.c',
      'ngx_http_rewrite_if_condition() in src/http/modules/ngx_http_rewrite_module.c',
    ],
  },

  check({ directive, context }, report) {
    if (context === 'unknown' || context === 'data') return;
    const { name, args } = directive;
    if (args.some(isTemplated)) return;
    if (name === 'location') {
      const match = locationMatch(args);
      if (!match || (match.kind !== 'prefix' && match.kind !== 'noRegex' && match.kind !== 'exact')) return;
      const { text, kind } = match;
      const at = placeOfArg(directive, directive.words.length - 1);
      if (EXPRESSION.test(text)) {
        if (kind === 'prefix') report({ at, say: 'location' });
        else report({ at, say: 'modifier', with: { modifier: kind === 'exact' ? '=' : '^~' } });
      } else if (text.startsWith('/') && text.includes('*') && kind !== 'exact') {
        const prefix = text.slice(0, text.indexOf('*'));
        report({ at, say: 'star', with: { prefix }, fixes: withoutStar(directive, text) });
      }
    } else if (name === 'if') {
      const condition = readCondition(args);
      if ('fault' in condition || condition.kind !== 'compare' || !WHOLE.test(condition.value)) return;
      const operator = args.find((it) => it === '=' || it === '!=') ?? '=';
      report({ at: placeOfArg(directive, comparedArg(args)), say: 'condition', with: { operator } });
    }
  },
});

/** What URIs do not have and expressions do: escapes, quantified dots and groups, alternatives, an end. */
const EXPRESSION = /^[\\^(]|\\[.dwsDWS/?-]|\.[*+]|\$$|\([^()]*[|*+][^()]*\)|\]\)?[*+{]|\(\?/;
/** An anchor before and a quantifier or an end behind it. */
const WHOLE = /^\^.*(?:\.[*+]|\$|\|)|^\.\*.*\.\*$/;

function withoutStar(location: Item, text: string): Fix[] {
  const word = location.words[location.words.length - 1];
  if (!word || word.quote || !/^[^*]*\/\*$/.test(text)) return [];
  const end = valueStart(word) + location.args[location.args.length - 1]!.length;
  const at = { node: location, start: end - 1, end };
  return [{ title: `Change to ${text.slice(0, -1)}`, applicability: 'suggested', edits: [{ at, text: '' }] }];
}
