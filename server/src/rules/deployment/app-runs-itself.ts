import { appSpec } from '../../deployment/appModule.js';
import { flaskApp } from '../../deployment/flaskApp.js';
import { placeInPython } from '../../deployment/pythonFiles.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/app-runs-itself',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    waits:
      'Nobody will answer on the socket of {unit}: {name}.run() in {file} starts a server of its own while gunicorn imports the module, so that no worker gets ready, and nginx answers 504. Put it below if __name__ == "__main__".',
    blocks:
      'gunicorn will not get to listen: {name}.run() in {file} starts a server of its own while the module is imported (preload), and nginx answers 502. Put it below if __name__ == "__main__".',
  },
  docs: {
    summary: 'The module of the app starts a development server when it is imported.',
    why: 'gunicorn imports the module to get the app. A call of app.run() outside of `if __name__ == "__main__":` does not return, or ends the worker because the port is taken; gunicorn starts the next worker, and requests wait for one in vain.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:app
-- srv/app/main.py --
from flask import Flask

app = Flask(__name__)
app.run(host="0.0.0.0")
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:app
-- srv/app/main.py --
from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    app.run(host="0.0.0.0")
`,
    sources: ['Flask.run() in flask/app.py', 'seen with gunicorn 20.1 and Flask 2.2'],
  },

  check(view, report) {
    if (view.part !== 'app' || view.app.server !== 'gunicorn') return;
    const { app, around } = view;
    const spec = appSpec(app);
    const flask = spec && flaskApp(app, around.host);
    if (!spec || !flask) return;
    // What a function makes is run when that returns, not here.
    const { file, name } = flask;
    const run = file.module.statements.find(
      (it) =>
        it.kind === 'expression' &&
        it.certain &&
        it.value.kind === 'call' &&
        it.value.callee.kind === 'attribute' &&
        it.value.callee.name === 'run' &&
        it.value.callee.of.kind === 'name' &&
        it.value.callee.of.name === name,
    );
    if (run?.kind !== 'expression') return;
    const preloads = app.command.settings?.of('preload_app').value;
    const called = placeInPython(file, run.start, run.end);
    report({
      at: spec.at,
      say: preloads === true ? 'blocks' : 'waits',
      with: { unit: app.unit.name.full, name, file: file.path },
      related: [{ at: called, text: 'it is called here' }],
      also: [called],
    });
  },
});
