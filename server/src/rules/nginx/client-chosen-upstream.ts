import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/client-chosen-upstream',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['proxy_pass'],
  messages: {
    chosen:
      'Clients choose whom nginx connects to, also inside your network: {variable} comes from the request. Choose by a map of known names, or make the location internal.',
  },
  docs: {
    summary: 'The address of proxy_pass comes from the request (server-side request forgery).',
    why: 'Whoever can name the host reaches what only this machine can reach: the metadata service of a cloud, databases, admin pages on localhost.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /fetch {
        proxy_pass http://$arg_host;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /fetch {
        internal;
        proxy_pass http://$arg_host;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#internal',
    ],
  },

  check({ directive, context }, report) {
    if (directive.name !== 'proxy_pass' || context === 'unknown') return;
    // Only where the host begins with it: "http://app-$arg_x.internal" leaves less of a choice.
    const found = /^https?:\/\/\$(?:\{((?:arg|http|cookie)_\w+|[1-9])\}|((?:arg|http|cookie)_\w+|[1-9](?!\d)))/.exec(
      directive.args[0] ?? '',
    );
    const name = found?.[1] ?? found?.[2];
    if (name === undefined) return;
    const block = directive.parent;
    if (!block || !('words' in block) || !block.children) return;
    if (block.children.some((it) => /^(?:internal|include|if|rewrite|deny|auth_\w+)$/.test(it.name))) return;
    if (/^[1-9]$/.test(name)) {
      const match = locationMatch(block.args);
      // The first group of an expression that lets everything through.
      if (block.name !== 'location' || !match?.kind.startsWith('regex') || name !== '1') return;
      if (!/^[^(]*\((?:\.[*+]\??|\[\^\/\][*+])\)/.test(match.text)) return;
    }
    report({ at: placeOfArg(directive, 1), say: 'chosen', with: { variable: `$${name}` } });
  },
});
