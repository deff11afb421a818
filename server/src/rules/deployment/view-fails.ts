import { appSpec } from '../../deployment/appModule.js';
import { handlesErrors } from '../../deployment/flaskAnswer.js';
import { flaskApp } from '../../deployment/flaskApp.js';
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
    refused:
      'Clients of {view}() will get 500: it opens {path} for writing, which {user} may not write. Give it to {user}: chown.',
  },
  docs: {
    summary: 'A view of the app raises whenever it is asked.',
    why: 'Flask looks for templates in the folder `templates` beside the file that makes the app, and answers 500 where one is missing. A view runs as User= of the service, and what somebody else made, it may not write.',
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
    sources: ['https://flask.palletsprojects.com/en/stable/api/#flask.render_template', 'flask/templating.py'],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app, around } = view;
    const flask = flaskApp(app, around.host);
    const spec = flask && appSpec(app);
    if (!flask || !spec || handlesErrors(flask)) return;
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
