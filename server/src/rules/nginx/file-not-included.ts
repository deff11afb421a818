import { directoryOf, fileName, type HostPath, hostPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import { isText } from '../../host/host.js';
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
    some: 'nginx does not read {path} and {count} more files there: their names do not fit "{pattern}". Rename them, or include "{all}".',
  },
  docs: {
    summary: 'A site in a folder of enabled ones that the pattern of the include leaves out.',
    why: 'Debian includes `sites-enabled/*`, other nginx.conf have `*.conf`. A site whose name ends otherwise is never loaded, nginx -t succeeds, and the default server answers for its names. Said of files with a server in them, unless their name is one of a backup.',
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
