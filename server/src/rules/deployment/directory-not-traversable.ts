import { type HostPath, hostPath, isWithin, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { obstacleAbove, ownershipText } from '../../deployment/rights.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/directory-not-traversable',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    socket:
      'nginx will answer 502: its workers run as {user} and may not enter {directory} ({ownership}) on the way to {path}.',
    files:
      'nginx will answer 403: its workers run as {user} and may not enter {directory} ({ownership}) on the way to {path}.',
  },
  docs: {
    summary: "A directory on the way to a socket or to static files that nginx's workers may not enter.",
    why: 'Each directory above a file must grant x to the user of the workers; the master process, which is root, does not open these. nginx -t sees nothing of it. Directories that systemd makes (RuntimeDirectory=, tmpfiles.d) are judged by what it will make of them, others by what the file tree shows, if its owners are those of a machine. A warning where an access list or a group that cannot be seen might let nginx in.',
    bad: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        location / { proxy_pass http://unix:/run/app/app.sock; }
    }
}
-- etc/systemd/system/app.service --
[Service]
User=ann
RuntimeDirectory=app
RuntimeDirectoryMode=0700
ExecStart=/usr/bin/gunicorn --bind unix:/run/app/app.sock app.wsgi
`,
    good: `-- etc/nginx/nginx.conf --
user www-data;
events {}
http {
    server {
        location / { proxy_pass http://unix:/run/app/app.sock; }
    }
}
-- etc/systemd/system/app.service --
[Service]
User=ann
RuntimeDirectory=app
ExecStart=/usr/bin/gunicorn --bind unix:/run/app/app.sock app.wsgi
`,
    sources: [
      'path_resolution(7), "Permissions"',
      'systemd.exec(5), RuntimeDirectoryMode=',
      'https://nginx.org/en/docs/ngx_core_module.html#user',
    ],
  },

  check(view, report) {
    const { around } = view;
    const tell = (say: 'socket' | 'files', at: Place, path: HostPath): void => {
      const who = around.worker();
      const obstacle = who && obstacleAbove(who, path, around.host, (it) => around.madeDirectory(it)?.ownership);
      if (!obstacle) return;
      const { verdict, ownership } = obstacle;
      report({
        at,
        say,
        with: {
          user: who.name,
          directory: obstacle.path,
          ownership: ownershipText(ownership, around.host),
          path: path.replace(/\/\*$/, ''),
        },
        severity: verdict === 'no' && who.stated ? 'error' : 'warning',
        related: ownership.at ? [{ at: ownership.at, text: 'this makes the directory' }] : [],
      });
    };
    if (view.part === 'connection') {
      const { address, at } = view.connection;
      if (address.kind !== 'unix') return;
      const listened = around.listenersFor(address).length > 0;
      const there = around.host.stat(address.path);
      // Where nothing listens, the missing socket is the fault.
      if (listened || (there.known && there.value)) tell('socket', at, address.path);
    }
    if (view.part === 'root') {
      const { value, at, directive, prefix } = view.root;
      const path = searched(value, directive, prefix, around.prefix);
      if (path) tell('files', at, path);
    }
  },
});

/** A name inside the directory in which files are looked up, if that directory is there. */
function searched(
  value: string,
  directive: 'root' | 'alias',
  location: string | undefined,
  prefix: HostPath,
): HostPath | undefined {
  if (value.includes('$') || value === '') return undefined;
  const base = joinPath(prefix, value);
  if (directive === 'alias') return value.endsWith('/') ? joinPath(base, '*') : base;
  const folder = location === undefined ? '' : location.slice(0, location.lastIndexOf('/') + 1);
  const directory = hostPath(`${base}/${folder}`);
  return isWithin(directory, base) ? joinPath(directory, '*') : undefined;
}
