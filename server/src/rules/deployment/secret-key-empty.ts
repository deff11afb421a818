import { appModule, appSpec, djangoSettings } from '../../deployment/appModule.js';
import { djangoSetting, hasMiddleware, placeOfSetting } from '../../deployment/django.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/secret-key-empty',
  severity: 'error',
  confidence: 'likely',
  audience: 'everyone',
  sees: 'part',
  messages: {
    empty:
      'Django will answer 500 to each request: SECRET_KEY in {file} is empty in {unit}, and messages are signed with it. Give the unit the variable that it is read from: Environment= or EnvironmentFile=.',
  },
  docs: {
    summary: "Django's SECRET_KEY comes from the environment, and the unit does not set the variable.",
    why: 'os.environ.get() gives None for a variable that is not there, and what a profile or .bashrc exports no service sees. The app starts; the first thing that is signed, which with the usual middleware is each request, raises ImproperlyConfigured.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
ExecStart=/usr/bin/gunicorn wsgi
-- srv/app/settings.py --
import os
SECRET_KEY = os.environ.get("SECRET_KEY")
MIDDLEWARE = ["django.contrib.messages.middleware.MessageMiddleware"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
Environment=DJANGO_SETTINGS_MODULE=settings
EnvironmentFile=/etc/app.env
ExecStart=/usr/bin/gunicorn wsgi
-- etc/app.env --
SECRET_KEY=shh
-- srv/app/settings.py --
import os
SECRET_KEY = os.environ.get("SECRET_KEY")
MIDDLEWARE = ["django.contrib.messages.middleware.MessageMiddleware"]
-- srv/app/wsgi.py --
application = get_wsgi_application()
`,
    sources: ['LazySettings.__getattr__() in django/conf/__init__.py', 'django/contrib/messages/storage/cookie.py'],
  },

  check(view, report) {
    if (view.part !== 'app' || view.app.unit.name.instance === '') return;
    const { app, around } = view;
    const spec = appSpec(app);
    const settings = djangoSettings(app, around.host);
    const found = appModule(app, around.host);
    if (!spec || !settings || found.is !== 'found') return;
    // load_dotenv() and its like, there or where the settings are loaded.
    const loads = [settings.file, found.file].some((it) => it.module.setsEnvironment === 'any' || it.module.hasError);
    const key = djangoSetting(settings, 'SECRET_KEY');
    if (loads || (key !== null && key !== '')) return;
    if (!hasMiddleware(settings, 'django.contrib.messages.middleware.MessageMiddleware')) return;
    const set = placeOfSetting(settings, 'SECRET_KEY');
    report({
      at: spec.at,
      say: 'empty',
      with: { file: settings.file.path, unit: app.unit.name.full },
      related: set ? [{ at: set, text: 'it is set here' }] : [],
    });
  },
});
