import type { Fix } from '../../base/fix.js';
import { directoryOf, type HostPath, hostPath, isWithin, joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import type { Identity } from '../../deployment/identity.js';
import { directoryPathsOf, type OwnDirectory, ownershipFromOutside } from '../../deployment/madeDirectories.js';
import { moveFix } from '../../deployment/meeting.js';
import type { Connection } from '../../deployment/nginxSide.js';
import { ENTER, type Obstacle, obstacleAbove, ownershipText } from '../../deployment/rights.js';
import type { Surroundings } from '../../deployment/surroundings.js';
import { assign, unitFix } from '../../deployment/unitEdits.js';
import { joinGroupFix, workerGroup } from '../../deployment/workerGroup.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/directory-not-traversable',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    socket:
      'nginx will answer 502: its workers run as {user} and may not enter {directory} ({ownership}) on the way to {path}. {cure}',
    files:
      'nginx will answer 403: its workers run as {user} and may not enter {directory} ({ownership}) on the way to {path}. {cure}',
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
    const tell = (say: 'socket' | 'files', at: Place, path: HostPath, connection?: Connection): void => {
      const who = around.worker();
      const obstacle =
        who && obstacleAbove(who, path, around.host, (it) => ownershipFromOutside(around.madeDirectory(it)));
      if (!obstacle) return;
      const { verdict, ownership } = obstacle;
      const made = around.madeDirectory(obstacle.path);
      report({
        at,
        say,
        with: {
          user: who.name,
          directory: obstacle.path,
          ownership: ownershipText(ownership, around.host),
          path: path.replace(/\/\*$/, ''),
          cure: cureOf(obstacle, made),
        },
        severity: verdict === 'no' && who.stated ? 'error' : 'warning',
        related: ownership.at ? [{ at: ownership.at, text: 'this makes the directory' }] : [],
        also: ownership.at ? [ownership.at] : [],
        fixes: fixesFor(around, who, obstacle, made, connection),
      });
    };
    if (view.part === 'connection') {
      const { address, at } = view.connection;
      if (address.kind !== 'unix') return;
      const listened = around.listenersFor(address).length > 0;
      const there = around.host.stat(address.path);
      // Where nothing listens, the missing socket is the fault.
      if (listened || (there.known && there.value)) tell('socket', at, address.path, view.connection);
    }
    if (view.part === 'root') {
      const { value, at, directive, prefix } = view.root;
      const path = searched(value, directive, prefix, around.prefix);
      if (path) tell('files', at, path);
    }
  },
});

function cureOf({ path, ownership }: Obstacle, made: OwnDirectory | undefined): string {
  if (made?.key === 'tmpfiles.d') return 'The line in tmpfiles.d that makes it can give it 0755.';
  if (made?.around)
    return `DynamicUser= keeps it in ${directoryOf(path)}/private, which is root's alone: use RuntimeDirectory=.`;
  if (made) return `${modeKey(made)}=0755 lets them pass.`;
  if (ownership.from === 'custom') return 'Move it to a place that is open to others.';
  return `chmod o+x ${path} lets them pass.`;
}

const modeKey = ({ key }: OwnDirectory): string => (key.endsWith('Mode') ? key : `${key}Mode`);

/** The directory is opened, for all or for nginx's group; or nginx comes into its group; or the socket moves. */
function fixesFor(
  around: Surroundings,
  who: Identity,
  { path, ownership }: Obstacle,
  made: OwnDirectory | undefined,
  connection: Connection | undefined,
): Fix[] {
  const listener = connection && around.listenersFor(connection.address)[0];
  const { host } = around;
  const join = joinGroupFix(around, who, ownership, ENTER);
  if (!made?.ownership?.at || made.around) {
    const others = connection && listener ? around.connectionsTo(listener.address) : [];
    return [...join, ...(listener && !made ? moveFix(others, listener) : [])];
  }
  const open: Fix = {
    title: `Let everybody enter ${path} (${modeKey(made)}=0755)`,
    applicability: 'suggested',
    edits: [{ at: made.ownership.at, text: '0755' }],
  };
  const group = workerGroup(around, who);
  const unit = listener?.unit;
  if (!unit || !group || unit.name.type !== 'service' || !directoryPathsOf(unit).includes(path)) return [open, ...join];
  const closed = `Group=${group}, ${modeKey(made)}=0750`;
  const change = assign(unit, host, ['Group', '=', group], [modeKey(made), '=', '0750']);
  return [open, ...unitFix(`Give ${path} to nginx's group (${closed})`, change), ...join];
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
