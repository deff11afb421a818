import { joinPath } from '../../base/hostPath.js';
import { matcher } from '../../nginx/effective/regex.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/missing-fallback-file',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    round:
      'nginx will answer 500 where nothing else is found: there is no {path}, and {uri} leads back to this try_files. Build or copy the file, or end the list with =404.',
  },
  docs: {
    summary: 'try_files falls back to a page that does not exist, and comes back to itself.',
    why: 'The last word of try_files is a URI that nginx starts anew with. Where it falls into the same location and its file is missing, nginx goes round until it gives up after ten times: "rewrite or internal redirection cycle", 500. Single-page apps that were not built yet look like this.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app/dist;
    location / {
        try_files $uri $uri/ /index.html;
    }
}
-- srv/app/dist/main.js --
1;
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app/dist;
    location / {
        try_files $uri $uri/ /index.html;
    }
}
-- srv/app/dist/index.html --
here
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files',
      'ngx_http_internal_redirect() in src/http/ngx_http_core_module.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'root' || view.root.directive !== 'root' || view.root.value.includes('$')) return;
    const { root, around } = view;
    const block = (root.at.node as Item).parent;
    if (!block || !('words' in block)) return;
    for (const it of triesBelow(block)) {
      const last = it.args.length;
      const uri = it.args[last - 1]!.replace(/\?.*$/s, '');
      if (!/^\/[^$]*[^$/]$/.test(uri) || !leadsBack(it, uri)) continue;
      const path = joinPath(around.prefix, `${root.value.replace(/\/$/, '')}${uri}`);
      const there = around.host.stat(path);
      if (there.known && !there.value) report({ at: placeOfArg(it, last), say: 'round', with: { path, uri } });
    }
  },
});

/** try_files that look below the root of this block: in it, and in locations that have no root of their own. */
function triesBelow(block: Item): Item[] {
  return (block.children ?? []).flatMap((it) => {
    if (it.name === 'try_files' && it.args.length > 1) return [it];
    const own = it.children?.some((one) => one.name === 'root' || one.name === 'alias');
    return it.name === 'location' && !own ? triesBelow(it) : [];
  });
}

/** Whether the URI falls into the location that the try_files stands in, for certain. */
function leadsBack(by: Item, uri: string): boolean {
  const home = by.parent && 'words' in by.parent ? by.parent : undefined;
  const server = home?.name === 'location' ? home.parent : home;
  if (!home || !server || !('words' in server) || server.name !== 'server') return false;
  const inside = server.children ?? [];
  if (inside.some((it) => /^(?:include|rewrite|if|return)$/.test(it.name))) return false;
  let longest: { item: Item; length: number } | undefined;
  for (const item of inside) {
    const match = item.name === 'location' ? locationMatch(item.args) : undefined;
    if (!match) continue;
    if (match.kind === 'exact' && match.text === uri) return false;
    if (match.kind === 'regex' || match.kind === 'regexAnyCase') {
      const regex = matcher(match.text, match.kind === 'regexAnyCase');
      if (!regex || regex.match(uri)) return false;
    } else if (match.kind === 'prefix' || match.kind === 'noRegex') {
      if (uri.startsWith(match.text) && match.text.length > (longest?.length ?? -1))
        longest = { item, length: match.text.length };
    }
  }
  if (!longest) return home === server;
  return longest.item === home && !home.children?.some((it) => it.name === 'location' || it.name === 'if');
}
