import type { Fix } from '../../base/fix.js';
import { interfaceOf, interfaceWanted } from '../../deployment/appInterface.js';
import { appSpec } from '../../deployment/appModule.js';
import { placeOfCommand, type ServiceApp } from '../../deployment/serviceApp.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/wrong-interface',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    asgi: 'Each request will be answered with 500: {name} is an ASGI app, and {server} calls it as WSGI. {cure}',
    wsgi: 'Each request will be answered with 500: {name} is a WSGI app, and {server} calls it as ASGI. {cure}',
  },
  docs: {
    summary: 'An ASGI app is run by a WSGI server, or a WSGI app by an ASGI server.',
    why: 'Both start, for the server only looks whether the app can be called. Then each call has the wrong number of arguments: a TypeError in the log of the app, and 500 for the client.',
    bad: `-- etc/systemd/system/api.service --
[Service]
WorkingDirectory=/srv/api
ExecStart=/usr/bin/gunicorn main:app
-- srv/api/main.py --
from fastapi import FastAPI

app = FastAPI()
`,
    good: `-- etc/systemd/system/api.service --
[Service]
WorkingDirectory=/srv/api
ExecStart=/usr/bin/gunicorn -k uvicorn.workers.UvicornWorker main:app
-- srv/api/main.py --
from fastapi import FastAPI

app = FastAPI()
`,
    sources: [
      'https://peps.python.org/pep-3333/',
      'https://asgi.readthedocs.io/en/latest/specs/main.html',
      'SyncWorker.handle_request() in gunicorn/workers/sync.py',
      'Config.load() in uvicorn/config.py',
    ],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app, around } = view;
    const wanted = interfaceWanted(app);
    const is = wanted && interfaceOf(app, around.host);
    const spec = appSpec(app);
    if (!is || !spec || is === wanted) return;
    const name = `${spec.module}:${spec.name}`;
    report({ at: spec.at, say: is, with: { name, server: app.server, cure: cureFor(app) }, fixes: fixesFor(app) });
  },
});

function cureFor({ server }: ServiceApp): string {
  if (server === 'gunicorn') return 'Its worker class decides: -k uvicorn.workers.UvicornWorker is for ASGI.';
  if (server === 'waitress') return 'Run it with uvicorn.';
  return server === 'uvicorn' ? 'Run it with gunicorn, or with --interface wsgi.' : 'Run it with gunicorn.';
}

/** A worker for ASGI, where none is chosen. */
function fixesFor(app: ServiceApp): Fix[] {
  const { word, source } = app.command.settings?.of('worker_class') ?? {};
  if (app.server !== 'gunicorn' || word || source !== 'default') return [];
  const program = placeOfCommand(app);
  const at = { ...program, start: program.end };
  const title = 'Use uvicorn.workers.UvicornWorker, which has to be installed';
  return [{ title, applicability: 'suggested', edits: [{ at, text: ' -k uvicorn.workers.UvicornWorker' }] }];
}
