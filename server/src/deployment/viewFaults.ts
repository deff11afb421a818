/** What makes a Flask view raise whenever it is asked: a template that is nowhere, a file that its user may not write. */
import { directoryOf, type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyFunction } from '../syntax/pythonModule.js';
import { refusedTo } from './appImport.js';
import { blueprintsOf, type FlaskApp } from './flaskApp.js';
import type { ServiceApp } from './serviceApp.js';

export type ViewFault =
  | { readonly is: 'template'; readonly name: string; readonly folder: HostPath }
  | { readonly is: 'refused'; readonly path: HostPath; readonly user: string };

/** Undefined where the view may do well, or something that is not read may bring what it needs. */
export function viewFault(view: PyFunction, flask: FlaskApp, app: ServiceApp, host: HostView): ViewFault | undefined {
  // Other decorators may answer before the view.
  const isPlain = view.decorators.every((it) => it.kind === 'call' && it.callee.kind === 'attribute');
  if (!view.view || !view.certain || !isPlain || view.decorators.length === 0) return undefined;
  return refusedFile(view.view.opens, app, host) ?? missingTemplate(view.view.template, flask, app, host);
}

function refusedFile(
  opens: readonly { readonly path: string; readonly mode: string }[],
  app: ServiceApp,
  host: HostView,
): ViewFault | undefined {
  for (const { path: text, mode } of opens) {
    if (!/[wax+]/.test(mode)) continue;
    const { directory } = app.command;
    const path = text.startsWith('/') ? hostPath(text) : directory && joinPath(directory, text);
    const user = path && refusedTo(app, host, path);
    if (user) return { is: 'refused', path, user };
  }
  return undefined;
}

/** Extensions that bring templates of their own. */
const BRINGS = /^(?:Bootstrap\d?|Admin|Security|AppBuilder|DebugToolbarExtension|Dashboard|Api|FlatPages|Themes?\w*)$/;

/**
 * A template is looked for in `templates` beside the file that makes the app, then in the folders of blueprints:
 * Flask.create_global_jinja_loader() and DispatchingJinjaLoader in flask/templating.py.
 */
function missingTemplate(
  name: string | undefined,
  flask: FlaskApp,
  app: ServiceApp,
  host: HostView,
): ViewFault | undefined {
  if (name === undefined || name.split('/').includes('..') || blueprintsOf(flask, app, host)?.length !== 0)
    return undefined;
  const { made, module, file } = flask;
  const [first] = made.args;
  if (first?.kind !== 'name' || first.name !== '__name__') return undefined;
  if (Object.keys(made.keywords).some((it) => /^(?:template_folder|root_path|instance_\w+)$/.test(it)))
    return undefined;
  if (module.statements.some((it) => mayBringTemplates(it, flask.name))) return undefined;
  const folder = joinPath(directoryOf(file.path), 'templates');
  const there = host.stat(joinPath(folder, name));
  return there.known && !there.value ? { is: 'template', name, folder } : undefined;
}

/** `app.jinja_loader = ...` binds app anew, `Admin(app)` and `admin.init_app(app)` are given it. */
function mayBringTemplates(it: FlaskApp['module']['statements'][number], name: string): boolean {
  if (it.kind === 'star') return true;
  if (it.kind === 'bound') return it.name === name;
  if (it.value.kind !== 'call') return false;
  const { callee, args, keywords } = it.value;
  const called = callee.kind === 'name' || callee.kind === 'attribute' ? callee.name : '';
  if (callee.kind === 'attribute' && callee.of.kind === 'name' && callee.of.name === name)
    return /^(?:register_blueprint|init_app)$/.test(called);
  const isGiven = [...args, ...Object.values(keywords)].some((one) => one.kind === 'name' && one.name === name);
  return (
    BRINGS.test(called) || (isGiven && !/^(?:SQLAlchemy|Migrate|CORS|ProxyFix|LoginManager|Limiter)$/.test(called))
  );
}
