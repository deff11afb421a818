/** Whether an app is called as WSGI or as ASGI: by itself, as far as its text shows, and by the server that runs it. */
import { lastValue } from '../apps/options.js';
import type { HostView } from '../host/host.js';
import type { PyExpression } from '../syntax/pythonModule.js';
import { appModule, appSpec } from './appModule.js';
import type { PythonFile } from './pythonFiles.js';
import type { ServiceApp } from './serviceApp.js';

export type AppInterface = 'wsgi' | 'asgi';

/** What constructors and functions of frameworks make, by the module that they are imported from. */
const MADE: Readonly<Record<string, Readonly<Record<string, AppInterface>>>> = {
  flask: { Flask: 'wsgi' },
  bottle: { Bottle: 'wsgi' },
  'django.core.wsgi': { get_wsgi_application: 'wsgi' },
  'django.core.asgi': { get_asgi_application: 'asgi' },
  fastapi: { FastAPI: 'asgi' },
  'starlette.applications': { Starlette: 'asgi' },
  quart: { Quart: 'asgi' },
  'channels.routing': { ProtocolTypeRouter: 'asgi' },
  litestar: { Litestar: 'asgi' },
};

/** What the app's callable is; undefined where its text leaves that open. */
export function interfaceOf(app: ServiceApp, host: HostView): AppInterface | undefined {
  const spec = appSpec(app);
  const found = spec && appModule(app, host);
  // `module:make()` names what a function returns.
  if (found?.is !== 'found' || spec?.name === undefined || /[(.]/.test(spec.text.slice(spec.module.length + 1)))
    return undefined;
  const { file } = found;
  if (file.module.hasError || file.module.isDynamic) return undefined;
  const bound = file.module.statements.filter(
    (it) => (it.kind === 'assign' || it.kind === 'bound') && it.name === spec.name,
  );
  const [only] = bound;
  if (bound.length !== 1 || !only) return undefined;
  if (only.kind === 'assign') return madeBy(only.value, file);
  if (only.kind !== 'bound' || !only.certain || !only.shape) return undefined;
  const { isAsync, takes } = only.shape;
  if (isAsync) return takes === 3 ? 'asgi' : undefined;
  return takes === 2 ? 'wsgi' : undefined;
}

function madeBy(value: PyExpression, { module }: PythonFile): AppInterface | undefined {
  if (value.kind !== 'call' || value.callee.kind !== 'name') return undefined;
  const { name } = value.callee;
  const from = module.imports.find((it) => it.certain && it.names?.some(({ text }) => text === name));
  return from && MADE[from.module]?.[name];
}

/** How the server calls it; undefined where it finds that out, or where a setting that nobody sees decides. */
export function interfaceWanted({ server, command }: ServiceApp): AppInterface | undefined {
  const given = (name: string) => lastValue(command.given, name)?.text;
  switch (server) {
    case 'gunicorn': {
      const worker = command.settings?.of('worker_class').value;
      if (typeof worker !== 'string') return undefined;
      if (/^(?:sync|gthread|gevent|gevent_wsgi|gevent_pywsgi|eventlet)$/.test(worker)) return 'wsgi';
      return worker === 'asgi' || /^uvicorn(?:\.workers|_worker)\./.test(worker) ? 'asgi' : undefined;
    }
    case 'uvicorn':
      return /^wsgi$/i.test(given('interface') ?? '') || given('factory') !== undefined ? undefined : 'asgi';
    case 'waitress':
      return 'wsgi';
    case 'daphne':
      return 'asgi';
    default:
      return undefined;
  }
}
