import { meantSetting } from '../../apps/gunicornFaults.js';
import type { Fix } from '../../base/fix.js';
import { placeOfArgWord, placeOfCommand } from '../../deployment/serviceApp.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/ignored-setting',
  severity: 'warning',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    ignored: 'gunicorn ignores {name} in its config file without a word: the setting is called {wanted}.',
  },
  docs: {
    summary: 'A name in gunicorn.conf.py is spelled almost like a setting.',
    why: 'gunicorn reads the names that it knows and ignores all others, since a config file is a Python program. The default stays in force.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn app:app
-- srv/app/app.py --
app = 1
-- srv/app/gunicorn.conf.py --
wrokers = 3
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn app:app
-- srv/app/app.py --
app = 1
-- srv/app/gunicorn.conf.py --
workers = 3
`,
    sources: ['Application.load_config_from_module_name_or_filename() in gunicorn/app/base.py'],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    const config = app.command.settings?.config;
    if (!config || config === 'unknown') return;
    const word = app.command.given.options.findLast((it) => it.spec.setting === 'config')?.value;
    for (const name of config.assigned()) {
      const wanted = meantSetting(name);
      const at = config.at(name);
      if (wanted === undefined || !at || config.value(wanted) !== undefined) continue;
      const edits = [{ at: { ...at, end: at.start + name.length }, text: wanted }];
      const fix: Fix = { title: `Write ${wanted}`, applicability: 'suggested', edits };
      report({
        at: word ? placeOfArgWord(app, word) : placeOfCommand(app),
        say: 'ignored',
        with: { name, wanted },
        related: [{ at, text: 'it is set here' }],
        fixes: [fix],
      });
    }
  },
});
