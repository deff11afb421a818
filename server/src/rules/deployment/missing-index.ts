import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation } from '../../nginx/effective/locations.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/missing-index',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages: {
    other: 'nginx will answer 403 for /: in {folder} it looks for {index} only, and there is {there}.',
    below: 'nginx will answer 403 for /: {folder} has no {index}, and {there} is further down. Is that the root?',
  },
  docs: {
    summary: 'The folder of a site has a page for /, by a name or in a place where nginx does not look.',
    why: 'For a URI that ends with a slash nginx opens the first file that `index` names, index.html where nothing is said. Without one of them it answers 403 (`directory index of ... is forbidden`). Silent where the file tree is not known, and where there is no page at all.',
    bad: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    index index.php;
}
-- srv/site/index.html --
`,
    good: `-- etc/nginx/conf.d/site.conf --
server {
    root /srv/site;
    index index.php index.html;
}
-- srv/site/index.html --
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_index_module.html#index',
      'ngx_http_index_handler() in src/http/modules/ngx_http_index_module.c',
    ],
  },

  check({ server, around }, report) {
    if (!server.complete || server.directives.some((it) => REWRITES.test(it.name))) return;
    const block = findLocation(server, '/')?.block;
    if (!block || !listsFolder(block)) return;
    const [root] = inForce(block, 'root').directives;
    const folder = root && rootFolder(root);
    if (!folder) return;
    const { host } = around;
    const indexes = inForce(block, 'index');
    const names = indexes.directives.length > 0 ? indexes.directives.flatMap((it) => it.args) : ['index.html'];
    if (
      !indexes.certain ||
      names.some((it) => /[$/]/.test(it)) ||
      names.some((it) => host.list(folder).known !== true || has(host, folder, it))
    )
      return;
    const at = placeOfArg((indexes.directives[0] ?? root).item, 1);
    const index = names.join(' or ');
    const there = PAGES.find((it) => has(host, folder, it));
    if (there !== undefined) report({ at, say: 'other', with: { folder, index, there } });
    else {
      const below = FOLDERS.flatMap((it) => names.map((name) => `${it}/${name}`)).find((it) => has(host, folder, it));
      if (below !== undefined)
        report({ at: placeOfArg(root.item, 1), say: 'below', with: { folder, index, there: `${folder}/${below}` } });
    }
  },
});

const REWRITES = /^(?:rewrite|return|if|break)$|_by_lua/;
const ANSWERS =
  /_pass$|^(?:stub_status|empty_gif|perl|js_content|return|rewrite|if|break|deny|autoindex|random_index|fancyindex|internal|include|dav_methods|auth_basic|auth_request)$|_by_lua|^echo/;
const PAGES = ['index.html', 'index.htm', 'index.php', 'index.xhtml', 'default.html', 'Index.html'];
/** Where tools that build a site put it. */
const FOLDERS = ['public', 'dist', 'build', 'web', 'htdocs', 'public_html', 'www', 'html', '_site', 'out'];

/** Whether / ends in a folder's index there. */
function listsFolder(block: Block): boolean {
  if (!block.complete || block.directives.some((it) => ANSWERS.test(it.name))) return false;
  if (inForce(block, 'autoindex').directives.some((it) => it.args[0] === 'on')) return false;
  if (inForce(block, 'error_page').directives.some((it) => it.args.includes('403'))) return false;
  const tries = block.first('try_files') ?? inForce(block, 'try_files').directives[0];
  if (!tries) return true;
  // The folder is found before anything behind it is tried.
  const folder = tries.args.indexOf('$uri/');
  return folder >= 0 && folder < tries.args.length - 1 && tries.args.slice(0, folder).every((it) => it === '$uri');
}

function rootFolder({ name, args }: Directive): HostPath | undefined {
  const value = args[0] ?? '';
  return name === 'root' && value.startsWith('/') && !value.includes('$') ? hostPath(value) : undefined;
}

function has(host: HostView, folder: HostPath, name: string): boolean {
  const there = host.stat(hostPath(`${folder}/${name}`));
  return !there.known || there.value?.kind === 'file';
}
