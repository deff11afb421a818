import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { findLocation, type Location, locationsOf } from '../../nginx/effective/locations.js';
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
    none: 'nginx will answer 403 for {uri}: {folder} has no {index}, and autoindex, which would list what is there, is off.',
  },
  docs: {
    summary: 'The folder of a site has a page for /, by a name or in a place where nginx does not look.',
    why: 'For a URI that ends with a slash nginx opens the first file that `index` names, index.html where nothing is said. Without one of them it answers 403 (`directory index of ... is forbidden`). Where there is no page at all, and nobody has named one, that may be wanted, so it is said as a hint. Silent where the file tree is not known.',
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
    const { host } = around;
    for (const location of locationsOf(server)) {
      const folder = ownFolder(location);
      const without = folder && withoutIndex(location.block, folder, host);
      if (!without) continue;
      const by = location.block.first('root') ?? location.block.first('alias');
      const said = location.block.first('autoindex') ?? location.block.first('index');
      const item = (said ?? by ?? location.block.directive!).item;
      report({
        at: placeOfArg(item, said || by ? 1 : item.words.length - 1),
        say: 'none',
        severity: said ? 'information' : 'hint',
        with: { uri: `${location.match.text.replace(/\/$/, '')}/`, folder, index: without.join(' or ') },
      });
    }
    const block = findLocation(server, '/')?.block;
    if (!block || !listsFolder(block)) return;
    const [root] = inForce(block, 'root').directives;
    const folder = root && rootFolder(root);
    const names = folder && withoutIndex(block, folder, host);
    if (!names) return;
    const [written] = inForce(block, 'index').directives;
    const at = placeOfArg((written ?? root).item, 1);
    const index = names.join(' or ');
    const there = PAGES.find((it) => has(host, folder, it));
    const single = there ?? onlyPage(folder, host);
    if (single !== undefined) {
      report({ at, say: 'other', with: { folder, index, there: single } });
      return;
    }
    const below = FOLDERS.find((it) => names.some((name) => has(host, folder, `${it}/${name}`)));
    const deeper = below ?? (fallsBackOn(block, names) ? onlyFolder(folder, names, host) : undefined);
    if (deeper !== undefined) {
      const there = `${folder}/${deeper}/${names.find((it) => has(host, folder, `${deeper}/${it}`))}`;
      const place = placeOfArg(root.item, 1);
      const text = `${root.args[0]!.replace(/\/$/, '')}/${deeper}`;
      const fix = { title: `Change to ${text}`, applicability: 'suggested' as const, edits: [{ at: place, text }] };
      report({ at: place, say: 'below', with: { folder, index, there }, fixes: [fix] });
    } else {
      // Who names a page within the server means it to be there.
      const own = written !== undefined && (written.within === block || written.within === server);
      const meant = own && !isForFolders(folder, names, host);
      report({ at, say: 'none', severity: meant ? 'warning' : 'hint', with: { uri: '/', folder, index } });
    }
  },
});

/** The folder that a location serves, except for that of all the site. */
function ownFolder({ match, block }: Location): HostPath | undefined {
  // Cheap questions first: each location of each site is asked.
  if (!/^(?:prefix|noRegex)$/.test(match.kind) || match.text === '/' || !listsFolder(block)) return undefined;
  if (!/^\/[\w./-]+$/.test(match.text)) return undefined;
  const { directives, certain } = inForce(block, 'root');
  const by = certain ? directives[0] : undefined;
  const value = by?.args[0] ?? '';
  if (!value.startsWith('/') || value.includes('$')) return undefined;
  if (by!.name === 'root') return hostPath(value.replace(/\/$/, '') + match.text);
  return match.text.endsWith('/') === value.endsWith('/') ? hostPath(value) : undefined;
}

/** The pages that are looked for in a folder that is there and has none of them; undefined where something else answers. */
function withoutIndex(block: Block, folder: HostPath, host: HostView): readonly string[] | undefined {
  const listed = host.list(folder);
  if (!listed.known || !listed.value) return undefined;
  const indexes = inForce(block, 'index');
  const names = indexes.directives.length > 0 ? indexes.directives.flatMap((it) => it.args) : ['index.html'];
  if (!indexes.certain || names.some((it) => /[$/]/.test(it))) return undefined;
  return names.some((it) => has(host, folder, it)) ? undefined : names;
}

/** Folders below have such a page: then it may be meant for them, and nobody asks for the front page. */
function isForFolders(folder: HostPath, names: readonly string[], host: HostView): boolean {
  const listed = host.list(folder);
  return ((listed.known && listed.value) || []).some((it) => names.some((name) => has(host, folder, `${it}/${name}`)));
}

/** Whether all that nginx does not find is answered with the first page: then it is one site, and that page its all. */
function fallsBackOn(block: Block, names: readonly string[]): boolean {
  const tries = block.first('try_files') ?? inForce(block, 'try_files').directives[0];
  return tries !== undefined && names.includes(tries.args[tries.args.length - 1]!.replace(/^\//, ''));
}

/** The one folder below, by any name, that has such a page or has it where a tool puts it. */
function onlyFolder(folder: HostPath, names: readonly string[], host: HostView): string | undefined {
  const listed = host.list(folder);
  const folders = ((listed.known && listed.value) || []).filter((it) => /^[\w-]+$/.test(it)).slice(0, MOST_FOLDERS);
  const found = folders
    .flatMap((it) => [it, ...FOLDERS.map((one) => `${it}/${one}`)])
    .filter((it) => names.some((name) => has(host, folder, `${it}/${name}`)));
  return found.length === 1 ? found[0] : undefined;
}

const MOST_FOLDERS = 20;

/**
 * The one page of a site, where it has the name of a first one. Of several pages any may be wanted, and a single one of another
 * name (an error page, a proof of who owns the domain) is none to begin with.
 */
function onlyPage(folder: HostPath, host: HostView): string | undefined {
  const listed = host.list(folder);
  const names = (listed.known && listed.value) || [];
  const [only, ...more] = names.filter((it) => /\.(?:x?html?|php)$/i.test(it));
  return only !== undefined &&
    more.length === 0 &&
    /^(?:index|home|main|start|welcome|default|accueil|inicio)\.\w+$/i.test(only)
    ? only
    : undefined;
}

const REWRITES = /^(?:rewrite|return|if|break)$|_by_lua/;
const ANSWERS =
  /_pass$|^(?:stub_status|empty_gif|perl|js_content|return|rewrite|if|break|deny|random_index|fancyindex|internal|include|dav_methods|auth_basic|auth_request)$|_by_lua|^echo/;
const PAGES = ['index.html', 'index.htm', 'index.php', 'index.xhtml', 'default.html', 'Index.html'];
/** Where tools that build a site put it. */
const FOLDERS = [
  'public',
  'dist',
  'build',
  'browser',
  'dist/browser',
  'web',
  'htdocs',
  'public_html',
  'www',
  'html',
  '_site',
  'out',
];

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
