import { type HostPath, hostPath, joinPath } from '../../base/hostPath.js';
import { placeOfArgWord, type ServiceApp } from '../../deployment/serviceApp.js';
import { isConditional, isStarted, sees } from '../../deployment/startOf.js';
import { defineRule } from '../rule.js';

/** Options by server whose file is opened before anything else; each of these programs exits without it. */
const FILES: Readonly<Record<string, ReadonlySet<string>>> = {
  gunicorn: new Set(['config', 'logconfig', 'certfile', 'keyfile', 'ca_certs']),
  hypercorn: new Set(['config', 'certfile', 'keyfile']),
  uvicorn: new Set(['env-file', 'log-config', 'ssl-certfile', 'ssl-keyfile']),
};

export default defineRule({
  id: 'deployment/missing-app-config',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    missing: '{unit} fails to start: {server} exits, because there is no {path}.',
  },
  docs: {
    summary: 'An app server is told to read a file that does not exist.',
    why: 'gunicorn says "doesn\'t exist" of its config file and exits; so do its kin. systemd starts it again until it gives up, and nginx answers 502. Relative paths start from WorkingDirectory=.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/gunicorn -c conf/gunicorn.py app:app
-- srv/app/app.py --
app = 1
-- srv/app/venv/bin/gunicorn mode=0755 --
#!/bin/sh
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/gunicorn -c conf/gunicorn.py app:app
-- srv/app/app.py --
app = 1
-- srv/app/conf/gunicorn.py --
workers = 2
-- srv/app/venv/bin/gunicorn mode=0755 --
#!/bin/sh
`,
    sources: ['get_config_from_filename() in gunicorn/app/base.py', 'main() in uvicorn/main.py'],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app, around } = view;
    if (!isStarted(app.unit) || sees(app.unit) === 'own' || isConditional(app.unit)) return;
    for (const { spec, value } of app.command.given.options) {
      if (!value || !FILES[app.server]?.has(spec.setting)) continue;
      const path = fileOf(app, value.text);
      const there = path && around.host.stat(path);
      if (!there?.known || there.value) continue;
      report({
        at: placeOfArgWord(app, value),
        say: 'missing',
        with: { unit: app.unit.name.full, server: app.server, path: path! },
      });
    }
  },
});

/** Undefined for modules, and where a variable or an unknown folder decides. */
function fileOf({ workingDirectory }: ServiceApp, text: string): HostPath | undefined {
  const path = text.replace(/^file:/, '');
  if (path === '' || path.includes('$') || /^python:/.test(path)) return undefined;
  return path.startsWith('/') ? hostPath(path) : workingDirectory && joinPath(workingDirectory, path);
}
