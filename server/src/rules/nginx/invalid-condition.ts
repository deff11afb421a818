import { readCondition } from '../../nginx/condition.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/invalid-condition',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['if'],
  messages: {
    parentheses: 'The condition of "if" stands in parentheses. nginx will not start.',
    shape:
      'A condition is a variable, a variable compared with one value, or a test of a file such as "-f $request_filename"; nginx knows no "and" or "or". It will not start.',
    operator: 'nginx compares with =, !=, ~, ~*, !~ or !~*, not with "{operator}". It will not start.',
  },
  docs: {
    summary: 'A condition of `if` that nginx cannot read.',
    why: 'nginx -t fails with `invalid condition` or `unexpected "==" in condition`, and a reload keeps the old configuration.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    if ($scheme == http) {
        return 301 https://$host$request_uri;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    if ($scheme = http) {
        return 301 https://$host$request_uri;
    }
}
`,
    sources: [
      'ngx_http_rewrite_if_condition() in src/http/modules/ngx_http_rewrite_module.c',
      'https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#if',
    ],
  },

  check({ directive, context, unbalanced }, report) {
    const { name, args } = directive;
    if (name !== 'if' || directive.kind !== 'block' || unbalanced || args.length === 0) return;
    if (context === 'data' || args.some(isTemplated)) return;
    const read = readCondition(args);
    if (!('fault' in read)) return;
    const { fault, arg } = read;
    const at = placeOfArg(directive, arg);
    if (fault !== 'operator') {
      report({ at, say: fault });
      return;
    }
    const operator = args[arg - 1]!;
    const fixes =
      operator === '==' ? [{ title: 'Change to "="', applicability: 'safe' as const, edits: [{ at, text: '=' }] }] : [];
    report({ at, say: 'operator', with: { operator }, fixes });
  },
});
