import { directoryOf, fileName, type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import type { Identity } from '../../deployment/identity.js';
import { may, type Ownership, obstacleAbove, ownershipInFiles, ownershipText, READ } from '../../deployment/rights.js';
import type { HostView } from '../../host/host.js';
import type { FileUse } from '../../nginx/facts.js';
import { isTemplated } from '../../nginx/values.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/worker-file-not-readable',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    password:
      'nginx will answer 500 to everybody who gives a password: its workers run as {user} and may not read {path} ({ownership}). chgrp {group} and chmod 0640 let them.',
    tls: 'TLS handshakes will fail: with a variable in its name the file is read for each connection, by workers that run as {user}, and they may not read {path} ({ownership}). Without variables nginx reads it as root when it starts.',
  },
  docs: {
    summary: "A password file, certificate or key that nginx's workers may not read.",
    why: 'What the main process reads at the start may be closed to all but root. A password file is opened by a worker when somebody asks, and so are certificates and keys whose name holds a variable; the log then has `13: Permission denied` and `cannot load certificate key`.',
    bad: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        auth_basic "staff";
        auth_basic_user_file /etc/nginx/htpasswd;
    }
}
-- etc/nginx/htpasswd mode=600 --
ann:x
`,
    good: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        auth_basic "staff";
        auth_basic_user_file /etc/nginx/htpasswd;
    }
}
-- etc/nginx/htpasswd mode=644 --
ann:x
`,
    sources: [
      'ngx_http_auth_basic_handler() in src/http/modules/ngx_http_auth_basic_module.c',
      'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_certificate',
    ],
  },

  check(view, report) {
    if (view.part !== 'file') return;
    const { around, file } = view;
    const isPassword = file.when === 'request';
    if (isTemplated(file.value) || !(isPassword || READ_BY_WORKERS.test(file.directive))) return;
    const who = around.worker();
    const { host } = around;
    const found = who && closedTo(who, pathsOf(file, around.prefix, host), host);
    if (!who || !found) return;
    const ownership = ownershipText(found.ownership, host);
    const known = { user: who.name, path: found.path, ownership };
    if (isPassword) report({ at: file.at, say: 'password', with: { ...known, group: who.name } });
    else report({ at: file.at, say: 'tls', with: known });
  },
});

const READ_BY_WORKERS = /^ssl_certificate(?:_key)?$/;
const AT_MOST = 50;

/** The file that is named; of a name with a variable those that are there. */
function pathsOf({ value, when }: FileUse, prefix: HostPath, host: HostView): readonly HostPath[] {
  const path = joinPath(prefix, value);
  if (when === 'request') return value.includes('$') || value === '' ? [] : [path];
  const at = path.indexOf('$');
  if (at < 0 || /^(?:data|engine|store|object):/.test(value)) return [];
  const end = path.indexOf('/', at);
  const above = directoryOf(hostPath(end < 0 ? path : path.slice(0, end)));
  if (above.includes('$')) return [];
  const rest = end < 0 ? '' : path.slice(end);
  if (rest.includes('$')) return [];
  const written = fileName(hostPath(end < 0 ? path : path.slice(0, end)));
  const pattern = new RegExp(
    `^${written
      .split(/\$\{?\w+\}?/)
      .map((it) => it.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.+')}$`,
  );
  const names = host.list(above);
  const there = ((names.known && names.value) || []).filter((it) => pattern.test(it)).slice(0, AT_MOST);
  return there.map((it) => hostPath(`${above}/${it}${rest}`));
}

function closedTo(
  who: Identity,
  paths: readonly HostPath[],
  host: HostView,
): { path: HostPath; ownership: Ownership } | undefined {
  for (const path of paths) {
    const there = host.stat(path);
    if (!there.known || !there.value) continue;
    // Links count by what they lead to.
    const real = there.value.real ?? path;
    const obstacle = obstacleAbove(who, path, host) ?? obstacleAbove(who, real, host);
    if (obstacle) return obstacle;
    const ownership = ownershipInFiles(host, real);
    const verdict = ownership && may(who, ownership, READ);
    if (ownership && (verdict === 'no' || verdict === 'likely-no')) return { path, ownership };
  }
  return undefined;
}
