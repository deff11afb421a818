import type { Item } from '../../syntax/nginxSyntax.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/overwritten-entry',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'entries',
  messages: {
    extension: 'nginx warns: files that end with .{key} are "{before}" already, and become "{value}" by this.',
    network: 'nginx warns: {key} stands above with "{before}", and becomes "{value}" by this.',
  },
  docs: {
    summary: 'An extension of types or a network of geo for the second time.',
    why: 'nginx starts, warns `duplicate extension` or `duplicate network`, and the last one counts.',
    bad: `-- etc/nginx/conf.d/app.conf --
geo $zone {
    default outside;
    10.0.0.0/8 office;
    10.0.0.0/8 lab;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
geo $zone {
    default outside;
    10.0.0.0/8 office;
    10.1.0.0/16 lab;
}
`,
    sources: [
      'ngx_http_core_type() in src/http/ngx_http_core_module.c',
      'ngx_http_geo_cidr() in src/http/modules/ngx_http_geo_module.c',
    ],
  },

  check({ owner, items }, report) {
    if (owner.name === 'types')
      types(items, (at, key, before, value) => {
        const severity = value === before ? ('information' as const) : ('warning' as const);
        report({ at, say: 'extension', severity, with: { key, before, value } });
      });
    if (owner.name !== 'geo' || items.some((it) => it.name === 'ranges')) return;
    const seen = new Map<string, string>();
    for (const it of items) {
      const [value] = it.args;
      if (!it.isDirective || value === undefined || /^(?:include|proxy|delete)$/.test(it.name)) continue;
      const before = seen.get(it.name);
      if (before !== undefined)
        report({
          at: placeOfArg(it, 0),
          say: 'network',
          severity: before === value ? 'information' : 'warning',
          with: { key: it.name, before, value },
        });
      seen.set(it.name, value);
    }
  },
});

type Tell = (at: ReturnType<typeof placeOfArg>, key: string, before: string, value: string) => void;

function types(items: readonly Item[], tell: Tell): void {
  const seen = new Map<string, string>();
  for (const it of items) {
    if (!it.isDirective || it.name === 'include') continue;
    it.args.forEach((raw, i) => {
      const key = raw.toLowerCase();
      const before = seen.get(key);
      if (before !== undefined) tell(placeOfArg(it, i + 1), key, before, it.name);
      seen.set(key, it.name);
    });
  }
}
