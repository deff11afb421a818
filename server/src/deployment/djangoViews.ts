/** What a view of Django's answers whatever it is asked: its decorators, its class, the templates and the database that it needs. */
import type { PyExpression, PyFunction } from '../syntax/pythonModule.js';
import { RESPONSES } from '../syntax/pythonOutcome.js';
import { refusedTo } from './appImport.js';
import type { AppAnswer, AppRequest } from './appRequest.js';
import { hasMiddleware } from './django.js';
import { databaseFault, missingDjangoTemplate } from './djangoNeeds.js';
import type { DjangoProject } from './djangoProject.js';
import type { UrlView } from './djangoUrls.js';
import type { PythonFile } from './pythonFiles.js';
import { type Meant, meaningOf } from './pythonReferences.js';

/** A fault of a view, as the end of a sentence that begins with `VIEW() `. */
export interface ViewNeed {
  readonly view: string;
  readonly why: string;
  /** What has to be there, or may not be written. */
  readonly is: 'template' | 'database';
  readonly what: string;
  readonly within: string;
}

const CSRF = 'django.middleware.csrf.CsrfViewMiddleware';
const SAFE = /^(?:GET|HEAD|OPTIONS|TRACE)$/;
/** Decorators that neither answer nor change what a GET gets. */
const NEUTRAL =
  /^(?:cache_page|cache_control|never_cache|vary_on_\w+|gzip_page|csrf_\w+|ensure_csrf_cookie|xframe_\w+|sensitive_\w+|transaction\.atomic|atomic|non_atomic_requests|last_modified|etag|condition|wraps)$/;
/** django/views/decorators/http.py. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  require_GET: ['GET'],
  require_POST: ['POST'],
  require_safe: ['GET', 'HEAD'],
};
/** Decorators that send whoever has no session to the login: django/contrib/auth/decorators.py. */
const LOGIN = /^(?:login_required|staff_member_required|permission_required|user_passes_test)$/;

interface Reached {
  readonly function?: PyFunction;
  readonly file: PythonFile;
}

/** Undefined where the view does well, or what it does is open. */
export function viewAnswer(target: UrlView, project: DjangoProject, request: AppRequest): AppAnswer | undefined {
  const { view, file } = target;
  const { settings } = project;
  const asks = [view];
  let exempt = false;
  // Decorators around the view in the file of patterns, the outermost first.
  let inner = view;
  for (let depth = 0; depth < 4 && inner.kind === 'call' && !isAsView(inner); depth++) {
    const name = nameOf(inner.callee);
    const [given] = inner.args;
    if (name === 'csrf_exempt') exempt = true;
    else if (!LOGIN.test(name) && !NEUTRAL.test(name) && !METHODS[name]) {
      // cache_page(60)(view)
      if (inner.callee.kind !== 'call' || !NEUTRAL.test(nameOf(inner.callee.callee))) return undefined;
    }
    if (!given) return undefined;
    inner = given;
    asks.push(inner);
  }
  const meant: Meant =
    inner.kind === 'name' || inner.kind === 'attribute' ? meaningOf(inner, file, project.within) : { is: 'unknown' };
  if (meant.is === 'function' && meant.function.decorators.some((it) => decoratorName(it) === 'csrf_exempt'))
    exempt = true;
  const known = meant.is === 'function' || inner.kind === 'lambda' || isAsView(inner);
  if (!known) return undefined;
  const own = isAsView(inner) ? classView(inner, file, project, request) : undefined;
  if (own === 'open') return undefined;
  if (!SAFE.test(request.method) && !exempt && hasMiddleware(settings, CSRF))
    return { status: 403, why: 'a form without the token that CsrfViewMiddleware asks for is refused' };
  for (const it of asks) {
    if (it.kind !== 'call' || it === inner) continue;
    const answer = decorated(nameOf(it.callee), undefined, request);
    if (answer === 'open') return undefined;
    if (answer) return answer;
  }
  if (own) return own;
  if (inner.kind === 'lambda') return responseOf(inner.body);
  return meant.is === 'function' ? functionAnswer(meant, project, request) : undefined;
}

const isAsView = (it: PyExpression): it is PyExpression & { kind: 'call' } =>
  it.kind === 'call' && it.callee.kind === 'attribute' && it.callee.name === 'as_view';

/** `a` of `a` and of `b.a`. */
function nameOf(it: PyExpression): string {
  return it.kind === 'name' || it.kind === 'attribute' ? it.name : '';
}

const decoratorName = (it: PyExpression): string => nameOf(it.kind === 'call' ? it.callee : it);

function functionAnswer(
  { function: it, file }: Meant & { is: 'function' },
  project: DjangoProject,
  request: AppRequest,
): AppAnswer | undefined {
  for (const by of it.decorators) {
    const answer = decorated(decoratorName(by), by, request);
    if (answer === 'open') return undefined;
    if (answer) return answer;
  }
  if (!it.certain) return undefined;
  const need = needOf({ function: it, file }, project);
  if (need) return { status: 500, why: `${it.name}() ${need.why}` };
  return it.answer && { status: it.answer.status, why: `${it.name}() ends with ${it.answer.by}` };
}

