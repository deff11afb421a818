import { locationMatch } from '../../nginx/locationMatch.js';
import { type Item, placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/uncontrolled-php',
  severity: 'hint',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'body',
  messages: {
    passed:
      'Any URI that ends with .php goes to PHP, whether the script exists or not. With cgi.fix_pathinfo on, PHP then runs the nearest file above it, an uploaded picture for one. "try_files $fastcgi_script_name =404;" lets only scripts through.',
  },
  docs: {
    summary: 'PHP is asked for scripts that do not exist.',
    why: 'For /upload/face.jpg/x.php PHP may run face.jpg. PHP-FPM refuses what does not end with .php unless security.limit_extensions is emptied.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ \\.php$ {
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location ~ \\.php$ {
        try_files $fastcgi_script_name =404;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
    sources: [
      'https://www.nginx.com/resources/wiki/start/topics/tutorials/config_pitfalls/#passing-uncontrolled-requests-to-php',
    ],
  },

  check({ items, owner }, report) {
    if (owner?.name !== 'location') return;
    const match = locationMatch(owner.args);
    if (!match?.kind.startsWith('regex') || !/^(?:\.\*|\.\+|\[\^\/\]\+)?\\\.\(?php\)?\d?\$?$/.test(match.text)) return;
    const pass = items.find((it): it is Item => it.kind === 'simple' && it.name === 'fastcgi_pass');
    if (!pass || items.some((it) => /^(?:try_files|if|include|return|rewrite|deny|internal)$/.test(it.name))) return;
    report({
      at: placeOfArg(pass, 0),
      say: 'passed',
      related: [{ at: placeOfHead(owner), text: 'any URI that ends so' }],
    });
  },
});
