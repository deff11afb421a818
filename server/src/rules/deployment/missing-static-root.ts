import type { Fix } from '../../base/fix.js';
import { directoryOf, fileName, type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { nearest } from '../../base/nearest.js';
import type { HostView } from '../../host/host.js';
import type { StaticRoot } from '../../nginx/facts.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/missing-static-root',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing: 'nginx will answer 404: {directory} does not exist.',
    doubled:
      'nginx will answer 404: it appends the whole URI to root and looks in {directory}, which does not exist. {root} does.',
    appended: 'nginx will answer 404: it appends the whole URI to root and looks in {directory}, which does not exist.',
    file: 'nginx will answer 404: {path} does not exist, and this location serves no other file.',
    notDirectory: 'nginx will not find files below {directory}: it is not a directory.',
  },
  docs: {
    summary: 'A root or alias whose files are looked up in a directory that does not exist.',
    why: "nginx starts and answers 404. root appends the whole URI of the request, alias only what follows the location's prefix. Silent where the file tree is not known.",
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        root /srv/app/static;
    }
}
-- srv/app/static kind=directory --
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    location /static/ {
        root /srv/app;
    }
}
-- srv/app/static kind=directory --
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#root',
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#alias',
      'ngx_http_map_uri_to_path() in src/http/ngx_http_core_module.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'root') return;
    const { root } = view;
    const { host, prefix } = view.around;
    const single = singleFile(root, prefix);
    if (single) {
      const facts = host.stat(single);
      if (facts.known && !facts.value)
        report({ at: root.at, say: 'file', with: { path: single }, fixes: nearFix(root, single, host, 'file') });
      return;
    }
    const searched = searchedDirectory(root, prefix);
    // Beside try_files the location's own folder need not be there: its last word answers then.
    if (!searched || (searched.directory !== searched.base && root.tried)) return;
    const { directory, base } = searched;
    const there = host.stat(directory);
    if (!there.known) return;
    const at = root.at;
    if (there.value) {
      if (there.value.kind !== 'directory' && directory !== base)
        report({ at, say: 'notDirectory', with: { directory } });
      const nothing = root.tried ? undefined : nothingBegins(root, base, host);
      if (nothing) {
        const fixes = shortened(root, base, nothing);
        report({ at, say: 'doubled', with: { directory: nothing, root: base }, fixes });
      }
      return;
    }
    if (directory === base) {
      report({ at, say: 'missing', with: { directory }, fixes: nearFix(root, directory, host) });
      return;
    }
    const own = host.stat(base);
    if (own.known && own.value) {
      const fixes = [...shortened(root, base, directory), ...aliasFix(root, base)];
      report({ at, say: 'doubled', with: { directory, root: base }, fixes });
    } else report({ at, say: 'appended', with: { directory }, fixes: nearFix(root, base, host) });
  },
});

/** `location /images` without a slash: whatever nginx looks for begins with this, and nothing in the root does. */
function nothingBegins({ directive, prefix: location }: StaticRoot, base: HostPath, host: HostView) {
  if (
    directive !== 'root' ||
    !location ||
    location.endsWith('/') ||
    !base.endsWith(location) ||
    !/^\/[\w./-]+$/.test(location)
  )
    return undefined;
  const path = hostPath(base + location);
  const listed = host.list(directoryOf(path));
  if (!listed.known || !listed.value) return undefined;
  return listed.value.some((it) => it.startsWith(fileName(path))) ? undefined : path;
}

/** `location = /logo.png { alias /srv/logo.png; }`: undefined where another file or answer may come of it. */
function singleFile({ at, value, directive, prefix: location, tried }: StaticRoot, prefix: HostPath) {
  const block = (at.node as Item).parent;
  const isExact = block && 'args' in block && block.name === 'location' && block.args[0]?.startsWith('=');
  if (directive !== 'alias' || !isExact || tried || location === undefined) return undefined;
  if (value.includes('$') || value.endsWith('/') || value === '') return undefined;
  // Something else may be done with the request, or somebody knows that the file may be missing.
  const others = block.children?.some((it) =>
    /^(?:return|rewrite|if|set|error_page|log_not_found|\w+_pass|\w+_by_lua.*)$/.test(it.name),
  );
  return others ? undefined : joinPath(prefix, value);
}

/** What root names ends as the location begins, and nginx would find the directory from further up. */
function shortened({ at }: StaticRoot, base: HostPath, directory: HostPath): Fix[] {
  const uri = directory.slice(base.length);
  if (!base.endsWith(uri)) return [];
  const text = base.slice(0, -uri.length) || '/';
  return [{ title: `Change root to ${text}`, applicability: 'suggested', edits: [{ at, text }] }];
}

/** alias appends only what follows the location's prefix. */
function aliasFix({ at, prefix }: StaticRoot, base: HostPath): Fix[] {
  const item = at.node as Item;
  if (item.name !== 'root' || !prefix?.endsWith('/') || item.words.length !== 2) return [];
  const text = `${base}/`;
  const edits = [
    { at: { node: item, start: 0, end: item.name.length }, text: 'alias' },
    { at, text },
  ];
  return [{ title: `Serve it from there: alias ${text}`, applicability: 'suggested', edits }];
}

/** A folder beside the missing one whose name is nearly the same, or that has nearly the same names above it. */
function nearFix(
  { at, value, directive }: StaticRoot,
  missing: HostPath,
  host: HostView,
  wanted: 'file' | 'directory' = 'directory',
): Fix[] {
  const near = nearPath(missing, host, wanted);
  if (near === undefined) return [];
  const text = value.endsWith('/') && directive === 'alias' ? `${near}/` : near;
  return [{ title: `Change it to ${text}`, applicability: 'suggested', edits: [{ at, text }] }];
}

/** Corrects the first name of a path that is not there, if what follows is there then. */
function nearPath(missing: HostPath, host: HostView, wanted: 'file' | 'directory'): HostPath | undefined {
  const names = missing.split('/').slice(1);
  for (let i = 0; i < names.length; i++) {
    const above = hostPath(`/${names.slice(0, i).join('/')}`);
    const here = joinPath(above, names[i]!);
    const there = host.stat(here);
    if (!there.known) return undefined;
    if (there.value) continue;
    const listed = host.list(above);
    const near = listed.known && listed.value ? nearest(names[i]!, listed.value) : undefined;
    if (near === undefined) return undefined;
    const found = hostPath([above, near, ...names.slice(i + 1)].join('/'));
    const facts = host.stat(found);
    return facts.known && facts.value?.kind === wanted ? found : undefined;
  }
  return undefined;
}

/** The directory in which files are looked up: for root that plus the location's folder, for alias the alias itself. */
function searchedDirectory(
  { value, directive, prefix: location }: StaticRoot,
  prefix: HostPath,
): { directory: HostPath; base: HostPath } | undefined {
  if (value.includes('$') || value === '') return undefined;
  const base = value.startsWith('/') ? hostPath(value) : joinPath(prefix, value);
  if (directive === 'alias') {
    // An alias without a trailing slash may name a single file, or the beginning of names.
    return value.endsWith('/') ? { directory: base, base } : undefined;
  }
  if (location === undefined) return { directory: base, base };
  const folder = location.slice(0, location.lastIndexOf('/') + 1);
  return { directory: hostPath(base + folder), base };
}
