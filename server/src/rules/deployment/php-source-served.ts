import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import type { Block } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/php-source-served',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    text: 'Clients get the source of {path}, passwords and all, instead of what it prints: no location of this server gives {uri} to PHP. Add "location ~ \\.php$" with fastcgi_pass.',
  },
  docs: {
    summary: 'PHP scripts that nginx hands out as files.',
    why: 'nginx runs nothing by itself: without a location that passes scripts to php-fpm it sends them as they are, and browsers save them. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    index index.php;
}
-- srv/site/index.php --
<?php echo 1;
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    index index.php;
    location ~ \\.php$ {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
-- srv/site/index.php --
<?php echo 1;
`,
    sources: ['ngx_http_static_handler() in src/http/modules/ngx_http_static_module.c'],
  },

  check({ server, around }, report) {
    if (!server.complete || server.directives.some((it) => REWRITES.test(it.name))) return;
    const front = findLocation(server, '/')?.block;
    const by = front && inForce(front, 'root').directives[0];
    const folder = by?.name === 'root' ? literal(by.args[0]) : undefined;
    if (!by || !folder) return;
    const name = scriptsIn(folder, around.host).find((it) => isServed(server, `/${it}`, folder));
    if (name === undefined) return;
    const path = `${folder.replace(/\/$/, '')}/${name}`;
    report({ at: placeOfArg(by.item, 1), say: 'text', with: { path, uri: `/${name}` } });
  },
});

const REWRITES = /^(?:rewrite|return|if|break)$|_by_lua/;
/** With one of these the file itself is not what everybody gets. */
const ANSWERS =
  /_pass$|^(?:return|rewrite|if|break|internal|perl|js_content|deny|auth_basic|auth_request|stub_status|empty_gif|random_index)$|_by_lua|^echo/;

const literal = (text: string | undefined): HostPath | undefined =>
  text?.startsWith('/') && !text.includes('$') ? hostPath(text) : undefined;

/** index.php first, as the one that people ask for. */
function scriptsIn(folder: HostPath, host: HostView): readonly string[] {
  const names = host.list(folder);
  const found = ((names.known && names.value) || []).filter((it) => /^[\w-]+\.php$/.test(it));
  return [...found].sort((a, b) => Number(b === 'index.php') - Number(a === 'index.php')).slice(0, 5);
}

/** Whether nginx itself sends the file for this URI to whoever asks. */
function isServed(server: Block, uri: string, folder: HostPath): boolean {
  const block = findLocation(server, uri)?.block;
  if (!block?.complete || block.directives.some((it) => ANSWERS.test(it.name))) return false;
  if (['deny', 'auth_basic', 'auth_request', 'internal'].some((it) => inForce(block, it).directives.length > 0))
    return false;
  if (inForce(block, 'autoindex').directives.some((it) => it.args[0] === 'on')) return false;
  const root = inForce(block, 'root');
  const by = root.directives[0];
  if (!root.certain || by?.name !== 'root' || literal(by.args[0]) !== folder) return false;
  const tries = block.first('try_files')?.args;
  return !tries || tries.indexOf('$uri') === 0;
}
