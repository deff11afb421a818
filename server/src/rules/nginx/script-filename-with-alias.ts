import type { Fix } from '../../base/fix.js';
import { hostPath } from '../../base/hostPath.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { locationAround } from '../../nginx/effective/files.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { passesIn } from '../../nginx/effective/passes.js';
import { scriptParameter } from '../../nginx/effective/script.js';
import { scriptName } from '../../nginx/effective/scriptName.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfArg, placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/script-filename-with-alias',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  directives: ['fastcgi_pass'],
  messages: {
    doubled:
      'PHP will answer "File not found.": for {uri} it is asked for {script}. $document_root is the alias, which stands for {prefix} already, and the name of the script begins with that again. Use $request_filename.',
    whole:
      'PHP will answer "File not found.": $document_root is the alias, which names the whole script here, and the URI comes behind it. Use $request_filename.',
  },
  docs: {
    summary: 'SCRIPT_FILENAME made of $document_root and the URI, where an alias is in force.',
    why: 'Where `root` is in force, the file is $document_root and the URI. An alias takes the place of the prefix, so the prefix would be there twice; $request_filename is the file in both cases.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    location /pma/ {
        alias /srv/phpmyadmin/;
        location ~ \\.php$ {
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/php/php-fpm.sock;
        }
    }
}
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    location /pma/ {
        alias /srv/phpmyadmin/;
        location ~ \\.php$ {
            fastcgi_param SCRIPT_FILENAME $request_filename;
            fastcgi_pass unix:/run/php/php-fpm.sock;
        }
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#alias',
      'ngx_http_map_uri_to_path() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ server, around }, report) {
    if (!server.complete) return;
    const told = new Set<unknown>();
    for (const pass of passesIn(server)) {
      const { within } = pass;
      const by = pass.name === 'fastcgi_pass' ? scriptParameter(within) : undefined;
      const roots = inForce(within, 'root');
      const alias = roots.directives[0];
      if (typeof by !== 'object' || told.has(by.item) || !roots.certain || alias?.name !== 'alias') continue;
      if (!NAMES.test(by.args[1]!) || [within, alias.within].some((it) => it.directives.some(changesUri))) continue;
      const match = locationMatch(locationAround(alias.within)?.args ?? []);
      const value = alias.args[0] ?? '';
      if (!match || !value.startsWith('/')) continue;
      const place = { at: placeOfArg(by.item, 2), fixes: fixFor(by) };
      const related = [{ at: placeOfHead(alias.item), text: 'the alias' }];
      if (match.kind.startsWith('regex')) {
        if (!/\$\w+$|\.php$/.test(value)) continue;
        told.add(by.item);
        report({ ...place, say: 'whole', related });
      } else if (!value.includes('$') && (match.kind === 'prefix' || match.kind === 'noRegex')) {
        const prefix = match.text;
        const uri = `${prefix.replace(/\/$/, '')}/index.php`;
        const script = doubled(server, within, by, uri, prefix, value);
        const there = script === undefined ? undefined : around.host.stat(hostPath(script));
        if (script === undefined || (there?.known && there.value)) continue;
        told.add(by.item);
        report({ ...place, say: 'doubled', with: { uri, script, prefix }, related });
      }
    }
  },
});

const NAMES = /^\$(?:document_root|realpath_root)\/?\$(?:fastcgi_script_name|uri|document_uri)$/;
const changesUri = ({ name }: Directive) => name === 'rewrite' || name === 'if' || name === 'set';

/** The script that is asked for, where the prefix of the alias is in it twice. */
function doubled(
  server: Block,
  block: Block,
  by: Directive,
  uri: string,
  prefix: string,
  alias: string,
): string | undefined {
  if (findLocation(server, uri)?.block !== block) return undefined;
  const name = by.args[1]!.includes('fastcgi_script_name') ? scriptName(block, uri).name : uri;
  return name.startsWith(prefix) ? alias + name : undefined;
}

function fixFor(by: Directive): Fix[] {
  const edits = [{ at: placeOfArg(by.item, 2), text: '$request_filename' }];
  return [{ title: 'Use $request_filename', applicability: 'suggested', edits }];
}
