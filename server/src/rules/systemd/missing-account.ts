import { accountOf, isConditional, isStarted, sees } from '../../deployment/startOf.js';
import { hasGroup, hasUser, isMadeBySysusers } from '../../host/accounts.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/missing-account',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    user: 'systemd cannot start {unit}: the host has no user "{name}" (status 217/USER).',
    group: 'systemd cannot start {unit}: the host has no group "{name}" (status 216/GROUP).',
  },
  docs: {
    summary: 'A service runs as a user or group that the host does not have.',
    why: 'The unit loads, and each start fails with status=217/USER or 216/GROUP. Silent where /etc/passwd is not part of the tree, where accounts come from elsewhere, and where sysusers.d makes them.',
    bad: `-- etc/systemd/system/app.service --
[Service]
User=samy
ExecStart=/usr/bin/sleep 60
-- etc/passwd --
root:x:0:0::/root:/bin/sh
sammy:x:1000:1000::/home/sammy:/bin/sh
-- etc/group --
root:x:0:
sammy:x:1000:
-- etc/nsswitch.conf --
passwd: files
group: files
`,
    good: `-- etc/systemd/system/app.service --
[Service]
User=sammy
ExecStart=/usr/bin/sleep 60
-- etc/passwd --
root:x:0:0::/root:/bin/sh
sammy:x:1000:1000::/home/sammy:/bin/sh
-- etc/group --
root:x:0:
sammy:x:1000:
-- etc/nsswitch.conf --
passwd: files
group: files
`,
    sources: ['systemd.exec(5), User= and Group=', 'get_fixed_user() in src/core/exec-invoke.c'],
  },

  check(view, report) {
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service } = view;
    const { host } = view.around;
    if (sees(service) === 'own' || isConditional(service)) return;
    const unit = service.name.full;
    const user = accountOf(service, 'User');
    if (user) {
      const there = hasUser(host, user.value);
      if (there.known && !there.value && !isMadeBySysusers(host, user.value))
        report({ at: user.at, say: 'user', with: { unit, name: user.value } });
    }
    const group = accountOf(service, 'Group');
    if (!group) return;
    const there = hasGroup(host, group.value);
    if (there.known && !there.value && !isMadeBySysusers(host, group.value))
      report({ at: group.at, say: 'group', with: { unit, name: group.value } });
  },
});
