import type { Fix } from '../../base/fix.js';
import { placeOfWord } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/unclosed-quote',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    unclosed: 'The closing {quote} is missing. nginx will not start.',
    glued: 'After the closing quote nginx wants a blank, ";" or "{brace}", and will not start.',
  },
  docs: {
    summary: 'A quoted argument without its closing quote, or with text glued to it.',
    why: 'nginx reads on to the next quote of the kind, wherever that is, and refuses the file.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    add_header X-App "one;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    add_header X-App "one";
}
`,
    sources: ['ngx_conf_read_token() in src/core/ngx_conf_file.c'],
  },

  check({ directive }, report) {
    directive.words.forEach((word, i) => {
      if (word.quote === '') return;
      const at = placeOfWord(directive, word);
      if (word.unterminated) {
        const end = { node: directive, start: word.end, end: word.end };
        const fix: Fix = {
          title: 'Close the quote',
          applicability: 'suggested',
          edits: [{ at: end, text: word.quote }],
        };
        report({ at, say: 'unclosed', with: { quote: word.quote === '"' ? "'\"'" : `"'"` }, fixes: [fix] });
        return;
      }
      const next = directive.words[i + 1];
      // if ("$a" = "b"): nginx takes a closing parenthesis for the start of the next word.
      if (next && next.start === word.end && !next.raw.startsWith(')')) {
        report({ at: placeOfWord(directive, next), say: 'glued', with: { brace: '{' } });
      }
    });
  },
});
