import { isTemplated } from '../../nginx/values.js';
import { placeOfArg, valueStart } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/header-injection',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['return', 'add_header'],
  messages: {
    redirect:
      'A request for /%0d%0aSet-Cookie:x writes a header of its own into the answer: {variable} is decoded. $request_uri is not.',
    header:
      'A request for /%0d%0aSet-Cookie:x writes a header of its own into the answer: {variable} is decoded, line ends too.',
  },
  docs: {
    summary: 'A decoded URI in a header of the answer lets clients write headers (response splitting).',
    why: 'nginx decodes %0d and %0a in $uri and $document_uri and puts them into the header as they are.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    return 301 https://example.com$uri;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    return 301 https://example.com$request_uri;
}
`,
    sources: [
      'ngx_http_send_response() in src/http/ngx_http_core_module.c',
      'ngx_http_add_header() in src/http/modules/ngx_http_headers_filter_module.c',
    ],
  },

  check({ directive, context }, report) {
    if (context === 'unknown' || directive.kind !== 'simple') return;
    const { name, args } = directive;
    const redirects =
      name === 'return' && (args.length === 1 ? /^(?:https?:|\$scheme)/.test(args[0]!) : /^30[12378]$/.test(args[0]!));
    const number = redirects ? args.length : name === 'add_header' ? 2 : 0;
    const value = args[number - 1];
    const word = directive.words[number];
    if (!value || !word || isTemplated(value)) return;
    for (const found of value.matchAll(/\$(?:\{(?:uri|document_uri)\}|(?:uri|document_uri)(?!\w))/g)) {
      const exact = value.length === word.raw.length - (word.quote ? 2 : 0);
      const start = valueStart(word) + found.index;
      const at = exact ? { node: directive, start, end: start + found[0].length } : placeOfArg(directive, number);
      if (!redirects) report({ at, say: 'header', with: { variable: found[0] } });
      else {
        // The query is part of $request_uri: what appends it would have it twice.
        const query = /^\$is_args\$(?:args|query_string)/.exec(value.slice(found.index + found[0].length))?.[0] ?? '';
        const fixes = exact
          ? [
              {
                title: 'Change to $request_uri',
                applicability: 'suggested' as const,
                edits: [{ at: { ...at, end: at.end + query.length }, text: '$request_uri' }],
              },
            ]
          : [];
        report({ at, say: 'redirect', with: { variable: found[0] }, fixes });
      }
    }
  },
});
