import type { AppServer } from '../../apps/appCommand.js';
import type { Fix } from '../../base/fix.js';
import { placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** Servers that never write to NOTIFY_SOCKET; gunicorn does since 20, uWSGI always has. */
const SILENT: ReadonlySet<AppServer> = new Set([
  'uvicorn',
  'hypercorn',
  'daphne',
  'waitress',
  'runserver',
  'flask',
  'http.server',
]);

export default defineRule({
  id: 'deployment/start-never-finishes',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    forking:
      '{unit} will be stopped after its start timeout: Type=forking waits until the first process ends, and {server} stays in the foreground.',
    notify:
      '{unit} will be stopped after its start timeout: Type={type} waits for word from {server}, which sends none.',
  },
  docs: {
    summary: 'Type= makes systemd wait for something that the app server never does.',
    why: 'The service answers for a while, stays "activating", and is killed after TimeoutStartSec= (90 seconds), again and again. Units that come after it wait as long.',
    bad: `-- etc/systemd/system/app.service --
[Service]
Type=notify
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/uvicorn main:app
`,
    good: `-- etc/systemd/system/app.service --
[Service]
Type=exec
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/uvicorn main:app
`,
    sources: ['systemd.service(5), Type=', 'gunicorn/systemd.py, sd_notify()'],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    const setting = settingOf(app.unit, 'Service', 'Type');
    const type = setting?.entry.value;
    if (!setting || app.unwrapped.wrapped) return;
    const at = placeOfValue(setting.entry);
    const names = { unit: app.unit.name.full, server: app.server };
    const related = [{ at: placeOfCommand(app), text: 'the server' }];
    const to = (text: string): Fix => ({
      title: `Make the service Type=${text}`,
      applicability: 'suggested',
      edits: [{ at, text }],
    });
    if (type === 'forking' && staysInForeground(app))
      report({ at, say: 'forking', with: names, related, fixes: [to(app.server === 'gunicorn' ? 'notify' : 'exec')] });
    // An app may send the word itself, with a library.
    else if ((type === 'notify' || type === 'notify-reload') && SILENT.has(app.server))
      report({ at, say: 'notify', severity: 'warning', with: { ...names, type }, related, fixes: [to('exec')] });
  },
});

function staysInForeground({ server, command }: ServiceApp): boolean {
  if (server === 'uwsgi' || server === 'puma') return false;
  if (command.given.options.some((it) => it.spec.setting === 'daemon')) return false;
  return server !== 'gunicorn' || command.settings?.of('daemon').value === false;
}
