/** The Flask app that a server calls: made at the top of a module or by a function, with the blueprints that it registers. */
import { directoryOf, type HostPath } from '../base/hostPath.js';
import type { HostView } from '../host/host.js';
import type { PyExpression, PyFunction, PyImport, PyModule, PyStatement } from '../syntax/pythonModule.js';
import { appModule, appSpec, searchPath } from './appModule.js';
import { findModule, type PythonFile } from './pythonFiles.js';
import type { ServiceApp } from './serviceApp.js';

type Call = PyExpression & { readonly kind: 'call' };

export interface FlaskApp {
  readonly file: PythonFile;
  /** What is bound where the app is made: at the top of the file, or also in the function that makes it. */
  readonly module: PyModule;
  /** The name that the app has there. */
  readonly name: string;
  readonly made: Call;
}

/** Functions whose decorators of this name add routes below a prefix. */
export interface Routes {
  readonly functions: readonly PyFunction[];
  readonly name: string;
  /** Undefined where there is none. */
  readonly prefix: string | undefined;
  /** What brings a blueprint into the module of the app. */
  readonly from: PyImport | undefined;
}

/** The Flask app that a server calls, where the file that it names makes it, or has it from the one that does. */
export function flaskApp(app: ServiceApp, host: HostView): FlaskApp | undefined {
  const spec = appSpec(app);
  const found = spec && appModule(app, host);
  const folders = searchPath(app);
  if (!spec || !folders || found?.is !== 'found' || spec.name === undefined) return undefined;
  const written = spec.text.slice(spec.module.length + 1);
  if (written.includes('.')) return undefined;
  return written.endsWith(')')
    ? madeByFunction(found.file, spec.name, folders, host)
    : namedIn(found.file, spec.name, folders, host);
}

const DEEPEST = 3;

function namedIn(
  file: PythonFile,
  name: string,
  folders: readonly HostPath[],
  host: HostView,
  depth = 0,
): FlaskApp | undefined {
  const { module } = file;
  if (depth > DEEPEST || module.hasError || module.isDynamic) return undefined;
  const value = onlyValue(module.statements, name);
  if (value?.kind === 'call' && value.callee.kind === 'name')
    return isFlask(value, module)
      ? { file, module, name, made: value }
      : madeByFunction(file, value.callee.name, folders, host, depth + 1);
  const from = module.imports.find((it) => it.certain && it.names?.some(({ text }) => text === name));
  const next = from && fileOf(from.module, file, folders, host);
  return next && namedIn(next, name, folders, host, depth + 1);
}

/** `def create_app(): app = Flask(__name__) ...`, there or where it is imported from. */
function madeByFunction(
  file: PythonFile,
  name: string,
  folders: readonly HostPath[],
  host: HostView,
  depth = 0,
): FlaskApp | undefined {
  if (depth > DEEPEST || file.module.hasError) return undefined;
  const named = file.module.functions.filter((it) => it.name === name);
  const inner = named.length === 1 ? named[0]!.inner : undefined;
  if (inner) {
    const imports = [...file.module.imports, ...inner.imports];
    const module = { ...file.module, ...inner, imports };
    const made = inner.statements.flatMap((it) =>
      it.kind === 'assign' && it.value.kind === 'call' && isFlask(it.value, module)
        ? [{ name: it.name, made: it.value }]
        : [],
    );
    const [only] = made;
    return made.length === 1 && only ? { file, module, ...only } : undefined;
  }
  const from = file.module.imports.find((it) => it.certain && it.names?.some(({ text }) => text === name));
  const next = from && fileOf(from.module, file, folders, host);
  return next && madeByFunction(next, name, folders, host, depth + 1);
}

function onlyValue(statements: readonly PyStatement[], name: string): PyExpression | undefined {
  const set = statements.filter((it) => it.kind === 'assign' && it.name === name);
  return set.length === 1 && set[0]!.kind === 'assign' ? set[0]!.value : undefined;
}

function isFlask({ callee }: Call, { imports }: PyModule): boolean {
  if (callee.kind !== 'name' || callee.name !== 'Flask') return false;
  return imports.some((it) => it.module === 'flask' && it.names?.some(({ text }) => text === 'Flask'));
}

/** The file of a module as it is named in an import of `file`. */
function fileOf(
  module: string,
  file: PythonFile,
  folders: readonly HostPath[],
  host: HostView,
): PythonFile | undefined {
  const relative = /^(\.+)(.+)$/.exec(module);
  let from = folders;
  if (relative) {
    let folder = directoryOf(file.path);
    for (let i = 1; i < relative[1]!.length; i++) folder = directoryOf(folder);
    from = [folder];
  } else if (module.startsWith('.')) return undefined;
  const found = findModule(host, from, relative ? relative[2]! : module);
  return found.is === 'found' ? found.file : undefined;
}

