import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { StaticRoot } from '../../nginx/facts.js';
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
      return;
    }
    if (directory === base) {
      report({ at, say: 'missing', with: { directory } });
      return;
    }
    const own = host.stat(base);
    if (own.known && own.value) report({ at, say: 'doubled', with: { directory, root: base } });
    else report({ at, say: 'appended', with: { directory } });
  },
});

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
