import type { Fix } from '../../base/fix.js';
import type { Place } from '../../base/place.js';
import { placeOfArgWord, placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { settingOf, type Unit } from '../../systemd/unit.js';
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
    daemonElsewhere:
      '{unit} will stop right after its start: {source} makes {server} a daemon, and with Type={type} systemd ends a service whose first process ends.',
  },
  docs: {
    summary: 'An app server is told to go to the background in a service that has to stay in the foreground.',
    why: 'gunicorn, or uWSGI with daemonize=, forks and its first process ends; systemd takes that for the end of the service and kills the rest. nginx answers 502.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn --daemon --bind 127.0.0.1:8000 app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn --bind 127.0.0.1:8000 app.wsgi
`,
    sources: ['gunicorn/util.py, daemonize()', 'daemonize() in core/utils.c of uWSGI', 'systemd.service(5), Type='],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    if (app.server !== 'gunicorn' && app.server !== 'hypercorn' && app.server !== 'uwsgi') return;
    const option = app.command.given.options.find((it) => it.spec.setting === 'daemon');
    const configured = app.command.settings?.of('daemon');
    const daemonized = app.command.uwsgi?.daemonize !== undefined;
    if (!option && configured?.value !== true && !daemonized) return;
    const setting = settingOf(app.unit, 'Service', 'Type');
    const type = setting?.entry.value ?? 'simple';
    if (app.unwrapped.wrapped || !FOREGROUND.has(type) || survives(app.unit)) return;
    const names = { unit: app.unit.name.full, server: app.server, type };
    if (daemonized) {
      report({ at: placeOfCommand(app), say: 'daemonElsewhere', with: { ...names, source: 'daemonize' } });
      return;
    }
    if (!option) {
      const from = configured!.at;
      const related = from ? [{ at: from, text: 'it is set here' }] : [];
      const removal = from ? [{ title: 'Set daemon to False', edits: [{ at: from, text: 'daemon = False' }] }] : [];
      const fixes = removal.map((it): Fix => ({ ...it, applicability: 'suggested' }));
      const source = configured!.source === 'config' ? 'the config file' : configured!.source;
      report({
        at: placeOfCommand(app),
        say: 'daemonElsewhere',
        with: { ...names, source },
        related,
        fixes,
        also: from ? [from] : [],
      });
      return;
    }
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
    report({ at, say: 'daemon', with: { ...names, option: text }, fixes });
  },
});

/** What is left of a service may live on: RemainAfterExit= keeps it active, KillMode= spares all but the first process. */
function survives(unit: Unit): boolean {
  const stays = settingOf(unit, 'Service', 'RemainAfterExit')?.entry.value ?? '';
  const kill = settingOf(unit, 'Service', 'KillMode')?.entry.value ?? '';
  return /^(?:1|yes|y|true|t|on)$/i.test(stays) || /^(?:process|none)$/.test(kill);
}

/** The option with one of the blanks around it. */
function withBlank(app: ServiceApp, at: Place): Place {
  const first = placeOfValue(app.entry).start;
  return at.start > first ? { ...at, start: at.start - 1 } : at;
}
