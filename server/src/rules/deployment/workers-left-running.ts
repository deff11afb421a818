import { placeOfCommand } from '../../deployment/serviceApp.js';
import { placeOfValue } from '../../syntax/unitSyntax.js';
import { settingOf } from '../../systemd/unit.js';
import { defineRule } from '../rule.js';

/** Servers with a process that leads, and workers that hold the socket too. */
const LEADS = new Set(['gunicorn', 'uwsgi', 'uvicorn', 'hypercorn', 'puma', 'php-fpm']);

export default defineRule({
  id: 'deployment/workers-left-running',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    left: 'With KillMode=process systemd stops the first process of {unit} only: where it is killed after TimeoutStopSec=, or ends by itself, workers of {server} go on, with the old code and on the same socket. mixed asks the first one and ends all others.',
  },
  docs: {
    summary: 'KillMode=process for an app server with workers.',
    why: 'systemd signals the main process alone, and leaves what else is in the control group. Workers that are left hold the socket, so that the next start meets them.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn app.wsgi
KillMode=process
`,
    good: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/srv/app/venv/bin/gunicorn app.wsgi
KillMode=mixed
`,
    sources: ['systemd.kill(5), KillMode='],
  },

  check(view, report) {
    if (view.part !== 'app' || !LEADS.has(view.app.server)) return;
    const kill = settingOf(view.app.unit, 'Service', 'KillMode');
    if (kill?.entry.value !== 'process') return;
    const at = placeOfValue(kill.entry);
    report({
      at,
      say: 'left',
      with: { unit: view.app.unit.name.full, server: view.app.server },
      related: [{ at: placeOfCommand(view.app), text: 'the server' }],
      fixes: [{ title: 'Change to "mixed"', applicability: 'suggested', edits: [{ at, text: 'mixed' }] }],
    });
  },
});
