import { hostPath } from '../../base/hostPath.js';
import { may, obstacleAbove, ownershipInFiles, ownershipText, READ } from '../../deployment/rights.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { locationMatch } from '../../nginx/locationMatch.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/listing-not-readable',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  directives: ['autoindex'],
  messages: {
    closed:
      'nginx will answer 403 instead of a listing: its workers run as {user} and may not list {folder} ({ownership}), which takes the right to read it.',
  },
  docs: {
    summary: "A folder that is to be listed and that nginx's workers may enter, but not read.",
    why: 'To open a file in a folder x is enough; to list the folder takes r. nginx logs `opendir() failed (13: Permission denied)`.',
    bad: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        root /srv/pub;
        autoindex on;
    }
}
-- srv/pub kind=directory mode=711 --
`,
    good: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        root /srv/pub;
        autoindex on;
    }
}
-- srv/pub kind=directory mode=755 --
`,
    sources: ['ngx_http_autoindex_handler() in src/http/modules/ngx_http_autoindex_module.c'],
  },

  check({ server, around }, report) {
    const { host } = around;
    for (const block of [server, ...locationsIn(server)]) {
      const by = block.first('autoindex');
      const folder = by?.args[0] === 'on' ? folderOf(block) : undefined;
      const who = folder && around.worker();
      if (!by || !folder || !who || obstacleAbove(who, folder, host)) continue;
      const ownership = ownershipInFiles(host, folder);
      const verdict = ownership && may(who, ownership, READ);
      const there = host.stat(folder);
      if (!there.known || there.value?.kind !== 'directory' || (verdict !== 'no' && verdict !== 'likely-no')) continue;
      const known = { user: who.name, folder, ownership: ownershipText(ownership!, host) };
      report({ at: placeOfHead(by.item), say: 'closed', with: known });
    }
  },
});

function locationsIn(block: Block): Block[] {
  return block.all('location').flatMap(({ body }) => (body ? [body, ...locationsIn(body)] : []));
}

/** The folder of the block's own URI. */
function folderOf(block: Block) {
  const { directives, certain } = inForce(block, 'root');
  const [by] = directives;
  const value = by?.args[0] ?? '';
  if (!certain || !value.startsWith('/') || value.includes('$')) return undefined;
  if (block.name !== 'location') return by?.name === 'root' ? hostPath(value) : undefined;
  const match = locationMatch(block.args);
  if (!match || !/^(?:prefix|noRegex|exact)$/.test(match.kind) || !match.text.endsWith('/')) return undefined;
  if (by!.name === 'alias') return by!.within === block ? hostPath(value) : undefined;
  return hostPath(value.replace(/\/$/, '') + match.text);
}
