import type { Fix } from '../../base/fix.js';
import { directoryOf, fileName, type HostPath, hostPath } from '../../base/hostPath.js';
import { nearest } from '../../base/nearest.js';
import type { Place } from '../../base/place.js';
import type { HostView } from '../../host/host.js';
import { isText } from '../../host/host.js';
import type { Configuration, Inclusion } from '../../nginx/configuration.js';
import { includePath, isGlob } from '../../nginx/includePaths.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/file-not-included',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'inclusion',
  messages: {
    one: 'nginx does not read {path}: its name does not fit "{pattern}". Rename it, or include "{all}".',
    unread:
      'nginx does not read {path}: nothing includes {folder}. Write "include {folder}/*;" here, or put the file where this include looks.',
    unreadSome:
      'nginx does not read {path} and {count} more files there: nothing includes {folder}. Write "include {folder}/*;" here, or put them where this include looks.',
    noFolder: 'nginx reads nothing by this include, and starts nevertheless: there is no {folder}. Is {meant} meant?',
    some: 'nginx does not read {path} and {count} more files there: their names do not fit "{pattern}". Rename them, or include "{all}".',
  },
  docs: {
    summary:
      'A site in a folder of enabled ones that no include reads: another folder, or another name than its pattern.',
    why: 'Debian includes `sites-enabled/*`, other nginx.conf have `*.conf`, and those of nginx.org and of Fedora read `conf.d` alone. A site that no include reads is never loaded, nginx -t succeeds, and the default server answers for its names. Said of files with a server in them, unless their name is one of a backup. A pattern whose folder is not there matches nothing, and nginx -t says nothing of that either.',
    bad: `-- etc/nginx/nginx.conf --
events {}
http {
    include sites-enabled/*.conf;
}
-- etc/nginx/sites-enabled/example.com --
server {
    listen 80;
}
`,
    good: `-- etc/nginx/nginx.conf --
events {}
http {
    include sites-enabled/*;
}
-- etc/nginx/sites-enabled/example.com --
server {
    listen 80;
}
`,
    sources: ['https://nginx.org/en/docs/ngx_core_module.html#include'],
  },

  check({ inclusion, configuration, host }, report) {
    const { pattern, at } = inclusion.site;
    const path = includePath(pattern, configuration.prefix);
    const folder = directoryOf(path);
    const last = fileName(path);
    if (!isGlob(last) || isGlob(folder) || /[${]/.test(pattern) || !inclusion.paths.known) return;
    const meant = configuration.main === undefined ? undefined : misnamedFolder(folder, configuration, host);
    if (meant) {
      report({ at, say: 'noFolder', with: { folder, meant }, fixes: fixFor(at, pattern, folder, meant) });
      return;
    }
    for (const { folder: other, sites, severity } of unreadFolders(inclusion, configuration, host)) {
      const [first, ...more] = sites;
      const known = { path: first!, folder: other };
      if (more.length === 0) report({ at, say: 'unread', with: known, severity });
      else report({ at, say: 'unreadSome', with: { ...known, count: more.length }, severity });
    }
    const isEnabled = ENABLED.test(folder);
    if ((!isEnabled && !folder.endsWith('/conf.d')) || last === '*') return;
    const taken = new Set<HostPath>(inclusion.paths.value);
    // In conf.d another ending sets a file aside; one that has none has lost it.
    const others = sitesIn(folder, host).filter((it) => !taken.has(it) && (isEnabled || !fileName(it).includes('.')));
    const missed = others.filter(
      (it) => !configuration.readings.some(({ loaded, file }) => loaded && file.path === it),
    );
    const [first, ...more] = missed;
    if (!first) return;
    const all = `${pattern.slice(0, pattern.length - last.length)}*`;
    const known = { path: first, pattern, all };
    const severity = isEnabled ? 'warning' : 'information';
    if (more.length === 0) report({ at, say: 'one', with: known, severity });
    else report({ at, say: 'some', with: { ...known, count: more.length }, severity });
  },
});

