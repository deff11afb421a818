import { isTemplated } from '../../nginx/values.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/repeated-type',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    always: 'nginx warns: "{type}" is among the types of {directive} anyway.',
    twice: 'nginx warns: "{type}" stands in this {directive} already.',
  },
  docs: {
    summary: 'A type in gzip_types and its kin that is there already.',
    why: 'nginx warns `duplicate MIME type`. text/html is always compressed, and cannot be left out.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    gzip_types text/html text/css;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    gzip_types text/css application/json;
}
`,
    sources: [
      'ngx_http_types_slot() in src/http/ngx_http.c',
      'https://nginx.org/en/docs/http/ngx_http_gzip_module.html#gzip_types',
    ],
  },

  check({ directive, context }, report) {
    const always = ALWAYS[directive.name];
    if (!always || directive.kind !== 'simple' || context === 'unknown') return;
    const seen = new Set<string>([always]);
    directive.args.forEach((it, i) => {
      const type = it.toLowerCase();
      if (isTemplated(it)) return;
      if (seen.has(type))
        report({
          at: placeOfArg(directive, i + 1),
          say: type === always ? 'always' : 'twice',
          with: { type: it, directive: directive.name },
          fixes:
            directive.args.length > 1
              ? [{ title: `Remove ${it}`, applicability: 'safe', edits: [without(directive, i + 1)] }]
              : [],
        });
      seen.add(type);
    });
  },
});

/** The type that is in force whatever is written. */
const ALWAYS: Readonly<Record<string, string>> = {
  gzip_types: 'text/html',
  brotli_types: 'text/html',
  ssi_types: 'text/html',
  sub_filter_types: 'text/html',
  addition_types: 'text/html',
  charset_types: 'text/html',
  xslt_types: 'text/xml',
};

/** The word and the space before it. */
function without(item: Item, number: number) {
  return { at: { node: item, start: item.words[number - 1]!.end, end: item.words[number]!.end }, text: '' };
}
