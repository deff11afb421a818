import { lastValue } from '../../apps/options.js';
import type { Fix } from '../../base/fix.js';
import { interfaceWanted } from '../../deployment/appInterface.js';
import { type AppSpec, appModule, appSpec } from '../../deployment/appModule.js';
import { placeInPython } from '../../deployment/pythonFiles.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'deployment/factory-not-called',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    none: 'Each request will be answered with 500: {server} takes {name} for the app and calls it with two arguments, and it takes {most}. It makes the app: write {call}.',
  },
  docs: {
    summary: 'The function that makes the app is named as if it were the app.',
    why: 'A WSGI server calls the app with two arguments for each request. A factory takes none, or settings: a TypeError in the log, and 500 for the client. gunicorn calls what is written with parentheses once, at the start.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn flaskr:create_app
-- srv/app/flaskr.py --
from flask import Flask


def create_app():
    return Flask(__name__)
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn flaskr:create_app()
-- srv/app/flaskr.py --
from flask import Flask


def create_app():
    return Flask(__name__)
`,
    sources: ['https://peps.python.org/pep-3333/', 'gunicorn/util.py, import_app()'],
  },

  check(view, report) {
    if (view.part !== 'app' || interfaceWanted(view.app) !== 'wsgi') return;
    const { app, around } = view;
    const spec = appSpec(app);
    const found = appModule(app, around.host);
    const given = lastValue(app.command.given, 'call') !== undefined;
    if (found.is !== 'found' || !spec || given || spec.name === undefined || isWrittenOut(spec)) return;
    const { file } = found;
    if (file.module.hasError || file.module.isDynamic) return;
    const bound = file.module.statements.filter(
      (it) => it.kind !== 'expression' && it.kind !== 'star' && it.name === spec.name,
    );
    const [only] = bound;
    if (bound.length !== 1 || only?.kind !== 'bound' || !only.certain || !only.shape) return;
    const { isAsync, most } = only.shape;
    if (isAsync || most === undefined || most >= 2) return;
    const call = `${spec.text.includes(':') ? spec.text : `${spec.text}:${spec.name}`}()`;
    report({
      at: spec.at,
      say: 'none',
      with: { server: app.server, name: spec.name, most: most === 0 ? 'none' : `${most} at most`, call },
      related: [{ at: placeInPython(file, only.start, only.end), text: 'the function' }],
      fixes: app.server === 'gunicorn' ? fixFor(spec, call) : [],
    });
  },
});

/** `module:make()`, `module:thing.app`. */
function isWrittenOut({ text, module }: AppSpec): boolean {
  return /[(.]/.test(text.slice(module.length + 1));
}

function fixFor({ at, exact }: AppSpec, call: string): Fix[] {
  return exact ? [{ title: `Load ${call}`, applicability: 'suggested', edits: [{ at, text: call }] }] : [];
}
