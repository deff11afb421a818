import { openFilesOf } from '../../deployment/openFiles.js';
import { placeOfArgWord } from '../../deployment/serviceApp.js';
import { defineRule } from '../rule.js';

/** Workers that hold many connections at once: gunicorn/workers/ggevent.py, geventlet.py, gthread.py. */
const MANY: readonly string[] = ['gevent', 'eventlet', 'gthread'];

export default defineRule({
  id: 'deployment/app-connections-exceed-limit',
  severity: 'information',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    few: 'A worker of {unit} gets to {files} open files ({why}) and not to {connections} connections. Set LimitNOFILE= to more than that, or worker_connections to less.',
  },
  docs: {
    summary: 'gunicorn is promised more connections per worker than it may have files open.',
    why: 'A connection is an open file. At the limit accept() fails with "Too many open files" and nginx answers 502 or 504. Said only where worker_connections is set.',
    bad: `-- etc/systemd/system/app.service --
[Service]
ExecStart=/usr/bin/gunicorn -k gevent --worker-connections 4000 app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
LimitNOFILE=8192
ExecStart=/usr/bin/gunicorn -k gevent --worker-connections 4000 app.wsgi
`,
    sources: [
      'worker_connections in https://docs.gunicorn.org/en/stable/settings.html',
      'systemd.exec(5), LimitNOFILE=; systemd-system.conf(5), DefaultLimitNOFILE=',
    ],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { unit, command } = view.app;
    const set = command.settings?.of('worker_connections');
    const kind = command.settings?.of('worker_class').value;
    if (!set || set.source === 'default' || typeof set.value !== 'number') return;
    if (typeof kind !== 'string' || !MANY.includes(kind)) return;
    const given = openFilesOf(unit);
    const at = set.word ? placeOfArgWord(view.app, set.word) : set.at;
    if (!given || given.most >= set.value || !at) return;
    report({
      at,
      say: 'few',
      with: {
        unit: unit.name.full,
        files: given.most,
        connections: set.value,
        why: given.at ? 'LimitNOFILE=' : "systemd's default",
      },
      related: given.at ? [{ at: given.at, text: 'the limit' }] : [],
      fixes: given.at
        ? [
            {
              title: `Set LimitNOFILE=${set.value * 2}`,
              applicability: 'suggested',
              edits: [{ at: given.at, text: String(set.value * 2) }],
            },
          ]
        : [],
    });
  },
});
