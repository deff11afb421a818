import { hostPath } from '../../base/hostPath.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { locationsOf } from '../../nginx/effective/locations.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/missing-alias-file',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    missing: 'nginx will answer 404 for {uri}: {path} does not exist, and nothing else is tried here.',
  },
  docs: {
    summary: 'A location for one file, whose alias names a file that does not exist.',
    why: 'With `=` there is one URI, and alias gives it one file. Silent where the file tree is not known, and where log_not_found off says that it may be missing.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    location = /robots.txt {
        alias /srv/site/static/robots.txt;
    }
}
-- srv/site/robots.txt --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    location = /robots.txt {
        alias /srv/site/robots.txt;
    }
}
-- srv/site/robots.txt --
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_core_module.html#alias'],
  },

  check({ server, around }, report) {
    for (const { match, block } of locationsOf(server)) {
      const by = match.kind === 'exact' && !match.text.endsWith('/') ? block.first('alias') : undefined;
      const value = by?.args[0] ?? '';
      if (!by || !block.complete || !/^\/[^$]*\.\w+$/.test(value)) continue;
      if (block.directives.some((it) => ANSWERS.test(it.name))) continue;
      if (inForce(block, 'log_not_found').directives[0]?.args[0] === 'off') continue;
      if (inForce(block, 'error_page').directives.some((it) => it.args.includes('404'))) continue;
      const there = around.host.stat(hostPath(value));
      if (!there.known || there.value) continue;
      report({ at: placeOfArg(by.item, 1), say: 'missing', with: { uri: match.text, path: value } });
    }
  },
});

const ANSWERS = /_pass$|^(?:return|rewrite|if|try_files|internal|gzip_static|empty_gif)$|_by_lua|^echo/;
