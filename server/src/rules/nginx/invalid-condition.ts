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
    name: 'nginx takes all of "{word}" for the name of a variable, and will not start. In a condition the name stands without braces, and blanks part it from what follows.',
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
    if (context === 'data') return;
    // Of what is filled in before nginx sees it only the braces around a name of nginx's own kind are known.
    if (args.some(isTemplated) && !/^\(?\$\{[a-z]\w*\}?\)?$/.test(args[args[0] === '(' ? 1 : 0] ?? '')) return;
    const read = readCondition(args);
    if (!('fault' in read)) return;
    const { fault, arg } = read;
    const at = placeOfArg(directive, arg);
    if (fault === 'name') {
      // A dollar without a name is the affair of nginx/invalid-value.
      if (!/\$(?![\w{])/.test(args[arg - 1]!))
        report({ at, say: 'name', with: { word: args[arg - 1]!.replace(/^\(?\$|\)$/g, '') } });
      return;
    }
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
