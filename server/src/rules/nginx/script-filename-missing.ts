import type { Fix } from '../../base/fix.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { scriptParameter } from '../../nginx/effective/script.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/script-filename-missing',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['fastcgi_pass'],
  messages: {
    none: 'PHP will answer "File not found." or nothing: no fastcgi_param in force here names SCRIPT_FILENAME. fastcgi_params lacks it, fastcgi.conf has it.',
    replaced:
      'PHP will answer "File not found." or nothing: the fastcgi_param lines here replace all those further out, and none of them names SCRIPT_FILENAME.',
  },
  docs: {
    summary: 'PHP is asked without the name of a script.',
    why: 'php-fpm runs what SCRIPT_FILENAME names. Without it, it answers 404 with `Primary script unknown` in its log, or, in old releases, with an empty page.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location ~ \\.php$ {
        fastcgi_param QUERY_STRING $query_string;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location ~ \\.php$ {
        fastcgi_param QUERY_STRING $query_string;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_param',
      'init_request_info() in sapi/fpm/fpm/fpm_main.c',
    ],
  },

  check({ server, around }, report) {
    for (const pass of passesIn(server)) {
      const { within } = pass;
      if (scriptParameter(within) !== 'none') continue;
      const php =
        /php/i.test(within.args.join(' ')) ||
        /php/i.test(pass.args[0] ?? '') ||
        around
          .connectionsOf(pass.item)
          .some((it) => around.listenersFor(it.address).some(({ app }) => app?.server === 'php-fpm'));
      if (!php) continue;
      const at = placeOfArg(pass.item, 0);
      // Where the lines come from further out, one of its own would take them all away.
      const own = within.all('fastcgi_param').length > 0 || inForce(within, 'fastcgi_param').directives.length === 0;
      const fixes = own ? [fixFor(pass)] : [];
      const further =
        within.all('fastcgi_param').length > 0 && within.parent ? scriptParameter(within.parent) : undefined;
      if (further !== undefined && further !== 'none')
        report({ at, say: 'replaced', fixes, related: [{ at: placeOfHead(further.item), text: 'this is replaced' }] });
      else report({ at, say: 'none', fixes });
    }
  },
});

function* passesIn(block: Block): Generator<Directive> {
  for (const it of block.directives) {
    if (it.name === 'fastcgi_pass') yield it;
    if (it.body) yield* passesIn(it.body);
  }
}

function fixFor({ item }: Directive): Fix {
  const head = placeOfHead(item);
  return {
    title: 'Pass SCRIPT_FILENAME',
    applicability: 'suggested',
    edits: [
      {
        at: { ...head, end: head.start },
        text: 'fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n        ',
      },
    ],
  };
}
