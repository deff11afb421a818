import type { PoolSettings } from '../../apps/appCommand.js';
import { hostPath } from '../../base/hostPath.js';
import { serviceIdentity } from '../../deployment/identity.js';
import { hasOwnRoot } from '../../deployment/sandbox.js';
import { placeOfCommand } from '../../deployment/serviceApp.js';
import { isStarted } from '../../deployment/startOf.js';
import { hasGroup, hasUser, isMadeBySysusers } from '../../host/accounts.js';
import type { HostView } from '../../host/host.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/php-pool-not-started',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    account:
      'php-fpm will not start, with none of its pools: {file} has {key} = {value} for pool {pool}, and there is no such {kind}.',
    nobody:
      'php-fpm will not start, with none of its pools: as root it wants to know whom pool {pool} in {file} runs as. Set user.',
    folder:
      'php-fpm will not start, with none of its pools: {file} has {key} = {value} for pool {pool}, and there is no such folder.',
    taken: 'php-fpm will not start, with none of its pools: {pool} and {other} both listen on {value}.',
  },
  docs: {
    summary: 'A pool that php-fpm refuses, so that it does not start at all.',
    why: 'php-fpm looks at all pools before it opens a socket. An account or a folder that does not exist, or an address that two pools share ends it with `FPM initialization failed`, and nginx answers 502 for each site that it serves. `php-fpm -t` shows it; nginx -t does not.',
    bad: `-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
www-data:x:33:33::/var/www:/usr/sbin/nologin
-- etc/group --
root:x:0:
www-data:x:33:
-- etc/systemd/system/php8.2-fpm.service --
[Service]
ExecStart=/usr/sbin/php-fpm8.2 --nodaemonize --fpm-config /etc/php/8.2/fpm/php-fpm.conf
-- etc/php/8.2/fpm/php-fpm.conf --
[shop]
user = shop
listen = /run/php/shop.sock
pm = ondemand
pm.max_children = 4
`,
    good: `-- etc/passwd --
root:x:0:0:root:/root:/bin/bash
www-data:x:33:33::/var/www:/usr/sbin/nologin
-- etc/group --
root:x:0:
www-data:x:33:
-- etc/systemd/system/php8.2-fpm.service --
[Service]
ExecStart=/usr/sbin/php-fpm8.2 --nodaemonize --fpm-config /etc/php/8.2/fpm/php-fpm.conf
-- etc/php/8.2/fpm/php-fpm.conf --
[shop]
user = www-data
listen = /run/php/shop.sock
pm = ondemand
pm.max_children = 4
`,
    sources: [
      'fpm_conf_process_all_pools() in sapi/fpm/fpm/fpm_conf.c',
      'fpm_unix_conf_wp() and fpm_unix_resolve_socket_permissions() in sapi/fpm/fpm/fpm_unix.c',
    ],
  },

  check(view, report) {
    if (view.part !== 'app' || view.app.server !== 'php-fpm' || !isStarted(view.app.unit)) return;
    const { app, around } = view;
    const { host } = around;
    if (hasOwnRoot(app.unit)) return;
    const at = placeOfCommand(app);
    const asRoot = serviceIdentity(app.unit, host)?.user === 0;
    const taken = new Map<string, string>();
    for (const { pool, text } of app.command.binds) {
      if (!pool) continue;
      const names = { pool: pool.name, file: pool.file };
      const other = taken.get(text);
      taken.set(text, pool.name);
      const account = missingAccount(pool, host);
      const folder = missingFolder(pool, host);
      if (other !== undefined && other !== pool.name)
        report({ at, say: 'taken', with: { pool: pool.name, other, value: text } });
      else if (asRoot && pool.user === undefined) report({ at, say: 'nobody', with: names });
      else if (account) report({ at, say: 'account', with: { ...names, ...account } });
      else if (folder) report({ at, say: 'folder', with: { ...names, ...folder } });
      else continue;
      // The first one ends it.
      return;
    }
  },
});

function missingAccount({ values }: PoolSettings, host: HostView) {
  for (const [key, kind] of [
    ['user', 'user'],
    ['group', 'group'],
    ['listen.owner', 'user'],
    ['listen.group', 'group'],
  ] as const) {
    const value = values.get(key);
    if (!value || /^\d+$/.test(value)) continue;
    const there = kind === 'user' ? hasUser(host, value) : hasGroup(host, value);
    if (there.known && !there.value && !isMadeBySysusers(host, value)) return { key, value, kind };
  }
  return undefined;
}

/** chdir is a path inside of chroot. */
function missingFolder({ values }: PoolSettings, host: HostView) {
  const jail = values.get('chroot');
  for (const key of ['chroot', 'chdir'] as const) {
    const value = values.get(key);
    if (!value?.startsWith('/') || value.includes('$') || (key === 'chdir' && jail?.startsWith('$'))) continue;
    const there = host.stat(hostPath(key === 'chdir' && jail ? `${jail}/${value}` : value));
    if (there.known && there.value?.kind !== 'directory') return { key, value };
  }
  return undefined;
}
