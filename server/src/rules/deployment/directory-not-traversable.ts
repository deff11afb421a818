import { answers } from '../../base/address.js';
import { type HostPath, hostPath, isWithin, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import type { Deployment } from '../../deployment/deployment.js';
import { type Identity, nginxWorker } from '../../deployment/identity.js';
import { madeDirectory } from '../../deployment/madeDirectories.js';
import { type Obstacle, obstacleAbove, ownershipText } from '../../deployment/rights.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/directory-not-traversable',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'deployment',
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

  check(deployment, report) {
    const who = nginxWorker(deployment);
    if (!who) return;
    const tell = (say: 'socket' | 'files', at: Place, path: HostPath): void => {
      const obstacle = findObstacle(who, path, deployment);
      if (!obstacle) return;
      const { verdict, ownership } = obstacle;
      report({
        at,
        say,
        with: {
          user: who.name,
          directory: obstacle.path,
          ownership: ownershipText(ownership, deployment.host),
          path: path.replace(/\/\*$/, ''),
        },
        severity: verdict === 'no' && who.stated ? 'error' : 'warning',
        related: ownership.at ? [{ at: ownership.at, text: 'this makes the directory' }] : [],
      });
    };
    for (const { address, at } of deployment.connections) {
      if (address.kind !== 'unix') continue;
      const listened = deployment.listeners.some((it) => answers(it.address, address));
      const there = deployment.host.stat(address.path);
      // Where nothing listens, the missing socket is the fault.
      if (listened || (there.known && there.value)) tell('socket', at, address.path);
    }
    for (const { value, at, directive, prefix } of deployment.roots) {
      const path = searched(value, directive, prefix, deployment.prefix);
      if (path) tell('files', at, path);
    }
  },
});

function findObstacle(who: Identity, path: HostPath, deployment: Deployment): Obstacle | undefined {
  return obstacleAbove(who, path, deployment.host, (it) => madeDirectory(deployment, it)?.ownership);
}

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