function decorated(name: string, by: PyExpression | undefined, { method }: AppRequest): AppAnswer | 'open' | undefined {
  if (LOGIN.test(name)) return { status: 302, why: `${name} sends whoever is not logged in to the login` };
  let methods = METHODS[name];
  if (name === 'require_http_methods') {
    const [given] = by?.kind === 'call' ? by.args : [];
    const all = given?.kind === 'list' ? given.items.map((it) => (it.kind === 'string' ? it.text : '')) : [''];
    if (all.includes('')) return 'open';
    methods = all;
  }
  if (methods) return methods.includes(method) ? undefined : { status: 405, why: `${name} takes no ${method}` };
  return NEUTRAL.test(name) ? undefined : 'open';
}

/** What a view needs in any case, and does not find. */
export function needOf({ function: it }: Reached, project: DjangoProject): ViewNeed | undefined {
  if (!it?.view || !it.certain) return undefined;
  const { app, within } = project;
  if (it.view.database) {
    const fault = databaseFault(project, it.view.database, (path) => refusedTo(app, within.host, path));
    if (fault)
      return {
        view: it.name,
        is: 'database',
        what: fault.path,
        within: fault.user,
        why: `asks the database ${fault.path}, which ${fault.user} may not write`,
      };
  }
  return missing(it.view.template, it.name, project);
}

function missing(name: string | undefined, view: string, project: DjangoProject): ViewNeed | undefined {
  const folders = name === undefined ? undefined : missingDjangoTemplate(name, project);
  if (name === undefined || !folders) return undefined;
  const within = folders.length > 0 ? folders.join(', ') : 'TEMPLATES of the settings, which names no folder';
  return { view, is: 'template', what: name, within, why: `renders ${name}, and there is no such file in ${within}` };
}

/** Django's own classes of views that answer GET and HEAD and need nothing but a template. */
const GENERIC = /^(?:View|TemplateView|ListView|DetailView|RedirectView)$/;

/** `X.as_view()`; `open` where its class is not known. */
function classView(
  call: PyExpression & { kind: 'call' },
  file: PythonFile,
  project: DjangoProject,
  request: AppRequest,
): AppAnswer | 'open' | undefined {
  const of = call.callee.kind === 'attribute' ? call.callee.of : call.callee;
  const meant = meaningOf(of, file, project.within);
  if (meant.is === 'foreign') {
    if (!meant.module.startsWith('django.views') || !GENERIC.test(meant.name)) return 'open';
    if (meant.name === 'RedirectView') return redirects(call.keywords.permanent);
    if (!SAFE.test(request.method)) return { status: 405, why: `${meant.name} takes no ${request.method}` };
    const template = call.keywords.template_name;
    const need =
      meant.name === 'TemplateView' && template?.kind === 'string'
        ? missing(template.text, meant.name, project)
        : undefined;
    return need && { status: 500, why: `${meant.name} ${need.why}` };
  }
  if (meant.is !== 'class' || meant.class.decorated) return 'open';
  const { class: made } = meant;
  const [base] = made.bases;
  const from = made.bases.length === 1 && base ? meaningOf(base, meant.file, project.within) : undefined;
  if (from?.is !== 'foreign' || !from.module.startsWith('django.views') || !GENERIC.test(from.name)) return 'open';
  const { functions, statements } = made.body;
  if (functions.some((it) => /^(?:dispatch|setup|http_method_not_allowed|as_view)$/.test(it.name))) return 'open';
  if (statements.some((it) => 'name' in it && it.name === 'http_method_names')) return 'open';
  const attribute = (name: string) => {
    const set = statements.findLast((it) => it.kind === 'assign' && it.name === name);
    return set?.kind === 'assign' ? set.value : undefined;
  };
  const handles = (method: string) => functions.find((it) => it.name === method.toLowerCase());
  const handler = handles(request.method) ?? (request.method === 'HEAD' ? handles('GET') : undefined);
  if (handler)
    return handler.decorators.length > 0
      ? 'open'
      : functionAnswer({ is: 'function', function: handler, file: meant.file }, project, request);
  if (from.name === 'RedirectView') return functions.length > 0 ? 'open' : redirects(attribute('permanent'));
  const inherits = from.name !== 'View' && /^(?:GET|HEAD)$/.test(request.method);
  if (!inherits && request.method !== 'OPTIONS') return { status: 405, why: `${made.name} takes no ${request.method}` };
  const template = call.keywords.template_name ?? attribute('template_name');
  const plain = from.name === 'TemplateView' && !functions.some((it) => /template|^get$|render/.test(it.name));
  const need = plain && template?.kind === 'string' ? missing(template.text, made.name, project) : undefined;
  return need && { status: 500, why: `${made.name} ${need.why}` };
}

function redirects(permanent: PyExpression | undefined): AppAnswer | 'open' {
  if (permanent && permanent.kind !== 'boolean') return 'open';
  return {
    status: permanent?.kind === 'boolean' && permanent.value ? 301 : 302,
    why: 'RedirectView sends it elsewhere',
  };
}

/** What a lambda makes: `HttpResponse('gone', status=410)`, `redirect('/')`. */
function responseOf(body: PyExpression): AppAnswer | undefined {
  if (body.kind !== 'call') return undefined;
  const name = nameOf(body.callee);
  const { status, permanent } = body.keywords;
  if (/Response$|^render$/.test(name) && status)
    return status.kind === 'number' && status.value !== 200
      ? { status: status.value, why: `the view answers ${status.value}` }
      : undefined;
  if (name === 'redirect')
    return { status: permanent?.kind === 'boolean' && permanent.value ? 301 : 302, why: 'the view redirects' };
  const own = RESPONSES[name];
  return own === undefined ? undefined : { status: own, why: `the view answers ${name}` };
}
