import { edgeOf } from '../../nginx/edges.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/real-ip-ineffective',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['real_ip_header', 'set_real_ip_from'],
  messages: {
    noSource:
      'real_ip_header has no effect: no set_real_ip_from says whose word counts, so addresses stay those of the proxy. Add set_real_ip_from with the addresses of the proxy.',
    notSent:
      'Addresses stay those of {edge}: it does not send {header}, which nginx reads here. Set real_ip_header {better}.',
    anybody:
      'Every client can choose its own address: set_real_ip_from {from} takes {header} from anybody. Name the addresses of the proxy.',
  },
  docs: {
    summary: 'real_ip_header without set_real_ip_from, or set_real_ip_from that trusts everybody.',
    why: 'The module replaces the address of a client only when the connection comes from one of the set_real_ip_from addresses. Without any it does nothing; with 0.0.0.0/0 the header decides for everybody, and with it allow, deny, limits and logs.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    real_ip_header X-Forwarded-For;
    location / { return 204; }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    set_real_ip_from 10.0.0.0/8;
    real_ip_header X-Forwarded-For;
    location / { return 204; }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_realip_module.html',
      'ngx_http_realip_handler() in src/http/modules/ngx_http_realip_module.c',
    ],
  },

  check({ server }, report) {
    const header = server.first('real_ip_header');
    const from = inForce(server, 'set_real_ip_from');
    // Locations may have their own sources.
    const below = server.directives.some((it) => it.body?.first('set_real_ip_from'));
    if (header && from.certain && server.complete && from.directives.length === 0 && !below)
      report({ at: placeOfArg(header.item, 1), say: 'noSource' });
    const name = inForce(server, 'real_ip_header').directives[0]?.args[0] ?? 'X-Real-IP';
    // The PROXY protocol is spoken by who opens the connection: who may do that is another question.
    if (name === 'proxy_protocol') return;
    const edges = from.directives.map((it) => ({ it, edge: edgeOf(it.args[0] ?? '') }));
    const first = edges[0];
    // A proxy of one's own beside it may send what it likes.
    if (
      first?.edge &&
      edges.every(({ edge }) => edge === first.edge) &&
      !first.edge.headers.includes(name.toLowerCase())
    ) {
      const { edge } = first;
      const with_ = { edge: edge.name, header: name, better: titled(edge.headers[0]!) };
      if (from.certain && inForce(server, 'real_ip_header').certain && !below)
        report({ at: placeOfArg((header ?? first.it).item, 1), say: 'notSent', with: with_, severity: 'information' });
    }
    for (const it of from.directives) {
      const text = it.args[0] ?? '';
      if (/^(?:0\.0\.0\.0\/0|::\/0)$/.test(text))
        report({ at: placeOfArg(it.item, 1), say: 'anybody', with: { from: text, header: name } });
    }
  },
});

const titled = (header: string): string =>
  header === 'cf-connecting-ip' ? 'CF-Connecting-IP' : header === 'fastly-client-ip' ? 'Fastly-Client-IP' : header;
