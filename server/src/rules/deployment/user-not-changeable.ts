import type { GunicornSetting } from '../../apps/gunicornSettings.js';
import { groupId, type Id, serviceIdentity, userId } from '../../deployment/identity.js';
import { placeOfArgWord, placeOfCommand } from '../../deployment/serviceApp.js';
import { isStarted } from '../../deployment/startOf.js';
import { listOf, settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/user-not-changeable',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    user: 'gunicorn will exit at its start: {unit} starts it as {as}, and only root may become {name}. Leave the change of user to User=.',
    group:
      'gunicorn will exit at its start: {unit} starts it as {as}, and only root may take the group {name}. Leave the change of group to Group=.',
  },
  docs: {
    summary: 'gunicorn is told to become another user or group, and is not started as root.',
    why: "gunicorn's workers call setgid() and setuid() for its settings `group` and `user`. Without root's rights the kernel refuses (EPERM), no worker boots, and gunicorn exits. Being a member of the group is not enough.",
    bad: `-- etc/passwd --
ann:x:1001:1001::/home/ann:/bin/sh
www-data:x:33:33::/var/www:/usr/sbin/nologin
-- etc/systemd/system/app.service --
[Service]
User=ann
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn --user www-data wsgi
-- srv/app/wsgi.py --
application = 1
`,
    good: `-- etc/systemd/system/app.service --
[Service]
User=www-data
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn wsgi
-- srv/app/wsgi.py --
application = 1
`,
    sources: ['set_owner_process() in gunicorn/util.py', 'setuid(2)', 'setgid(2)'],
  },

  check(view, report) {
    if (view.part !== 'app' || view.app.server !== 'gunicorn') return;
    const { app, around } = view;
    const { unit, command } = app;
    const given = ['AmbientCapabilities', 'PAMName'].some((key) => listOf(unit, 'Service', key).length > 0);
    if (!isStarted(unit) || given || !settingOf(unit, 'Service', 'User') || !command.settings) return;
    const { host } = around;
    const who = serviceIdentity(unit, host);
    if (!who || who.user === 0 || !who.stated) return;
    const say = (key: 'user' | 'group', setting: GunicornSetting): void => {
      const { value, word, at } = setting;
      const name = typeof value === 'number' ? String(value) : value;
      // Numbers are gunicorn's default: those of the process itself.
      if (typeof name !== 'string' || setting.source === 'default' || /[$%]/.test(name)) return;
      const is: Id | undefined = key === 'user' ? who.user : who.groups[0];
      const wanted = key === 'user' ? userId(host, name) : groupId(host, name);
      if (is === undefined || typeof is !== typeof wanted || is === wanted) return;
      const related = at ? [{ at, text: 'in the config file' }] : [];
      const place = word ? placeOfArgWord(app, word) : placeOfCommand(app);
      report({
        at: place,
        say: key,
        with: { unit: unit.name.full, as: who.name, name },
        related,
        also: at ? [at] : [],
      });
    };
    say('group', command.settings.of('group'));
    say('user', command.settings.of('user'));
  },
});
