import { isTemplated } from '../../nginx/values.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/referer-required',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    none: 'A request without Referer counts as invalid here: a typed address, a bookmark, a browser that sends none. "none" lets them in.',
  },
  docs: {
    summary: 'valid_referers refuses requests that have no Referer at all.',
    why: 'Where `none` is missing, $invalid_referer is 1 for a request without the header, and the answer is usually 403: also for whoever opens a picture by its address.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    location /img/ {
        valid_referers server_names;
        if ($invalid_referer) {
            return 403;
        }
    }
}
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    location /img/ {
        valid_referers none blocked server_names;
        if ($invalid_referer) {
            return 403;
        }
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_referer_module.html', 'ngx_http_referer_variable()'],
  },

  check({ items }, report) {
    const all = items.filter((it) => it.name === 'valid_referers');
    const [first] = all;
    // All lines of a block count together.
    if (!first || all.some((it) => it.args.includes('none') || it.args.some(isTemplated))) return;
    report({ at: placeOfHead(first), say: 'none' });
  },
});
