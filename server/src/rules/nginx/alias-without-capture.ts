import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/alias-without-capture',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'body',
  messages: {
    directory:
      'No file is found here: in a location with an expression alias is the whole path, so that each request means the directory itself, and is redirected to its own URI with a slash at the end. Capture the rest, as in "~ ^/x/(.*)$" and "{value}$1".',
  },
  docs: {
    summary: 'alias of a directory in a location with a regular expression.',
    why: 'With an expression nothing of the URI is appended to alias. Every request opens the directory, and nginx answers 301 to the same URI with a slash, again and again.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ ^/img/.*\\.png$ {
        alias /srv/img/;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ ^/img/(.*\\.png)$ {
        alias /srv/img/$1;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_core_module.html#alias', 'ngx_http_map_uri_to_path()'],
  },

  check({ items, owner }, report) {
    if (owner?.name !== 'location' || !locationMatch(owner.args)?.kind.startsWith('regex')) return;
    const alias = items.find((it) => it.kind === 'simple' && it.name === 'alias');
    const value = alias?.args[0];
    if (!alias || !value?.endsWith('/') || value.includes('$')) return;
    // Something else may answer, or change what is asked for.
    if (
      items.some((it) =>
        /^(?:return|rewrite|try_files|include|if|location|index|autoindex|dav_methods)$|_pass$|_by_lua/.test(it.name),
      )
    )
      return;
    report({ at: placeOfArg(alias, 1), say: 'directory', with: { value } });
  },
});
