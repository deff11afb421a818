import { inForce } from '../../nginx/effective/inheritance.js';
import { locationsOf } from '../../nginx/effective/locations.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/path-info-never-sent',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['fastcgi_param'],
  messages: {
    ends: 'PATH_INFO is always empty here: "location ~ {pattern}" takes only URIs that end with the script. "location ~ {wider}" takes what follows it, too.',
  },
  docs: {
    summary: 'PATH_INFO is passed from a location that no URI with a path behind the script comes to.',
    why: '`\\.php$` ends with the script. /index.php/users does not, so it falls into another location, which looks for a file of that name and answers 404.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location ~ \\.php$ {
        fastcgi_pass unix:/run/php/php-fpm.sock;
        fastcgi_param PATH_INFO $fastcgi_path_info;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    }
}
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location ~ \\.php(/|$) {
        fastcgi_split_path_info ^(.+\\.php)(/.*)$;
        fastcgi_pass unix:/run/php/php-fpm.sock;
        fastcgi_param PATH_INFO $fastcgi_path_info;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    }
}
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_split_path_info'],
  },

  check({ server }, report) {
    if (!server.hidesNoBlocks) return;
    for (const { match, block } of locationsOf(server)) {
      if (!match.kind.startsWith('regex') || !/\\\.php\$$/.test(match.text)) continue;
      // What a snippet of the distribution brings is nobody's decision here.
      const item = block.directive?.item;
      const own = inForce(block, 'fastcgi_param').directives.find(
        (it) => it.args[0] === 'PATH_INFO' && it.args[1] === '$fastcgi_path_info' && it.item.parent === item,
      );
      if (!own) continue;
      const wider = match.text.replace(/\$$/, '(/|$)');
      report({ at: placeOfHead(own.item), say: 'ends', with: { pattern: match.text, wider } });
    }
  },
});