export function ownRoutes({ module, name }: FlaskApp): Routes {
  return { functions: module.functions, name, prefix: undefined, from: undefined };
}

/** The blueprints that are registered; undefined where one of them is not to be read, or may be more than its decorators. */
export function blueprintsOf(flask: FlaskApp, app: ServiceApp, host: HostView): readonly Routes[] | undefined {
  const folders = searchPath(app) ?? [];
  const found: Routes[] = [];
  for (const it of flask.module.statements) {
    if (it.kind !== 'expression' || it.value.kind !== 'call') continue;
    const { callee, args, keywords } = it.value;
    if (callee.kind !== 'attribute' || callee.name !== 'register_blueprint') continue;
    if (callee.of.kind !== 'name' || callee.of.name !== flask.name) continue;
    if (!it.certain) return undefined;
    const [blueprint] = args;
    const given = keywords.url_prefix;
    const others = Object.keys(keywords).some((key) => key !== 'url_prefix' && key !== 'name');
    const routes = blueprint && !others ? routesOf(blueprint, flask, folders, host) : undefined;
    if (!routes || (given && given.kind !== 'string')) return undefined;
    found.push(given?.kind === 'string' ? { ...routes, prefix: given.text } : routes);
  }
  return found;
}

/** `bp`, or `users.bp` where `users` is an imported module. */
function routesOf(
  it: PyExpression,
  { file, module }: FlaskApp,
  folders: readonly HostPath[],
  host: HostView,
): Routes | undefined {
  if (it.kind === 'attribute' && it.of.kind === 'name') {
    const { name } = it.of;
    const from = module.imports.find((one) => one.module === name || one.names?.some(({ text }) => text === name));
    const path = !from || from.module === name ? name : `${from.module.replace(/(?<!\.)$/, '.')}${name}`;
    const there = from && fileOf(path, file, folders, host);
    return there && blueprintIn(there, there.module, it.name, from);
  }
  if (it.kind !== 'name') return undefined;
  if (onlyValue(module.statements, it.name)) return blueprintIn(file, module, it.name, undefined);
  if (onlyValue(file.module.statements, it.name)) return blueprintIn(file, file.module, it.name, undefined);
  const from = module.imports.find((one) => one.names?.some(({ text }) => text === it.name));
  let there = from && fileOf(from.module, file, folders, host);
  // A package hands on what one of its modules makes.
  for (let hops = 0; there && hops < DEEPEST && !onlyValue(there.module.statements, it.name); hops++) {
    const next = there.module.imports.find((one) => one.names?.some(({ text }) => text === it.name));
    there = next && fileOf(next.module, there, folders, host);
  }
  return there && blueprintIn(there, there.module, it.name, from);
}

function blueprintIn(
  { module: whole }: PythonFile,
  module: PyModule,
  name: string,
  from: PyImport | undefined,
): Routes | undefined {
  const made = onlyValue(module.statements, name);
  if (whole.hasError || whole.isDynamic || made?.kind !== 'call') return undefined;
  if (made.callee.kind !== 'name' || made.callee.name !== 'Blueprint') return undefined;
  const prefix = made.keywords.url_prefix;
  const others = Object.keys(made.keywords).some((it) => /^(?:static_|subdomain|root_path)/.test(it));
  if (others || (prefix && prefix.kind !== 'string')) return undefined;
  const calls = module.statements.some(
    (it) => (it.kind === 'expression' || it.kind === 'assign') && addsTo(it.value, name),
  );
  const { functions } = module;
  const handles = functions.some((it) =>
    it.decorators.some(
      (one) => one.kind === 'call' && one.callee.kind === 'attribute' && /errorhandler$/.test(one.callee.name),
    ),
  );
  // Modules beside it that import the blueprint may add routes to it: `from . import routes` at the end.
  const late = whole.imports.some((it) => /^\.+$/.test(it.module));
  if (calls || handles || late) return undefined;
  return { functions, name, prefix: prefix?.kind === 'string' ? prefix.text : undefined, from };
}

/** `bp.add_url_rule(...)`, `api = Api(bp)`, `bp.register_blueprint(...)`. */
function addsTo(it: PyExpression, name: string): boolean {
  if (it.kind !== 'call') return false;
  const { callee, args } = it;
  const isOwn = (one: PyExpression) => one.kind === 'name' && one.name === name;
  if (callee.kind === 'attribute' && isOwn(callee.of)) return true;
  // Its registration is what brings it here.
  const registers = callee.kind === 'attribute' && callee.name === 'register_blueprint';
  return !registers && args.some(isOwn);
}
