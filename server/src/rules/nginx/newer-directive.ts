import { isAtLeast, parseNginxVersion, versionText } from '../../catalog/nginxVersion.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** The oldest nginx of a distribution that is still looked after: Ubuntu 22.04. */
const OLDEST = [1, 18, 0] as const;

export default defineRule({
  id: 'nginx/newer-directive',
  severity: 'hint',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    since:
      'nginx before {since} does not know "{name}" and will not start{distributions}. Which nginx this is for can be set (throughline.nginxVersion, --nginx-version).',
  },
  docs: {
    summary: 'A directive that some releases of nginx in use do not know.',
    why: 'nginx -t fails with `unknown directive` there: `http2 on;` is from 1.25.1, and Debian 12 has 1.22. Only a hint, and only as long as the target version is not known; with it such a directive is an error, or nothing.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 443;
    http2 on;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 443 http2;
}
`,
    sources: ['https://nginx.org/en/CHANGES', 'ngx_conf_handler() in src/core/ngx_conf_file.c'],
  },

  check({ directive, entries, here, target }, report) {
    if (target.version || here.length === 0) return;
    // Somebody else's module, or one that is built in on demand, has a history of its own.
    if (entries.some((it) => it.thirdParty || it.commercial || it.since === undefined)) return;
    const first = here.length === 1 ? parseNginxVersion(here[0]!.since!) : undefined;
    if (!first || isAtLeast(OLDEST, first)) return;
    const older = HAS.filter(([, version]) => !isAtLeast(version, first)).map(([name]) => name);
    const distributions = older.length > 0 ? `: ${older.join(', ')}` : '';
    report({
      at: placeOfArg(directive, 0),
      say: 'since',
      with: { name: directive.name, since: versionText(first), distributions },
    });
  },
});

/** https://packages.debian.org/nginx, https://packages.ubuntu.com/nginx */
const HAS: readonly (readonly [string, readonly number[]])[] = [
  ['Ubuntu 22.04', [1, 18, 0]],
  ['Debian 12', [1, 22, 1]],
  ['Ubuntu 24.04', [1, 24, 0]],
  ['Debian 13', [1, 26, 3]],
];
