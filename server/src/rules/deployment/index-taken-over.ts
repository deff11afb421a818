import { type HostPath, hostPath } from '../../base/hostPath.js';
import { folderOf, lookedFor } from '../../deployment/servedFiles.js';
import { type HostView, isAbsent } from '../../host/host.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation, type Location, locationsOf } from '../../nginx/effective/locations.js';
import { PASSES } from '../../nginx/effective/passes.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/index-taken-over',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    missing:
      'nginx will answer 404 for {uri}: it finds {file}, goes on with {index}, and that falls into {other}, where it looks for {path}. Use try_files {index} =404 here, with the root that it has.',
    noRoot:
      'This page is never shown: for {uri} nginx finds {file}, goes on with {index}, and that falls into {other}, where no root is in force. Use try_files {index} =404 here.',
    program:
      'This page is never shown: for {uri} nginx finds {file}, goes on with {index}, and that falls into {other}, which asks a program. Use try_files {index} =404 here.',
  },
  docs: {
    summary: 'The index of a location is served by another location, which has no such file.',
    why: 'For a URI that ends with a slash nginx looks whether the index is there and then makes an internal redirect to it: the location is chosen anew, and `location = /` does not match `/index.html`. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    location = / {
        root /srv/landing;
    }
    location / {
        root /srv/shop;
    }
}
-- srv/landing/index.html --
-- srv/shop/shop.css --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    location = / {
        root /srv/landing;
        try_files /index.html =404;
    }
    location / {
        root /srv/shop;
    }
}
-- srv/landing/index.html --
-- srv/shop/shop.css --
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_index_module.html#index',
      'ngx_http_index_handler() in src/http/modules/ngx_http_index_module.c',
    ],
  },

  check({ server, around }, report) {
    if (!server.complete || server.directives.some((it) => REWRITES.test(it.name))) return;
    for (const location of locationsOf(server)) {
      const folder = folderOf(location);
      const item = location.block.directive?.item;
      const index = folder === undefined ? undefined : indexOf(location, folder, around.host);
      if (folder === undefined || index === undefined || !item) continue;
      const uri = location.match.text;
      const found = findLocation(server, uri + index);
      if (!found || found.block === location.block) continue;
      const head = found.location && found.block.directive;
      const known = {
        uri,
        file: hostPath(`${folder}/${index}`),
        index: uri + index,
        other: head ? `"location ${head.args.join(' ')}"` : 'no location at all',
      };
      const related = head ? [{ at: placeOfHead(head.item), text: 'the index falls into this' }] : [];
      const place = { at: placeOfHead(item), related };
      const path = lookedFor(found.block, uri + index);
      if (path === 'nowhere') report({ ...place, say: 'noRoot', with: known });
      else if (path !== undefined && isAbsent(path, around.host))
        report({ ...place, say: 'missing', with: { ...known, path } });
      else if (found.location?.match.kind === 'prefix' && asksProgram(found.block))
        report({ ...place, say: 'program', with: known });
    }
  },
});

const REWRITES = /^(?:rewrite|return|if|break|try_files)$|_by_lua/;
/** With one of these it is not the index that answers for the folder. */
const ANSWERS = /_pass$|^(?:return|rewrite|if|include|internal|random_index|deny)$|_by_lua|^echo/;

/** The page for a location's own URI: the first that is there. */
function indexOf({ block, match }: Location, folder: HostPath, host: HostView): string | undefined {
  if (!/^(?:exact|prefix|noRegex)$/.test(match.kind) || !match.text.endsWith('/')) return undefined;
  if (!block.complete || block.directives.some((it) => ANSWERS.test(it.name))) return undefined;
  const tried = block.first('try_files')?.args.slice(0, -1);
  if (tried && (!tried.includes('$uri/') || tried.some((it) => it !== '$uri/' && it !== '$uri'))) return undefined;
  const { directives, certain } = inForce(block, 'index');
  const names = directives.length > 0 ? directives.flatMap((it) => it.args) : ['index.html'];
  if (!certain || names.some((it) => !/^[\w.-]+$/.test(it))) return undefined;
  for (const name of names) {
    const there = host.stat(hostPath(`${folder}/${name}`));
    if (!there.known) return undefined;
    if (there.value) return there.value.kind === 'file' ? name : undefined;
  }
  return undefined;
}

const asksProgram = (block: Block) => block.directives.some((it) => PASSES.has(it.name));
