/** What makes a Django project answer 500: patterns that cannot be imported, and views that lack what they need. */
import type { HostView } from '../host/host.js';
import { interpreterOf } from './appImport.js';
import { djangoSettings } from './appModule.js';
import { type DjangoProject, djangoProject } from './djangoProject.js';
import { namedIn, patternsOf } from './djangoUrls.js';
import { needOf, type ViewNeed } from './djangoViews.js';
import { type ImportFault, type Interpreter, importFault } from './importFaults.js';
import { findModule, type PythonFile } from './pythonFiles.js';
import { meaningOf } from './pythonReferences.js';
import type { ServiceApp } from './serviceApp.js';
import { isInstalled } from './sitePackages.js';

/** Django imports the patterns when the first request comes, so the server starts, and answers 500 to each. */
export interface UrlFault {
  readonly why: string;
  /** Where it stands; undefined for the setting itself. */
  readonly at: { readonly file: PythonFile; readonly start: number; readonly end: number } | undefined;
}

const DEEPEST = 6;

/** The first fault of the modules of patterns; undefined where there is none that the files show. */
export function urlFault(project: DjangoProject): UrlFault | undefined {
  const { app, within, urls, settings } = project;
  const of = interpreterOf(app, within.host, within.folders);
  if (isMissing(urls, of))
    return { why: `ROOT_URLCONF in ${settings.file.path} is ${urls}, and there is no such module`, at: undefined };
  return faultIn(urls, project, of, new Set());
}

function faultIn(module: string, project: DjangoProject, of: Interpreter, seen: Set<string>): UrlFault | undefined {
  if (seen.has(module) || seen.size > DEEPEST) return undefined;
  seen.add(module);
  const found = findModule(of.host, of.folders, module);
  if (found.is !== 'found') return undefined;
  const { file } = found;
  const fault = importFault([{ file, name: module }], of);
  if (fault) return { why: textOf(fault), at: fault };
  const patterns = patternsOf(module, project.within);
  const { statements, hasError, isDynamic } = file.module;
  const binds = statements.some((it) => it.kind === 'star' || ('name' in it && it.name === 'urlpatterns'));
  if (!binds && !hasError && !isDynamic)
    return { why: `${file.path} defines no urlpatterns`, at: { file, start: 0, end: 0 } };
  for (const it of patterns ? namedIn(patterns, project.within).included : []) {
    const at = { file, start: it.start, end: it.end };
    if (isMissing(it.module, of)) return { why: `${file.path} includes ${it.module}, and there is no such module`, at };
    const below = faultIn(it.module, project, of, seen);
    if (below) return below;
  }
  return undefined;
}

/** Nowhere for certain: below a package of the project, or where all packages are listed. */
function isMissing(module: string, of: Interpreter): boolean {
  const found = findModule(of.host, of.folders, module);
  if (found.is !== 'absent') return false;
  return found.sure || isInstalled(of.host, of.installed, module.split('.')[0]!) === false;
}

function textOf({ fault, file, missing, within }: ImportFault): string {
  switch (fault) {
    case 'syntax':
      return `Python cannot read ${file.path} from line ${file.module.error?.line ?? 1} on`;
    case 'module':
    case 'name':
      return `${file.path} imports ${missing}, which is not in ${within}`;
    case 'package':
      return `${file.path} needs ${missing}, which is not installed in ${within}`;
    case 'relative':
      return `${file.path} imports ${missing}, which is above the top of its packages`;
    case 'variable':
      return `${file.path} needs the variable ${missing} of the environment`;
    case 'undefined':
      return `nothing defines ${missing}, which ${file.path} uses`;
    case 'file':
      return `${file.path} opens ${missing}, and there is no ${within}`;
    case 'refused':
      return `${file.path} writes ${missing}, which ${within} may not`;
    default:
      return `${file.path} stops at ${missing} whenever it is imported`;
  }
}

/** Views that a project looks at for faults. */
const MOST_VIEWS = 100;

/** What views of the app's project need and do not find; nothing for an app that is not Django's. */
export function djangoNeeds(app: ServiceApp, host: HostView): ViewNeed[] {
  const settings = djangoSettings(app, host);
  const project = settings && djangoProject(app, settings, host);
  return project ? viewNeeds(project) : [];
}

/** What views of the project need in any case, and do not find. */
export function viewNeeds(project: DjangoProject): ViewNeed[] {
  const needs: ViewNeed[] = [];
  const rest = [project.urls];
  const seen = new Set<string>();
  let views = 0;
  for (let module = rest.shift(); module !== undefined && views < MOST_VIEWS; module = rest.shift()) {
    const patterns = seen.has(module) ? undefined : patternsOf(module, project.within);
    seen.add(module);
    if (!patterns) continue;
    const named = namedIn(patterns, project.within);
    rest.push(...named.included.map((it) => it.module));
    for (const { view, file } of named.views) {
      views++;
      const meant =
        view.kind === 'name' || view.kind === 'attribute' ? meaningOf(view, file, project.within) : undefined;
      const need = meant?.is === 'function' ? needOf(meant, project) : undefined;
      if (need) needs.push(need);
    }
  }
  return needs;
}
