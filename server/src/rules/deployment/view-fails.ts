import { appSpec, djangoSettings } from '../../deployment/appModule.js';
import { placeOfSetting } from '../../deployment/django.js';
import { urlFault, viewNeeds } from '../../deployment/djangoFaults.js';
import { placeOfTemplates } from '../../deployment/djangoNeeds.js';
import { djangoProject } from '../../deployment/djangoProject.js';
import { handlesError } from '../../deployment/flaskAnswer.js';
import { flaskApp } from '../../deployment/flaskApp.js';
import { placeInPython } from '../../deployment/pythonFiles.js';
import { viewFault } from '../../deployment/viewFaults.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/view-fails',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    template:
      'Clients of {view}() will get 500: it renders {name}, and Flask finds no such template in {folder}. Put it there, or name its folder with template_folder.',
    djangoTemplate:
      'Clients of {view}() will get 500: it renders {name}, and Django finds no such template in {folder}. Put it there, or name its folder in DIRS of TEMPLATES.',
    urls: '{unit} will answer 500 to each request: {why}. Django imports its patterns when the first request comes.',
    refused:
      'Clients of {view}() will get 500: it opens {path} for writing, which {user} may not write. Give it to {user}: chown.',
  },
  docs: {
    summary: 'A view of the app raises whenever it is asked.',
    why: 'Flask looks for templates in the folder `templates` beside the file that makes the app, and answers 500 where one is missing; Django looks in DIRS and in the apps, and imports its URL patterns when the first request comes. A view runs as User= of the service, and what somebody else made, it may not write.',
    bad: `-- etc/systemd/system/site.service --
[Service]
WorkingDirectory=/srv/site
ExecStart=/usr/bin/gunicorn site_of:app
-- srv/site/site_of.py --
from flask import Flask, render_template

app = Flask(__name__)


@app.route("/")
def home():
    return render_template("home.html")
-- srv/site/template/home.html --
<h1>Home</h1>
`,
    good: `-- etc/systemd/system/site.service --
[Service]
WorkingDirectory=/srv/site
ExecStart=/usr/bin/gunicorn site_of:app
-- srv/site/site_of.py --
from flask import Flask, render_template

app = Flask(__name__)


@app.route("/")
def home():
    return render_template("home.html")
-- srv/site/templates/home.html --
<h1>Home</h1>
`,
    sources: [
      'https://flask.palletsprojects.com/en/stable/api/#flask.render_template',
      'flask/templating.py',
      'URLResolver in django/urls/resolvers.py',
    ],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app, around } = view;
    const spec = appSpec(app);
    const settings = spec && djangoSettings(app, around.host);
    const project = settings && djangoProject(app, settings, around.host);
    if (spec && project) {
      const fault = urlFault(project);
      const related = fault?.at
        ? [{ at: placeInPython(fault.at.file, fault.at.start, fault.at.end), text: 'Python stops here' }]
        : [];
      const setting = placeOfSetting(project.settings, 'ROOT_URLCONF');
      const also = fault?.at ? related.map((it) => it.at) : setting ? [setting] : [];
      if (fault)
        report({ at: spec.at, say: 'urls', with: { unit: app.unit.name.full, why: fault.why }, related, also });
      for (const it of fault ? [] : viewNeeds(project))
        if (it.is === 'template')
          report({
            at: spec.at,
            say: 'djangoTemplate',
            with: { view: it.view, name: it.what, folder: it.within },
            also: placeOfTemplates(project),
          });
      return;
    }
    const flask = flaskApp(app, around.host);
    if (!flask || !spec || handlesError(flask, 500)) return;
    for (const it of flask.module.functions) {
      const fault = viewFault(it, flask, app, around.host);
      if (!fault) continue;
      const { name: called } = it;
      if (fault.is === 'template')
        report({ at: spec.at, say: 'template', with: { view: called, name: fault.name, folder: fault.folder } });
      else report({ at: spec.at, say: 'refused', with: { view: called, path: fault.path, user: fault.user } });
    }
  },
});
