/** Where a view of Flask has nginx go on: `response.headers["X-Accel-Redirect"] = ...` on each of its ways. */
import { OPEN, Procedure, Raised } from '../apps/pythonObjects.js';
import { Lost } from '../apps/pythonRun.js';
import { everyWay } from '../apps/pythonWays.js';
import { type HostView, isText } from '../host/host.js';
import type { PyFunction } from '../syntax/pythonModule.js';
import { routePattern } from './appRequest.js';
import { proceduresOf, processEnvironment } from './callableAnswer.js';
import type { FlaskApp } from './flaskApp.js';
import type { ServiceApp } from './serviceApp.js';

/** Undefined where it sends no such header, `open` where nobody can tell what stands in it. */
export function flaskHandsOn(
  { file }: FlaskApp,
  view: PyFunction,
  app: ServiceApp,
  host: HostView,
  path: string,
): string | 'open' | undefined {
  const text = host.read(file.path);
  if (!text.known || !isText(text.value) || !/x-accel-redirect/i.test(text.value.text)) return undefined;
  const statements = proceduresOf(text.value);
  const found = statements.filter((it) => it.kind === 'define' && it.procedure.name === view.name);
  const [only] = found;
  const given = parametersOf(view, path);
  if (found.length !== 1 || only?.kind !== 'define' || !given) return undefined;
  const environment = () => processEnvironment(app, file.module.setsEnvironment === 'any');
  const ways = everyWay(environment, (run) => {
    try {
      run.load(statements);
      run.call(new Procedure(only.procedure, run.module), [], given);
    } catch (raised) {
      throw raised instanceof Raised ? new Lost() : raised;
    }
    return run.handsOn;
  });
  const [first] = ways ?? [];
  if (!ways || first === undefined || ways.some((it) => it !== first)) return ways?.some(Boolean) ? 'open' : undefined;
  return typeof first === 'string' ? first : 'open';
}

/** What the route takes out of the path; undefined where no route of the view is literal, or takes it. */
function parametersOf({ decorators }: PyFunction, path: string): ReadonlyMap<string, string | typeof OPEN> | undefined {
  for (const it of decorators) {
    const rule = it.kind === 'call' ? it.args[0] : undefined;
    if (rule?.kind !== 'string') continue;
    const names: { readonly name: string; readonly converter: string | undefined }[] = [];
    const pattern = routePattern(rule.text)?.replaceAll('(?:', '(');
    for (const [, converter, name] of rule.text.matchAll(/<(?:(\w+):)?(\w+)>/g)) names.push({ name: name!, converter });
    const taken = pattern === undefined ? null : new RegExp(`${pattern}$`).exec(path);
    if (!taken) continue;
    const isText = (one: string | undefined) => one === undefined || one === 'string' || one === 'path';
    return new Map(names.map((one, i) => [one.name, isText(one.converter) ? taken[i + 1]! : OPEN] as const));
  }
  return undefined;
}
