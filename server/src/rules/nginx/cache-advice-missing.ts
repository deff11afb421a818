import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/cache-advice-missing',
  severity: 'hint',
  confidence: 'likely',
  audience: 'pedantic',
  sees: 'server',
  messages: {
    static:
      'Browsers and proxies guess how long these files are good: there is no expires and no Cache-Control. Add expires, such as expires 7d, or 1y where names change with their content.',
    vary: 'The proxy in front may hand compressed answers to clients that cannot read them: gzip is on without gzip_vary, so that nothing says that they differ. Add gzip_vary on.',
  },
  docs: {
    summary: 'Answers that a cache will keep without being told how long, or for whom.',
    why: 'Without Expires and Cache-Control a cache takes a tenth of the age of the file (RFC 9111, 4.2.2). Without Vary: Accept-Encoding it has one copy for those who read gzip and those who do not. The second is said only where set_real_ip_from shows that a proxy stands in front.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        alias /srv/app/static/;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        alias /srv/app/static/;
        expires 7d;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_headers_module.html#expires',
      'https://nginx.org/en/docs/http/ngx_http_gzip_module.html#gzip_vary',
      'RFC 9111, 4.1 and 4.2.2',
    ],
  },

  check({ server }, report) {
    for (const it of server.all('location')) {
      const { body } = it;
      if (!body?.complete || it.args.length !== 1 || !/^\/(?:static|assets|media)\//.test(it.args[0] ?? '')) continue;
      const own = body.first('alias') ?? body.first('root');
      if (own && !advises(body)) report({ at: placeOfArg(own.item, 1), say: 'static' });
    }
    const gzip = inForce(server, 'gzip');
    const on = gzip.directives[0];
    const vary = inForce(server, 'gzip_vary');
    const behind = inForce(server, 'set_real_ip_from').directives.length > 0;
    if (on?.args[0] === 'on' && behind && vary.certain && vary.directives[0]?.args[0] !== 'on' && on.within === server)
      report({ at: placeOfArg(on.item, 1), say: 'vary' });
  },
});

/** Whether something in force may say how long an answer is good. */
function advises(body: Block): boolean {
  const expires = inForce(body, 'expires');
  const headers = inForce(body, 'add_header');
  if (!expires.certain || !headers.certain || expires.directives.length > 0) return true;
  if (headers.directives.some((it) => /^(?:cache-control|expires)$/i.test(it.args[0] ?? ''))) return true;
  return body.directives.some((it) => it.name === 'more_set_headers' || it.body !== undefined);
}
