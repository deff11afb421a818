import { hasGroup, hasUser } from '../../host/accounts.js';
import { isTemplated } from '../../nginx/values.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/unknown-user',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'deployment',
  messages: {
    user: 'nginx will not start: the host has no user "{name}".',
    group: 'nginx will not start: the host has no group "{name}".',
  },
  docs: {
    summary: 'A user or group of nginx that the host does not have.',
    why: 'nginx -t fails with `getpwnam() failed` or `getgrnam() failed`. Debian calls the user www-data, the packages of nginx.org and Red Hat call it nginx. Silent where /etc/passwd is not part of the tree, or where accounts come from elsewhere.',
    bad: `-- etc/nginx/nginx.conf --
user nginx;
events {}
-- etc/passwd --
root:x:0:0::/root:/bin/sh
www-data:x:33:33::/var/www:/usr/sbin/nologin
-- etc/nsswitch.conf --
passwd: files
group: files
`,
    good: `-- etc/nginx/nginx.conf --
user www-data;
events {}
-- etc/passwd --
www-data:x:33:33::/var/www:/usr/sbin/nologin
-- etc/group --
www-data:x:33:
`,
    sources: ['ngx_set_user() in src/core/nginx.c'],
  },

  check({ user, host }, report) {
    if (!user || isTemplated(user.name)) return;
    const { at, name, group = name } = user;
    const there = hasUser(host, name);
    if (there.known && !there.value) {
      report({ at, say: 'user', with: { name } });
      return;
    }
    // Without a group nginx looks for one with the user's name.
    const groupThere = hasGroup(host, group);
    if (groupThere.known && !groupThere.value) report({ at, say: 'group', with: { name: group } });
  },
});
