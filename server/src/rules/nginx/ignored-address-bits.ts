import { networkOf } from '../../nginx/network.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/ignored-address-bits',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['allow', 'deny', 'set_real_ip_from'],
  messages: {
    bits: 'This means all of {network}, of which {written} is one address: nginx drops the rest of it and warns. Write the network, or leave "/{length}" out.',
  },
  docs: {
    summary: 'A network that is written as one of its addresses.',
    why: 'nginx warns `low address bits are meaningless`. `allow 10.1.2.3/8` lets in sixteen million addresses, and whoever reads it sees one.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    allow 10.1.2.3/8;
    deny all;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    allow 10.0.0.0/8;
    deny all;
}
`,
    sources: [
      'ngx_http_access_rule() in src/http/modules/ngx_http_access_module.c',
      'ngx_ptocidr() in src/core/ngx_inet.c',
    ],
  },

  check({ directive, context }, report) {
    if (context === 'unknown' || !/^(?:allow|deny|set_real_ip_from)$/.test(directive.name)) return;
    const [text] = directive.args;
    const [written, length] = text?.split('/') ?? [];
    if (written === undefined || length === undefined) return;
    const network = networkOf(written, length);
    if (network === undefined) return;
    const at = placeOfArg(directive, 1);
    report({
      at,
      say: 'bits',
      with: { network, written, length },
      fixes: [{ title: `Change to ${network}`, applicability: 'safe', edits: [{ at, text: network }] }],
    });
  },
});