/** Folders beside the main file in which distributions keep sites, where all that nginx reads is known, and nothing there is. */
function* unreadFolders({ site }: Inclusion, { main, prefix, inclusions, readings }: Configuration, host: HostView) {
  if (main === undefined || site.context !== 'http') return;
  const globs = inclusions.filter((it) => it.site.context === 'http' && isGlob(it.site.pattern));
  // It is said once, where the first sites of http are read.
  if (globs[0]?.site !== site || inclusions.some((it) => !it.paths.known || /[${]/.test(it.site.pattern))) return;
  const paths = inclusions.map((it) => includePath(it.site.pattern, prefix));
  if (
    globs.some((it) => misnamedFolder(directoryOf(includePath(it.site.pattern, prefix)), { prefix, inclusions }, host))
  )
    return;
  const loaded = readings.filter((it) => it.loaded);
  const read = new Set(loaded.map((it) => it.file.path));
  const served = new Set(loaded.flatMap((it) => it.facts.servers).flatMap((it) => it.names.map((one) => one.text)));
  for (const name of ['sites-enabled', 'conf.d']) {
    const folder = hostPath(`${directoryOf(main)}/${name}`);
    if (paths.some((it) => it.startsWith(`${folder}/`) || isGlob(directoryOf(it)))) continue;
    const sites = sitesIn(folder, host).filter((it) => {
      if (name === 'conf.d' && !it.endsWith('.conf')) return false;
      // Debian's own page, left over by a package.
      if (/^default(?:\.conf)?$/.test(fileName(it))) return false;
      const there = host.stat(it);
      return !read.has((there.known && there.value?.real) || it) && !namesOf(it, host).some((one) => served.has(one));
    });
    if (sites.length > 0) yield { folder, sites, severity: name === 'conf.d' ? 'information' : 'warning' } as const;
  }
}

/** Of a folder that is known not to be there: one beside it with nearly its name, which has sites and is read by nobody. */
function misnamedFolder(
  folder: HostPath,
  { prefix, inclusions }: Pick<Configuration, 'prefix' | 'inclusions'>,
  host: HostView,
): HostPath | undefined {
  const there = host.stat(folder);
  if (!there.known || there.value) return undefined;
  const beside = host.list(directoryOf(folder));
  const name = beside.known && beside.value ? nearest(fileName(folder), beside.value) : undefined;
  if (name === undefined || !/-enabled$|\.d$/.test(name)) return undefined;
  const meant = hostPath(`${directoryOf(folder)}/${name}`);
  const isRead = inclusions.some((it) => includePath(it.site.pattern, prefix).startsWith(`${meant}/`));
  return !isRead && sitesIn(meant, host).length > 0 ? meant : undefined;
}

function fixFor(at: Place, pattern: string, folder: HostPath, meant: HostPath): Fix[] {
  const name = `${fileName(folder)}/`;
  if (!pattern.includes(name)) return [];
  const text = pattern.replace(name, `${fileName(meant)}/`);
  return [{ title: `Include ${text}`, applicability: 'suggested', edits: [{ at, text }] }];
}

/** The names of a site that is not read, as they are written. */
function namesOf(path: HostPath, host: HostView): string[] {
  const text = host.read(path);
  const written = text.known && isText(text.value) ? text.value.text : '';
  return [...written.matchAll(/^\s*server_name\s+([^;#]+)/gm)].flatMap((it) => it[1]!.trim().split(/\s+/));
}

/** Folders whose name says that what is in them counts. */
const ENABLED = /-enabled$/;
/** What editors, packages and people leave beside a file, or set aside. */
const SET_ASIDE =
  /^\.|~$|\.(?:bak|backup|old|orig|save[.\d]*|saved|disabled?|off|dpkg-\w+|ucf-\w+|rpm\w+|sw[a-p]|tmp|temp|te?xt|md|example|sample|te?mpl(?:ate)?|j2|erb|dist|default|inc|copy|\d+)$|^README/i;

function sitesIn(folder: HostPath, host: HostView): readonly HostPath[] {
  const names = host.list(folder);
  const paths = ((names.known && names.value) || [])
    .filter((it) => !SET_ASIDE.test(it))
    .map((it) => hostPath(`${folder}/${it}`));
  return paths.filter((it) => {
    const text = host.read(it);
    return text.known && isText(text.value) && /^\s*server\s*\{/m.test(text.value.text);
  });
}
