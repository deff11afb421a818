import { locationMatch } from '../../nginx/locationMatch.js';
import { captureCount } from '../../nginx/pcre.js';
import { regexSites } from '../../nginx/regexSites.js';
import { isTemplated } from '../../nginx/values.js';
import { type Item, placeOfArg, valueStart } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/missing-capture',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    none: '{capture} is always empty: the expression "{pattern}" captures nothing.',
    fewer: '{capture} is always empty: the expression "{pattern}" captures {groups}.',
  },
  docs: {
    summary: 'A $1 to $9 for which the expression has no group.',
    why: 'nginx -t does not count groups. What is not captured is empty, and the request goes to the wrong place. The last expression that matched counts: one without groups takes away what another has caught before.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    rewrite ^/user/(.*)$ /show?name=$1&page=$2 last;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    rewrite ^/user/(.*)/(.*)$ /show?name=$1&page=$2 last;
}
`,
    sources: ['ngx_http_script_copy_capture_code() in src/http/ngx_http_script.c'],
  },

  check({ directive, context, unbalanced }, report) {
    if (unbalanced || directive.kind !== 'simple' || context === 'unknown') return;
    const from = expressionFor(directive);
    if (!from) return;
    const groups = captureCount(from.pattern);
    if (groups === undefined) return;
    const { args } = directive;
    for (const number of from.args) {
      const value = args[number - 1];
      const word = directive.words[number];
      if (value === undefined || !word?.raw.includes('$') || isTemplated(value)) continue;
      for (const found of value.matchAll(/\$([1-9])/g)) {
        if (Number(found[1]) <= groups) continue;
        const exact = value.length === word.raw.length - (word.quote ? 2 : 0);
        const start = valueStart(word) + found.index;
        const at = exact ? { node: directive, start, end: start + 2 } : placeOfArg(directive, number);
        const pattern = from.pattern.length > 60 ? `${from.pattern.slice(0, 57)}...` : from.pattern;
        if (groups === 0) report({ at, say: 'none', with: { capture: found[0], pattern } });
        else
          report({
            at,
            say: 'fewer',
            with: { capture: found[0], pattern, groups: groups === 1 ? 'one group' : `${groups} groups` },
          });
      }
    }
  },
});

/** Directives that are evaluated while the expression of their block is still the last one, and which arguments. */
const EVALUATED: Readonly<Record<string, readonly number[]>> = {
  return: [1, 2],
  set: [2],
  alias: [1],
  root: [1],
  proxy_pass: [1],
  try_files: [1, 2, 3, 4, 5],
};

/** The expression whose captures an argument gets, where that is certain. */
function expressionFor(directive: Item): { pattern: string; args: readonly number[] } | undefined {
  if (directive.name === 'rewrite') {
    const site = regexSites(directive)[0];
    return site && { pattern: site.pattern, args: [2] };
  }
  const args = EVALUATED[directive.name];
  const block = directive.parent;
  if (!args || !block || !('words' in block) || !block.children) return undefined;
  // Another expression may come between, also one in a map or in another file.
  const others = block.children.some((it) => /^(?:if|rewrite|include)$|_by_lua/.test(it.name));
  if (others || directive.args.some((it) => /\$\{?[A-Za-z_]/.test(it.replace(HARMLESS, '')))) return undefined;
  if (block.name === 'location') {
    const match = locationMatch(block.args);
    if (match?.kind !== 'regex' && match?.kind !== 'regexAnyCase') return undefined;
    return isTemplated(match.text) ? undefined : { pattern: match.text, args };
  }
  if (block.name !== 'if' || !block.args.some((it) => /^~\*?$/.test(it))) return undefined;
  const site = regexSites(block)[0];
  return site && { pattern: site.pattern, args };
}

/** Variables that no map makes. */
const HARMLESS =
  /\$\{?(?:uri|request_uri|document_root|host|http_host|scheme|is_args|args|server_name|query_string)\b\}?/g;
