import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { Identity } from '../../deployment/identity.js';
import {
  ENTER,
  may,
  type Ownership,
  obstacleAbove,
  ownershipInFiles,
  ownershipText,
  READ,
} from '../../deployment/rights.js';
import { joinGroupFix } from '../../deployment/workerGroup.js';
import type { HostView } from '../../host/host.js';
import type { StaticRoot } from '../../nginx/facts.js';
import { defineRule } from '../rule.js';

/** What browsers are sent; other files may be closed on purpose. */
const FOR_BROWSERS = /\.(?:html?|css|m?js|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|txt|xml|json|map|pdf|mp4|webm)$/i;
const AT_MOST = 100;

export default defineRule({
  id: 'deployment/static-file-not-readable',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    folder:
      'nginx will answer 403 for what is in {path}: its workers run as {user} and may not enter it ({ownership}). chmod o+rx lets them.',
    file: 'nginx will answer 403 for {path}: its workers run as {user} and may not read it ({ownership}). chmod o+r lets them.',
    files:
      'nginx will answer 403 for {count} files such as {path}: its workers run as {user} and may not read them ({ownership}). chmod o+r lets them.',
  },
  docs: {
    summary: "Static files that nginx's workers may not read.",
    why: `open() fails with 13: Permission denied, and nginx answers 403. Looks at the first 100 files of kinds that browsers are sent, in the directory itself and one below.`,
    bad: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server { root /srv/site; }
}
-- srv/site/index.html mode=600 --
<p>hello</p>
`,
    good: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server { root /srv/site; }
}
-- srv/site/index.html mode=644 --
<p>hello</p>
`,
    sources: [
      'path_resolution(7), "Permissions"',
      'ngx_http_static_handler() in src/http/modules/ngx_http_static_module.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'root') return;
    const { root, around } = view;
    const who = around.worker();
    const directory = searchedIn(root, around.prefix);
    if (!who || !directory || obstacleAbove(who, joinPath(directory, '*'), around.host)) return;
    const refused = unreadable(who, directory, around.host);
    const closed = refused.find((it) => it.isFolder);
    const first = closed ?? refused[0];
    if (!first) return;
    const with_ = { path: first.path, user: who.name, ownership: ownershipText(first.ownership, around.host) };
    const fixes = joinGroupFix(around, who, first.ownership, READ);
    if (closed) report({ at: root.at, say: 'folder', with: with_ });
    else if (refused.length === 1) report({ at: root.at, say: 'file', with: with_, fixes });
    else report({ at: root.at, say: 'files', with: { ...with_, count: refused.length }, fixes });
  },
});

function searchedIn({ value, directive, prefix: location }: StaticRoot, prefix: HostPath): HostPath | undefined {
  if (value.includes('$') || value === '') return undefined;
  const base = joinPath(prefix, value);
  if (directive === 'alias') return value.endsWith('/') ? base : undefined;
  return location === undefined ? base : hostPath(`${base}/${location.slice(0, location.lastIndexOf('/') + 1)}`);
}

interface Refused {
  readonly path: HostPath;
  readonly ownership: Ownership;
  readonly isFolder?: true;
}

function unreadable(who: Identity, top: HostPath, host: HostView): Refused[] {
  const found: Refused[] = [];
  let looked = 0;
  const closedTo = (path: HostPath): Ownership | undefined => {
    const ownership = ownershipInFiles(host, path);
    // Folders that are closed on purpose hold no files for browsers.
    if (!ownership || may(who, ownership, ENTER) !== 'no') return undefined;
    const names = host.list(path);
    return names.known && names.value?.some((it) => FOR_BROWSERS.test(it)) ? ownership : undefined;
  };
  const look = (directory: HostPath, deeper: boolean): void => {
    const names = host.list(directory);
    for (const name of (names.known && names.value) || []) {
      const isFile = FOR_BROWSERS.test(name);
      if (name.startsWith('.') || (!isFile && (!deeper || name.includes('.')))) continue;
      if (++looked > AT_MOST) return;
      const path = joinPath(directory, name);
      const facts = host.stat(path);
      if (!facts.known || !facts.value) continue;
      if (facts.value.kind === 'directory' && deeper) {
        const closed = closedTo(path);
        if (closed) found.push({ path, ownership: closed, isFolder: true });
        else look(path, false);
      }
      const ownership = facts.value.kind === 'file' ? ownershipInFiles(host, path) : undefined;
      if (isFile && ownership && ['no', 'likely-no'].includes(may(who, ownership, READ)))
        found.push({ path, ownership });
    }
  };
  look(top, true);
  return found;
}
