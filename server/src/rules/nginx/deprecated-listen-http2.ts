import { isAtLeast } from '../../catalog/nginxVersion.js';
import { type Item, placeOfArg, placeOfItem } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/deprecated-listen-http2',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['listen'],
  messages: {
    http2:
      'From 1.25.1 on nginx warns about http2 in listen, and it sets the protocol for every server on this address. "http2 on;" in the server takes its place.',
  },
  docs: {
    summary: 'HTTP/2 is switched on by listen, which is deprecated from nginx 1.25.1 on.',
    why: 'nginx warns `the "listen ... http2" directive is deprecated, use the "http2" directive instead`. Only a hint as long as the target version is not known: older nginx knows no http2 directive.',
    bad: `-- nginx: 1.26 --
-- etc/nginx/conf.d/app.conf --
server {
    listen 443 http2;
}
`,
    good: `-- nginx: 1.26 --
-- etc/nginx/conf.d/app.conf --
server {
    listen 443;
    http2 on;
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2', 'https://nginx.org/en/CHANGES (1.25.1)'],
  },

  check({ directive, context, target }, report) {
    if (directive.name !== 'listen' || context !== 'server') return;
    const index = directive.args.indexOf('http2');
    if (index < 1 || (target.version && !isAtLeast(target.version, [1, 25, 1]))) return;
    const server = directive.parent;
    const siblings = server?.children ?? [directive];
    const listens = siblings.filter((it): it is Item => it.name === 'listen' && it.args.includes('http2'));
    const has = siblings.some((it) => it.name === 'http2');
    const last = listens[listens.length - 1] ?? directive;
    const edits = listens.map((it) => {
      const number = it.args.indexOf('http2') + 1;
      const before = it.words[number - 1]!;
      return { at: { node: it, start: before.end, end: it.words[number]!.end }, text: '' };
    });
    const end = placeOfItem(last);
    report({
      at: placeOfArg(directive, index + 1),
      say: 'http2',
      ...(target.version ? {} : { severity: 'hint' as const }),
      fixes: [
        {
          title: 'Use "http2 on;"',
          applicability: target.version ? 'safe' : 'suggested',
          edits: has ? edits : [...edits, { at: { ...end, start: end.end }, text: '\n    http2 on;' }],
        },
      ],
    });
  },
});
