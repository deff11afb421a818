import { directoryOf, hostPath, joinPath } from '../../base/hostPath.js';
import { isTemplated } from '../../nginx/values.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/missing-file',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    load: 'nginx will not start: {path} does not exist.',
    folder: 'nginx will not start: the directory {path} does not exist, and nginx does not make it.',
    request: 'nginx will answer 403 to everybody: {path} does not exist.',
  },
  docs: {
    summary: 'A certificate, key, password file, log directory or place for a cache that does not exist.',
    why: 'nginx -t fails with `cannot load certificate`, `open() failed` or `mkdir() failed`: of a cache it makes the last directory only; a missing password file is noticed when somebody asks, and refuses everybody. Silent where the file tree is not known.',
    bad: `-- etc/nginx/conf.d/app.conf --
access_log /srv/app/log/access.log;
-- absent: srv/app/log --
`,
    good: `-- etc/nginx/conf.d/app.conf --
access_log /srv/app/log/access.log;
-- srv/app/log kind=directory --
`,
    sources: [
      'ngx_ssl_certificate() in src/event/ngx_event_openssl.c',
      'ngx_conf_open_file() and ngx_init_cycle() in src/core/ngx_cycle.c',
      'ngx_create_paths() in src/core/ngx_file.c',
      'ngx_http_auth_basic_handler() in src/http/modules/ngx_http_auth_basic_module.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'file') return;
    const { host, prefix } = view.around;
    const { at, value, when } = view.file;
    if (/\$|^(?:data|engine|store|syslog|memory|object):|^(?:off|stderr)$/.test(value) || isTemplated(value)) return;
    // Logs start from nginx's own prefix, which only its build knows; the rest starts from the main file's folder.
    if (!value.startsWith('/') && (when === 'folder' || value === '')) return;
    const file = value.startsWith('/') ? hostPath(value) : joinPath(prefix, value);
    const path = when === 'folder' ? directoryOf(file) : file;
    const there = host.stat(path);
    if (!there.known || there.value) return;
    report({ at, say: when, with: { path }, ...(when === 'request' ? { severity: 'warning' as const } : {}) });
  },
});
