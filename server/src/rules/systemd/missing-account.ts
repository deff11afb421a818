import { accountOf, isConditional, isStarted, type Named, sees } from '../../deployment/startOf.js';
import { lacksAccount } from '../../host/accounts.js';
import { placeInValue, placeOfValue } from '../../syntax/unitSyntax.js';
import { splitWords } from '../../systemd/commandLine.js';
import { expanded, isMasked, listOf, settingOf, type Unit } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'systemd/missing-account',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    socketUser: 'systemd cannot open {unit}: the host has no user "{name}" (status 217/USER).',
    socketGroup: 'systemd cannot open {unit}: the host has no group "{name}" (status 216/GROUP).',
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
    if (view.part === 'socket') {
      const { socket, around } = view;
      if (isConditional(socket.unit) || isMasked(socket.unit) || socket.unit.name.instance === '') return;
      const user = namedIn(socket.unit, 'Socket', 'SocketUser');
      const group = namedIn(socket.unit, 'Socket', 'SocketGroup');
      const unit = socket.unit.name.full;
      if (user && lacksAccount(around.host, 'user', user.value))
        report({ at: user.at, say: 'socketUser', with: { unit, name: user.value } });
      if (group && lacksAccount(around.host, 'group', group.value))
        report({ at: group.at, say: 'socketGroup', with: { unit, name: group.value } });
      return;
    }
    if (view.part !== 'service' || !isStarted(view.service)) return;
    const { service } = view;
    const { host } = view.around;
    if (sees(service) === 'own' || isConditional(service)) return;
    const unit = service.name.full;
    const user = accountOf(service, 'User');
    if (user && lacksAccount(host, 'user', user.value))
      report({ at: user.at, say: 'user', with: { unit, name: user.value } });
    const group = accountOf(service, 'Group');
    for (const it of [...(group ? [group] : []), ...supplementary(service)])
      if (lacksAccount(host, 'group', it.value)) report({ at: it.at, say: 'group', with: { unit, name: it.value } });
  },
});

function namedIn(unit: Unit, section: string, key: string): Named | undefined {
  const setting = settingOf(unit, section, key);
  const value = setting && expanded(unit, setting);
  return setting && value ? { value, at: placeOfValue(setting.entry) } : undefined;
}

/** Each group of SupplementaryGroups=: get_supplementary_groups() in src/core/exec-invoke.c fails for one that is missing. */
function supplementary(service: Unit): Named[] {
  return listOf(service, 'Service', 'SupplementaryGroups').flatMap(({ entry }) =>
    splitWords(entry.value).words.flatMap(({ text, start, end }) =>
      text.includes('%') ? [] : [{ value: text, at: placeInValue(entry, start, end) }],
    ),
  );
}
