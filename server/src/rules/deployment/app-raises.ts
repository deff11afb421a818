import { appModule, appSpec } from '../../deployment/appModule.js';
import { placeInPython } from '../../deployment/pythonFiles.js';
import { wholeApp } from '../../deployment/slowApp.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/app-raises',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    always: '{unit} will answer 500 to each request: {name}() in {file} always gets to {by}.',
  },
  docs: {
    summary: 'An app that raises an exception whatever it is asked.',
    why: 'The server catches the exception, logs it and answers 500. Said of an app that is a function of its module, where no branch stands before.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:app
-- srv/app/main.py --
def app(environ, start_response):
    raise NotImplementedError
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn main:app
-- srv/app/main.py --
def app(environ, start_response):
    if environ['PATH_INFO'] == '/later':
        raise NotImplementedError
    start_response('200 OK', [])
    return [b'']
`,
    sources: ['Worker.handle_error() in gunicorn/workers/base.py', 'run_asgi() in uvicorn/protocols/http/h11_impl.py'],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app, around } = view;
    const spec = appSpec(app);
    const whole = spec && wholeApp(app, around.host);
    const found = whole?.answer?.status === 500 ? appModule(app, around.host) : undefined;
    if (!spec || found?.is !== 'found') return;
    const { name, answer } = whole!;
    // A status that it sets itself is an answer that it means.
    if (!answer!.raises) return;
    report({
      at: spec.at,
      say: 'always',
      with: { unit: app.unit.name.full, name, file: found.file.path, by: answer!.by },
      related: [{ at: placeInPython(found.file, 0, 0), text: 'the module' }],
    });
  },
});
