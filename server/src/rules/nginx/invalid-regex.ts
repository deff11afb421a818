import { patternFault } from '../../nginx/pcre.js';
import { regexSites } from '../../nginx/regexSites.js';
import { placeOfWord, valueStart, wordValue } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/invalid-regex',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    invalid: 'The regular expression is not valid: {why}. nginx will not start.',
  },
  docs: {
    summary: 'A regular expression that PCRE2 refuses.',
    why: 'nginx -t fails with `pcre2_compile() failed`, and a reload keeps the old configuration. The rules are those of PCRE2, not of JavaScript: possessive quantifiers, inline flags and `(?P<name>...)` are fine.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ ^/(user|team/ {
        return 204;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ ^/(user|team)/ {
        return 204;
    }
}
`,
    sources: ['pcre2pattern(3)', 'ngx_regex_compile() in src/core/ngx_regex.c'],
  },

  check({ directive, context, unbalanced }, report) {
    if (context === 'data' || unbalanced || directive.joinedWords !== undefined) return;
    for (const { item, word: index, from, pattern } of regexSites(directive)) {
      const fault = patternFault(pattern);
      if (!fault) continue;
      const word = item.words[index]!;
      // Where an escape makes value and text differ in length the place inside would be wrong.
      const exact = wordValue(word).length === word.raw.length - (word.quote ? 2 : 0);
      const start = valueStart(word) + from + fault.at;
      const inside = exact && start < word.end;
      const at = inside ? { node: item, start, end: Math.min(start + 1, word.end) } : placeOfWord(item, word);
      report({ at, say: 'invalid', with: { why: fault.why } });
    }
  },
});
