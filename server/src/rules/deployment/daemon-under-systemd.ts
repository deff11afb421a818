import type { Fix } from '../../base/fix.js';
import type { Place } from '../../base/place.js';
import { placeOfArgWord, type ServiceApp } from '../../deployment/serviceApp.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** Types whose main process is the one that ExecStart= starts, so that its end is the end of the service. */
const FOREGROUND = new Set(['simple', 'exec', 'notify', 'notify-reload']);

export default defineRule({
  id: 'deployment/daemon-under-systemd',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    daemon:
      '{unit} will stop right after its start: {option} makes {server} go to the background, and with Type={type} systemd ends a service whose first process ends.',
  },
  docs: {
    summary: 'An app server is told to go to the background in a service that has to stay in the foreground.',
    why: 'gunicorn forks and its first process ends; systemd takes that for the end of the service and kills the rest. nginx answers 502.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn --daemon --bind 127.0.0.1:8000 app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn --bind 127.0.0.1:8000 app.wsgi
`,
    sources: ['gunicorn/util.py, daemonize()', 'systemd.service(5), Type='],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    if (app.server !== 'gunicorn' && app.server !== 'hypercorn') return;
    const option = app.command.given.options.find((it) => it.spec.setting === 'daemon');
    const setting = settingOf(app.unit, 'Service', 'Type');
    const type = setting?.entry.value ?? 'simple';
    if (!option || app.unwrapped.wrapped || !FOREGROUND.has(type)) return;
    const at = placeOfArgWord(app, option.word);
    const fixes: Fix[] = [
      {
        title: `Remove ${option.word.text}`,
        applicability: 'suggested',
        edits: [{ at: withBlank(app, at), text: '' }],
      },
    ];
    if (setting)
      fixes.push({
        title: 'Make the service Type=forking',
        applicability: 'suggested',
        edits: [{ at: placeOfValue(setting.entry), text: 'forking' }],
      });
    const { text } = option.word;
    report({ at, say: 'daemon', with: { unit: app.unit.name.full, option: text, server: app.server, type }, fixes });
  },
});

/** The option with one of the blanks around it. */
function withBlank(app: ServiceApp, at: Place): Place {
  const first = placeOfValue(app.entry).start;
  return at.start > first ? { ...at, start: at.start - 1 } : at;
}
