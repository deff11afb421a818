import type { Fix } from '../../base/fix.js';
import { hostPath } from '../../base/hostPath.js';
import { folderOf, lookedFor, namesIn } from '../../deployment/servedFiles.js';
import { type HostView, isAbsent } from '../../host/host.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation, type Location, locationsOf } from '../../nginx/effective/locations.js';
import { PASSES } from '../../nginx/effective/passes.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/exact-location-of-folder',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    elsewhere:
      'Only {uri} itself comes here, and nothing below it: for {file} nginx goes to {other}. Without "=" this is the place of the folder.',
    nowhere:
      'Only {uri} itself comes here, and nothing below it: no location takes {file}. Without "=" this is the place of the folder.',
  },
  docs: {
    summary: 'A location with "=" for a folder of files, which none of the files reaches.',
    why: '`=` compares the whole URI. The folder itself has no index, so this location answers 403 or 404 for its one URI, and the files in it are looked for elsewhere. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    location = /static/ {
        alias /srv/site/static/;
    }
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- srv/site/static/site.css --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    location /static/ {
        alias /srv/site/static/;
    }
    location / {
        proxy_pass http://127.0.0.1:8000;
    }
}
-- srv/site/static/site.css --
`,
    sources: ['https://nginx.org/en/docs/http/ngx_http_core_module.html#location', 'ngx_http_core_find_location()'],
  },

  check({ server, around }, report) {
    if (!server.complete) return;
    for (const location of locationsOf(server)) {
      const item = location.block.directive?.item;
      const folder = location.match.kind === 'exact' && !answersItself(location) ? folderOf(location) : undefined;
      if (!item || folder === undefined || hasIndex(location, folder, around.host)) continue;
      const [file] = namesIn(folder, around.host);
      const uri = location.match.text;
      const found = file === undefined ? undefined : findLocation(server, uri + file);
      if (file === undefined || !found) continue;
      const path = lookedFor(found.block, uri + file);
      const passes = found.block.directives.some((it) => PASSES.has(it.name));
      if (!passes && (path === undefined || (path !== 'nowhere' && !isAbsent(path, around.host)))) continue;
      const place = { at: placeOfHead(item), fixes: withoutSign(item) };
      const head = found.location && found.block.directive;
      if (head) {
        const related = [{ at: placeOfHead(head.item), text: 'takes the files' }];
        const other = `"location ${head.args.join(' ')}"`;
        report({ ...place, say: 'elsewhere', with: { uri, file: uri + file, other }, related });
      } else report({ ...place, say: 'nowhere', with: { uri, file: uri + file } });
    }
  },
});

const ANSWERS = /_pass$|^(?:return|rewrite|if|try_files|include|autoindex|random_index|fancyindex|deny)$|_by_lua|^echo/;

const answersItself = ({ block }: Location) => !block.complete || block.directives.some((it) => ANSWERS.test(it.name));

function hasIndex({ block }: Location, folder: string, host: HostView): boolean {
  const { directives, certain } = inForce(block, 'index');
  const names = directives.length > 0 ? directives.flatMap((it) => it.args) : ['index.html'];
  if (!certain || inForce(block, 'autoindex').directives.some((it) => it.args[0] === 'on')) return true;
  return names.some((it) => /[$/]/.test(it) || !isAbsent(hostPath(`${folder}/${it}`), host));
}

function withoutSign(item: Item): Fix[] {
  const [, sign, text] = item.words;
  if (!sign || !text || item.args[0] !== '=') return [];
  const edits = [{ at: { node: item, start: sign.start, end: text.start }, text: '' }];
  return [{ title: 'Leave out "="', applicability: 'suggested', edits }];
}
