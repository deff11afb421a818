/** What certainly comes of running Python: a module that ends itself while it is imported, a function with one answer. */
import type { Node } from 'web-tree-sitter';

/** Where a module stops while it is imported. */
export interface PyStop {
  /** `exits` is sys.exit(), which other programs than Python take for an end that was meant. */
  readonly what: 'raises' | 'exits';
  /** The exception, or what is called. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The first statement outside of any branch that raises or exits. */
export function stopOf(root: Node): PyStop | undefined {
  for (const it of root.namedChildren) {
    const name = it && (raisedBy(it) ?? zeroIn(it));
    if (it && name) return { what: 'raises', name, start: it.startIndex, end: it.endIndex };
    const exit =
      it?.type === 'expression_statement' ? /^(sys\.exit|os\._exit|exit|quit)\(/.exec(it.text)?.[1] : undefined;
    if (it && exit) return { what: 'exits', name: `${exit}()`, start: it.startIndex, end: it.endIndex };
  }
  return undefined;
}

function raisedBy(node: Node): string | undefined {
  if (node.type === 'assert_statement' && node.namedChildren[0]?.type === 'false') return 'AssertionError';
  return node.type === 'raise_statement' ? (/^raise\s+([\w.]+)/.exec(node.text)?.[1] ?? 'an exception') : undefined;
}

/** A division by a literal zero that nothing puts off. */
function zeroIn(node: Node): string | undefined {
  if (node.type !== 'expression_statement' && node.type !== 'return_statement') return undefined;
  return divides(node) ? 'ZeroDivisionError' : undefined;
}

function divides(node: Node): boolean {
  if (/^(?:lambda|conditional_expression|boolean_operator|.*comprehension|generator_expression)$/.test(node.type))
    return false;
  if (node.type === 'binary_operator' && /^(?:\/\/?|%)$/.test(node.childForFieldName('operator')?.text ?? '')) {
    const [left, right] = [node.childForFieldName('left'), node.childForFieldName('right')];
    if (right?.type === 'integer' && Number(right.text) === 0 && left?.type !== 'string') return true;
  }
  return node.namedChildren.some((it) => it !== null && divides(it));
}

/** The one status that a function answers with, and why. */
export interface PyAnswer {
  readonly status: number;
  /** `raise ValueError`, `abort(404)`, as written. */
  readonly by: string;
  /** It is an exception that nobody catches. */
  readonly raises?: true;
}

/** Exceptions of Python's own, which no framework makes an answer of. */
const UNCAUGHT =
  /^(?:\w*(?:Value|Runtime|Key|Type|Index|Attribute|Name|ZeroDivision|Assertion|NotImplemented|OS|IO|Import|Arithmetic|Lookup)Error|Exception|ModuleNotFoundError)$/;

/**
 * What a view, or a WSGI or ASGI app, answers to everything: the first statement of its body that ends it, where none
 * before it may. Undefined where that is open, and for the answers that are well.
 */
export function answerOf(body: Node): PyAnswer | undefined {
  const whole = body.text;
  for (const it of body.namedChildren) {
    if (!it || it.type === 'comment') continue;
    const raised = raisedBy(it) ?? zeroIn(it);
    const own = raised && it.type === 'raise_statement' ? statusRaised(raised, it.text) : undefined;
    if (own) return { status: own, by: it.text.split('\n')[0]! };
    if (raised) return UNCAUGHT.test(raised) ? { status: 500, by: it.text.split('\n')[0]!, raises: true } : undefined;
    if (it.type === 'return_statement') return returned(it) ?? started(whole);
    const abort = it.type === 'expression_statement' ? /^abort\((\d{3})\b/.exec(it.text) : null;
    if (abort) return { status: Number(abort[1]), by: `abort(${abort[1]})` };
    if (!/^(?:expression_statement|import_.*statement|pass_statement|global_statement|assert_statement)$/.test(it.type))
      return undefined;
  }
  return started(whole);
}

/** Exceptions that a framework makes an answer of: response_for_exception() in django/core/handlers/exception.py, HTTPException. */
function statusRaised(name: string, text: string): number | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (last === 'Http404') return 404;
  if (last === 'PermissionDenied') return 403;
  if (last === 'SuspiciousOperation' || last === 'BadRequest') return 400;
  const given = last === 'HTTPException' ? /\(\s*(?:status_code\s*=\s*)?(?:status\.HTTP_)?(\d{3})\b/.exec(text) : null;
  return given ? Number(given[1]) : undefined;
}

/** Classes of responses by the status that is theirs: django/http/response.py. */
export const RESPONSES: Readonly<Record<string, number>> = {
  HttpResponseRedirect: 302,
  HttpResponsePermanentRedirect: 301,
  HttpResponseNotModified: 304,
  HttpResponseBadRequest: 400,
  HttpResponseForbidden: 403,
  HttpResponseNotFound: 404,
  HttpResponseNotAllowed: 405,
  HttpResponseGone: 410,
  HttpResponseServerError: 500,
  RedirectResponse: 307,
};

/** What a response that is made has for its status, and where it is not one that everybody makes. */
function statusMade(value: Node): PyAnswer | undefined {
  const name = value.childForFieldName('function')?.text ?? '';
  const last = name.slice(name.lastIndexOf('.') + 1);
  const given = value
    .childForFieldName('arguments')
    ?.namedChildren.find((it) => it?.type === 'keyword_argument' && /^status(?:_code)?\s*=/.test(it.text));
  const isResponse = /Response$|^render$/.test(last) || RESPONSES[last] !== undefined;
  if (given && isResponse) {
    const status = /=\s*(?:status\.HTTP_)?(\d{3})\b/.exec(given.text)?.[1];
    return status && status !== '200' ? { status: Number(status), by: `the status ${status}` } : undefined;
  }
  const status = RESPONSES[last];
  return status === undefined ? undefined : { status, by: `${last}()` };
}

/** `return redirect(url, code=301)`, `return 'text', 503`. */
function returned(node: Node): PyAnswer | undefined {
  const [value] = node.namedChildren;
  const redirect = /^redirect\(/.test(value?.text ?? '')
    ? /\bcode\s*=\s*(\d{3})|,\s*(30[1-8])\s*[,)]/.exec(value!.text)
    : null;
  if (value?.type === 'call' && value.childForFieldName('function')?.text === 'redirect') {
    const lasting = /\bpermanent\s*=\s*(\w+)/.exec(value.text)?.[1];
    // Django's has a flag of its own.
    if (lasting !== undefined && lasting !== 'True' && lasting !== 'False') return undefined;
    const usual = lasting === 'True' ? 301 : 302;
    return { status: Number(redirect?.[1] ?? redirect?.[2] ?? usual), by: 'redirect()' };
  }
  if (value?.type === 'call') return statusMade(value);
  const parts = value?.type === 'tuple' || value?.type === 'expression_list' ? value.namedChildren : [];
  const [, status] = parts;
  return status?.type === 'integer' ? { status: Number(status.text), by: `return ..., ${status.text}` } : undefined;
}

/** `start_response('503 ...')` and `'status': 503`, where there is but one. */
function started(text: string): PyAnswer | undefined {
  for (const [call, status] of [
    [/\bstart_response\(/g, /\bstart_response\(\s*['"](\d{3})\b/],
    [/['"]http\.response\.start['"]/g, /['"]status['"]\s*:\s*(\d{3})\b/],
  ] as const) {
    if ((text.match(call)?.length ?? 0) !== 1) continue;
    const found = status.exec(text)?.[1];
    if (found && found !== '200') return { status: Number(found), by: `the status ${found}` };
  }
  return undefined;
}
