import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/error-log-off',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['error_log'],
  messages: {
    file: 'nginx writes its errors to a file named "off": error_log cannot be switched off. Use "/dev/null crit" to throw them away.',
  },
  docs: {
    summary: '`error_log off` does not switch anything off.',
    why: '"off" is taken for the name of a file, which nginx creates below its prefix and fills.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    error_log off;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    error_log /dev/null crit;
    access_log off;
}
`,
    sources: ['https://nginx.org/en/docs/ngx_core_module.html#error_log', 'ngx_log_set_log() in src/core/ngx_log.c'],
  },

  check({ directive, context }, report) {
    if (directive.name !== 'error_log' || context === 'unknown' || directive.args[0] !== 'off') return;
    const at = placeOfArg(directive, 1);
    report({
      at,
      say: 'file',
      fixes: [
        {
          title: 'Throw errors away: /dev/null crit',
          applicability: 'suggested',
          edits: [{ at, text: directive.words.length > 2 ? '/dev/null' : '/dev/null crit' }],
        },
      ],
    });
  },
});
