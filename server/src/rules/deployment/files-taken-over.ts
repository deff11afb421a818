import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation, type Location, locationsOf } from '../../nginx/effective/locations.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/files-taken-over',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    elsewhere:
      'nginx will answer 404 for {uri}: this expression goes before {location}, whose folder has the file, and here it is looked for as {path}. Write location ^~ there, or leave out the expression.',
    noRoot:
      'nginx will answer 404 for {uri}: this expression goes before {location}, whose folder has the file, and no root is in force here. Write location ^~ there, or leave out the expression.',
  },
  docs: {
    summary: 'A regular expression takes requests for files from the location that knows where they lie.',
    why: 'nginx remembers the longest prefix and then asks all regular expressions; the first that matches wins, and brings its own root, or the one of the server. `^~` on the prefix ends the search. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site/public;
    location /static/ {
        alias /srv/site/assets/;
    }
    location ~* \\.css$ {
        expires 30d;
    }
}
-- srv/site/public/index.html --
-- srv/site/assets/site.css --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site/public;
    location ^~ /static/ {
        alias /srv/site/assets/;
    }
    location ~* \\.css$ {
        expires 30d;
    }
}
-- srv/site/public/index.html --
-- srv/site/assets/site.css --
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#location',
      'ngx_http_core_find_location() in src/http/ngx_http_core_module.c',
    ],
  },

  check({ server, around }, report) {
    if (!server.complete || server.directives.some((it) => REWRITES.test(it.name))) return;
    const locations = locationsOf(server);
    if (!locations.some(({ match }) => match.kind.startsWith('regex'))) return;
    const told = new Set<Block>();
    for (const location of locations) {
      const folder = location.match.kind === 'prefix' ? folderOf(location) : undefined;
      if (folder === undefined) continue;
      for (const name of namesIn(folder, around.host)) {
        const uri = location.match.text + name;
        const found = findLocation(server, uri);
        const by = found?.block.directive;
        if (!found || !by || !found.location?.match.kind.startsWith('regex') || told.has(found.block)) continue;
        const path = lookedFor(found.block, uri);
        if (path === undefined || (path !== 'nowhere' && !isAbsent(path, around.host))) continue;
        told.add(found.block);
        const place = {
          at: placeOfHead(by.item),
          related: [{ at: placeOfHead(location.block.directive!.item), text: 'the file is here' }],
        };
        const known = { uri, location: `location ${location.match.text}` };
        if (path === 'nowhere') report({ ...place, say: 'noRoot', with: known });
        else report({ ...place, say: 'elsewhere', with: { ...known, path } });
      }
    }
  },
});

const REWRITES = /^(?:rewrite|return|if|break|try_files)$|_by_lua/;
/** A location with one of these answers otherwise, or asks somebody else for what is not there. */
const ANSWERS =
  /_pass$|^(?:stub_status|empty_gif|flv|mp4|perl|js_content|return|rewrite|if|try_files|deny|internal|error_page|include)$|_by_lua|^echo|^image_filter$/;

/** Where a prefix location keeps its files: its own alias or root, as plain text. */
function folderOf({ block, match }: Location): HostPath | undefined {
  const by = block.first('alias') ?? block.first('root');
  const value = by?.args[0];
  if (!value?.startsWith('/') || value.includes('$') || !match.text.endsWith('/') || /[^\x20-\x7e]/.test(match.text))
    return undefined;
  if (by!.name === 'alias') return value.endsWith('/') ? hostPath(value) : undefined;
  return hostPath(value.replace(/\/$/, '') + match.text);
}

/** How many files of a folder are tried. */
const MOST_NAMES = 40;

/** Files of a folder and of the folders in it. */
function namesIn(folder: HostPath, host: HostView): string[] {
  const plain = (names: readonly string[]) => names.filter((it) => /^[\w.-]+\.\w+$/.test(it) && !it.startsWith('.'));
  const top = host.list(folder);
  if (!top.known || !top.value) return [];
  const inner = top.value
    .filter((it) => /^[\w-]+$/.test(it))
    .slice(0, 8)
    .flatMap((it) => {
      const names = host.list(joinPath(folder, it));
      return plain((names.known && names.value) || [])
        .slice(0, 8)
        .map((name) => `${it}/${name}`);
    });
  return [...plain(top.value).slice(0, MOST_NAMES), ...inner].slice(0, MOST_NAMES);
}

/** The path that a location without an answer of its own opens; undefined where that is not known. */
function lookedFor(block: Block, uri: string): HostPath | 'nowhere' | undefined {
  if (!block.complete || block.directives.some((it) => ANSWERS.test(it.name))) return undefined;
  const { directives, certain } = inForce(block, 'root');
  if (!certain || inForce(block, 'error_page').directives.some((it) => it.args.includes('404'))) return undefined;
  const [by] = directives;
  if (!by) return 'nowhere';
  const value = by.args[0] ?? '';
  if (by.name === 'alias' || !value.startsWith('/') || value.includes('$')) return undefined;
  return hostPath(value.replace(/\/$/, '') + uri);
}

function isAbsent(path: HostPath, host: HostView): boolean {
  const there = host.stat(path);
  return there.known && there.value === undefined;
}
