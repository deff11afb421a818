import { hostPath } from '../../base/hostPath.js';
import { folderOf, isAbsent, lookedFor } from '../../deployment/servedFiles.js';
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
      const index = indexOf(location);
      const folder = index === undefined ? undefined : folderOf(location);
      if (index === undefined || folder === undefined) continue;
      const file = hostPath(`${folder}/${index}`);
      const there = around.host.stat(file);
      const { match, block } = location;
      const item = block.directive?.item;
      const found = there.known && there.value?.kind === 'file' ? findLocation(server, match.text + index) : undefined;
      if (!item || !found?.location || found.block === block) continue;
      const known = {
        uri: match.text,
        file,
        index: match.text + index,
        other: `"location ${found.block.args.join(' ')}"`,
      };
      const related = [{ at: placeOfHead(found.block.directive!.item), text: 'the index falls into this' }];
      const path = lookedFor(found.block, match.text + index);
      if (path !== undefined && path !== 'nowhere' && isAbsent(path, around.host))
        report({ at: placeOfHead(item), say: 'missing', with: { ...known, path }, related });
      else if (found.location.match.kind === 'prefix' && asksProgram(found.block))
        report({ at: placeOfHead(item), say: 'program', with: known, related });
    }
  },
});

const REWRITES = /^(?:rewrite|return|if|break|try_files)$|_by_lua/;
/** With one of these it is not the index that answers for the folder. */
const ANSWERS = /_pass$|^(?:return|rewrite|if|try_files|include|internal|random_index|deny)$|_by_lua|^echo/;

/** The only page for a location's own URI. */
function indexOf({ block, match }: Location): string | undefined {
  if (!/^(?:exact|prefix|noRegex)$/.test(match.kind) || !match.text.endsWith('/')) return undefined;
  if (!block.complete || block.directives.some((it) => ANSWERS.test(it.name))) return undefined;
  const { directives, certain } = inForce(block, 'index');
  const names = directives.length > 0 ? directives.flatMap((it) => it.args) : ['index.html'];
  return certain && names.length === 1 && /^[\w.-]+$/.test(names[0]!) ? names[0] : undefined;
}

const asksProgram = (block: Block) => block.directives.some((it) => PASSES.has(it.name));
