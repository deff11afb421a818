import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/weak-tls-protocol',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['ssl_protocols', 'proxy_ssl_protocols', 'grpc_ssl_protocols', 'uwsgi_ssl_protocols'],
  messages: {
    broken: '{protocol} is broken and no browser speaks it any more. Leave it out.',
    old: '{protocol} is deprecated (RFC 8996) and no browser speaks it any more. TLSv1.2 and TLSv1.3 are enough.',
  },
  docs: {
    summary: 'A protocol that is not safe any more is offered.',
    why: 'SSLv2 and SSLv3 can be broken by anybody on the way. TLSv1 and TLSv1.1 are deprecated; current OpenSSL mostly refuses them whatever nginx says, which is why they are only a hint.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    ssl_protocols SSLv3 TLSv1.2;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    ssl_protocols TLSv1.2 TLSv1.3;
}
`,
    sources: ['https://www.rfc-editor.org/rfc/rfc8996', 'https://www.rfc-editor.org/rfc/rfc7568'],
  },

  check({ directive, context }, report) {
    if (context === 'unknown' || !/^(?:ssl|proxy_ssl|grpc_ssl|uwsgi_ssl)_protocols$/.test(directive.name)) return;
    const { args } = directive;
    const weak = args.map((it, i) => ({ protocol: it, number: i + 1 })).filter((it) => WEAK.test(it.protocol));
    const fixes =
      weak.length < args.length
        ? [
            {
              title: 'Leave out what is not safe',
              applicability: 'suggested' as const,
              edits: weak.map(({ number }) => ({ at: withGap(directive, number), text: '' })),
            },
          ]
        : [];
    for (const { protocol, number } of weak) {
      const at = placeOfArg(directive, number);
      if (protocol.startsWith('SSL')) report({ at, say: 'broken', with: { protocol }, fixes });
      else report({ at, say: 'old', severity: 'hint', with: { protocol }, fixes });
    }
  },
});

const WEAK = /^(?:SSLv[23]|TLSv1|TLSv1\.1)$/;

function withGap(item: Item, number: number) {
  return { node: item, start: item.words[number - 1]!.end, end: item.words[number]!.end };
}
