import { hostPath } from '../../base/hostPath.js';
import { lookedFor } from '../../deployment/servedFiles.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { type Location, locationsOf } from '../../nginx/effective/locations.js';
import { scriptParameter } from '../../nginx/effective/script.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/root-not-inherited',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    none: 'No root is in force here, so nginx looks for scripts in the folder that it was compiled with: the root of {location} counts in that location only. Move it up into the server.',
    files:
      'nginx will answer 404: no root is in force here, so it looks in the folder that it was compiled with. {path} is below the root of {location}, which counts in that location only. Move it up into the server.',
  },
  docs: {
    summary: 'PHP is asked for scripts below a root that is set in another location only.',
    why: "A location inherits from the server around it and never from the location beside it. Without a root nginx falls back on its compiled-in folder html, and try_files and SCRIPT_FILENAME look there: 404, or php-fpm's `File not found.`",
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        location / {
            root /srv/site;
        }
        location ~ \\.php$ {
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/php/php-fpm.sock;
        }
    }
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    server {
        root /srv/site;
        location ~ \\.php$ {
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/php/php-fpm.sock;
        }
    }
}
`,
    sources: [
      'https://www.nginx.com/resources/wiki/start/topics/tutorials/config_pitfalls/#root-inside-location-block',
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#root',
    ],
  },

  check({ server, around }, report) {
    if (!server.complete) return;
    const rooted = locationsOf(server).find(({ block }) => block.first('root'));
    if (!rooted) return;
    for (const here of locationsOf(server)) {
      const { match, block } = here;
      const item = block.directive?.item;
      if (!item || !/^(?:prefix|noRegex)$/.test(match.kind) || lookedFor(block, match.text) !== 'nowhere') continue;
      const beside = locationsOf(server).find((it) => it !== here && isThere(it, match.text, around.host));
      if (!beside) continue;
      const root = beside.block.first('root')!;
      const path = `${root.args[0]!.replace(/\/$/, '')}${match.text}`;
      const related = [{ at: placeOfHead(root.item), text: 'the root of that location' }];
      report({
        at: placeOfHead(item),
        say: 'files',
        with: { path, location: `location ${beside.match.text}` },
        related,
      });
    }
    for (const pass of passesIn(server)) {
      const { within } = pass;
      const root = inForce(within, 'root');
      if (!root.certain || root.directives.length > 0 || !within.complete) continue;
      const script = scriptParameter(within);
      const looks = /\$(?:document_root|realpath_root|request_filename)\b/;
      const asks = typeof script === 'object' && looks.test(script.args[1]!);
      const tried = within.first('try_files')?.args.some((it) => /^\$(?:uri|fastcgi_script_name)/.test(it));
      if (!asks && !tried) continue;
      const location = `location ${rooted.match.text}`;
      const related = [{ at: placeOfHead(rooted.block.first('root')!.item), text: 'the root of that location' }];
      report({ at: placeOfHead(pass.item), say: 'none', with: { location }, related });
    }
  },
});

/** Whether a location's own root has what a URI begins with. */
function isThere({ block, match }: Location, uri: string, host: HostView): boolean {
  const value = block.first('root')?.args[0];
  if (!value?.startsWith('/') || value.includes('$') || !uri.startsWith(match.text)) return false;
  const there = host.stat(hostPath(value + uri));
  return there.known && there.value !== undefined;
}

function* passesIn(block: Block): Generator<Directive> {
  for (const it of block.directives) {
    if (it.name === 'fastcgi_pass') yield it;
    if (it.body && it.name === 'location') yield* passesIn(it.body);
  }
}
