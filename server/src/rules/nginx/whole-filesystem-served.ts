import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/whole-filesystem-served',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['root', 'alias'],
  messages: {
    root: 'Every file of this machine that nginx can read is served, /etc/passwd for one. Name the directory that is meant.',
  },
  docs: {
    summary: '`root /` or `alias /` for all requests.',
    why: 'The URI is looked up from the top of the file system.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/www;
    location /usr/share/doc/ {
        root /;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_core_module.html#root'],
  },

  check({ directive, context }, report) {
    if ((directive.name !== 'root' && directive.name !== 'alias') || !/^\/+$/.test(directive.args[0] ?? '')) return;
    if (context !== 'server' && context !== 'location') return;
    const block = directive.parent;
    if (context === 'location') {
      const match = block && 'words' in block ? locationMatch(block.args) : undefined;
      if (!match || match.kind === 'exact' || match.kind === 'named' || match.kind.startsWith('regex')) return;
      if (directive.name === 'root' && match.text !== '/') return;
      if (block && 'children' in block && block.children?.some((it) => it.name === 'internal')) return;
    }
    report({ at: placeOfArg(directive, 1), say: 'root' });
  },
});
