import { placeOfWord } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/wrong-ending',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    needsBlock: '"{name}" opens a block: it needs "{brace}", not ";". nginx will not start.',
    takesNoBlock: '"{name}" opens no block: it ends with ";". nginx will not start.',
  },
  docs: {
    summary: 'A block directive that ends with a semicolon, or a simple one that opens a block.',
    why: 'nginx -t fails with `has no opening "{"` or `is not terminated by ";"`.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /app/;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /app/ {
    }
}
`,
    sources: ['ngx_conf_handler() in src/core/ngx_conf_file.c'],
  },

  check({ directive, context, here }, report) {
    if (context === 'data') return;
    if (here.length === 0) return;
    const at = placeOfWord(directive, directive.words[0]!);
    const { name } = directive;
    if (directive.kind === 'simple' && directive.close !== undefined && here.every((it) => it.block)) {
      report({ at, say: 'needsBlock', with: { name, brace: '{' } });
    }
    if (directive.kind === 'block' && here.every((it) => !it.block)) {
      report({ at, say: 'takesNoBlock', with: { name } });
    }
  },
});
