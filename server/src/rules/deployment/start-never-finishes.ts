import type { AppServer } from '../../apps/appCommand.js';
import { UNKNOWN } from '../../apps/pythonValues.js';
import type { Fix } from '../../base/fix.js';
import { hostPath, joinPath } from '../../base/hostPath.js';
import { placeOfArgWord, placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { expanded, settingOf } from '../../systemd/unit.js';
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
    pidFile:
      '{unit} will be stopped after its start timeout: PIDFile={path} is waited for, and {server} writes {written}.',
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
    else if (type === 'forking' && wrongPidFile(app)) {
      const { setting: waited, path, written, word } = wrongPidFile(app)!;
      const here = placeOfValue(waited.entry);
      const fixes = written ? [{ ...to(''), title: `Wait for ${written}`, edits: [{ at: here, text: written }] }] : [];
      const also = word ? [placeOfArgWord(app, word)] : [];
      const more = word ? [{ at: also[0]!, text: 'what is written' }] : related;
      const known = { ...names, path, written: written ?? 'none' };
      report({ at: here, say: 'pidFile', with: known, related: more, fixes, also });
    }
    // An app may send the word itself, with a library.
    else if ((type === 'notify' || type === 'notify-reload') && SILENT.has(app.server))
      report({ at, say: 'notify', severity: 'warning', with: { ...names, type }, related, fixes: [to('exec')] });
  },
});

/** gunicorn as a daemon that writes its pid elsewhere than `PIDFile=` says, or nowhere. Relative paths of that start in /run. */
function wrongPidFile(app: ServiceApp) {
  const setting = settingOf(app.unit, 'Service', 'PIDFile');
  const text = setting && expanded(app.unit, setting);
  const written = app.command.settings?.of('pidfile');
  if (app.server !== 'gunicorn' || !setting || !text || !written || written.value === UNKNOWN) return undefined;
  const path = joinPath(hostPath('/run'), text);
  if (written.value === null || written.value === undefined)
    return { setting, path, written: undefined, word: undefined };
  const { directory } = app.command;
  if (typeof written.value !== 'string' || !directory || /[$%]/.test(written.value)) return undefined;
  const own = joinPath(directory, written.value);
  const real = (it: string) => it.replace(/^\/var\/run\//, '/run/');
  return real(own) === real(path) ? undefined : { setting, path, written: own, word: written.word };
}

function staysInForeground({ server, command }: ServiceApp): boolean {
  if (server === 'uwsgi' || server === 'puma') return false;
  if (command.given.options.some((it) => it.spec.setting === 'daemon')) return false;
  return server !== 'gunicorn' || command.settings?.of('daemon').value === false;
}
