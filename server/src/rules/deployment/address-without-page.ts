import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { lookedFor } from '../../deployment/servedFiles.js';
import { type HostView, isAbsent, isText } from '../../host/host.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/address-without-page',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'server',
  messages: {
    ending:
      'nginx answers 404 for {uri}, which {page} links to: there is {path}, and $uri.html is not tried. try_files $uri $uri.html $uri/ =404 finds it.',
    shell:
      'nginx answers 404 for all addresses but /: {page} is the page of an app that makes them in the browser. try_files $uri /index.html sends the page for each of them.',
  },
  docs: {
    summary: 'A site has addresses for which nginx finds no file, because it is not told where to look.',
    why: 'Pages that are built without their endings in the links need `$uri.html` in try_files. An app that routes in the browser needs its one page for every address: else / works, and a reload or a link into it gets 404. The latter is said as information, because such an app may keep its routes behind a #.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location / {
        try_files $uri $uri/ =404;
    }
}
-- srv/site/index.html --
<a href="/about">about</a>
-- srv/site/about.html --
about
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    location / {
        try_files $uri $uri.html $uri/ =404;
    }
}
-- srv/site/index.html --
<a href="/about">about</a>
-- srv/site/about.html --
about
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files',
      'https://router.vuejs.org/guide/essentials/history-mode.html',
    ],
  },

  check({ server, around }, report) {
    const { host } = around;
    if (!server.complete || server.directives.some((it) => REWRITES.test(it.name))) return;
    const block = findLocation(server, '/')?.block;
    const folder = block && lookedFor(block, '/', true);
    if (!block || folder === undefined || folder === 'nowhere') return;
    // Where another location takes what is not the front page, that one decides.
    if (findLocation(server, '/x')?.block !== block) return;
    const page = joinPath(folder, 'index.html');
    const text = textOf(page, host);
    if (text === undefined) return;
    const at = placeIn(block);
    const link = linkWithoutEnding(server, block, text, folder, host);
    if (link) report({ at, say: 'ending', with: { ...link, page } });
    // A page for what is not found is often that of the app.
    else if (SHELL.test(text) && isAlone(folder, host) && lookedFor(block, '/') !== undefined)
      report({ at, say: 'shell', severity: 'information', with: { page } });
  },
});

const REWRITES = /^(?:rewrite|return|if|break)$|_by_lua/;
const LONGEST = 100_000;
/** What React, Vue, Next and Nuxt fill in the browser. */
const SHELL = /<div\s+id=["']?(?:root|app|__next|__nuxt)["']?\s*>\s*<\/div>/;

function textOf(path: HostPath, host: HostView): string | undefined {
  const answer = host.read(path);
  return answer.known && isText(answer.value) && answer.value.text.length <= LONGEST ? answer.value.text : undefined;
}

function placeIn(block: Block): Place {
  const by = block.first('try_files') ?? block.directive ?? inForce(block, 'root').directives[0]!;
  return placeOfHead((block.name === 'server' ? inForce(block, 'root').directives[0]! : by).item);
}

/** The first link of a page whose file has an ending that nginx is not told of. */
function linkWithoutEnding(server: Block, block: Block, text: string, folder: HostPath, host: HostView) {
  for (const [, uri = ''] of text.slice(0, LONGEST).matchAll(/\shref=["'](\/[\w/-]*[\w-])["'?#]/g)) {
    if (findLocation(server, uri)?.block !== block || !isAbsent(hostPath(folder + uri), host)) continue;
    const path = hostPath(`${folder}${uri}.html`);
    const there = host.stat(path);
    if (there.known && there.value?.kind === 'file') return { uri, path };
  }
  return undefined;
}

/** No page beside it but those of errors. */
function isAlone(folder: HostPath, host: HostView): boolean {
  const listed = host.list(folder);
  const pages = (listed.known ? listed.value : undefined)?.filter((it) => it.endsWith('.html'));
  return pages?.every((it) => /^(?:index|[245]\d\d|50x)\.html$/.test(it)) ?? false;
}
