/** The rewrite module: set, if, rewrite, return and break, in the order in which they stand. */
import { readCondition } from '../condition.js';
import { parseNumber } from '../values.js';
import type { Block, Directive } from './blocks.js';
import { bytesOf, matcher } from './regex.js';
import type { Looks } from './route.js';
import { capturesOf } from './servers.js';
import { escapeUri } from './uri.js';
import type { Variables } from './variables.js';

export type RewriteResult =
  /** Nothing that ends the phase; the URI may have changed. */
  | { readonly kind: 'through'; readonly changed: boolean }
  | { readonly kind: 'return'; readonly by: Directive; readonly status: number; readonly text: string | undefined }
  | { readonly kind: 'redirect'; readonly by: Directive; readonly status: number; readonly to: string }
  | { readonly kind: 'unknown'; readonly by: Directive };

interface Run {
  readonly variables: Variables;
  /** A true `if` in a location puts its own settings in force; in a server it does not. */
  readonly inLocation: boolean;
  readonly looks: Looks;
  changed: boolean;
  stop: boolean;
}

/** Runs the directives of a server or location: ngx_http_rewrite_handler() in src/http/modules/ngx_http_rewrite_module.c. */
export function runRewrite(
  block: Block | undefined,
  variables: Variables,
  inLocation: boolean,
  looks: Looks,
): RewriteResult {
  const run: Run = { variables, inLocation, looks, changed: false, stop: false };
  return (block && runBlock(run, block)) ?? { kind: 'through', changed: run.changed };
}

function runBlock(run: Run, block: Block): RewriteResult | undefined {
  for (const it of block.directives) {
    const result = step(run, it);
    if (result) return result;
    if (run.stop) return undefined;
  }
  return undefined;
}

function step(run: Run, by: Directive): RewriteResult | undefined {
  const { variables } = run;
  const { state } = variables;
  switch (by.name) {
    case 'set':
      state.set.set(by.args[0]!.slice(1).toLowerCase(), variables.expand(bytesOf(by.args[1] ?? '')));
      return undefined;
    case 'break':
      run.stop = true;
      return undefined;
    case 'return':
      return returned(by, variables);
    case 'rewrite':
      return rewrite(run, by);
    case 'if': {
      const holds = by.body && conditionHolds(by, variables, run.looks);
      if (holds === undefined) return { kind: 'unknown', by };
      if (!holds) return undefined;
      if (run.inLocation) state.block = by.body!;
      return runBlock(run, by.body!);
    }
    default:
      return undefined;
  }
}

function returned(by: Directive, variables: Variables): RewriteResult {
  const [code, text] = by.args;
  const status = parseNumber(code!);
  if (status === undefined) {
    const to = variables.expand(bytesOf(code!));
    return to === undefined ? { kind: 'unknown', by } : { kind: 'redirect', by, status: 302, to };
  }
  const value = text === undefined ? undefined : variables.expand(bytesOf(text));
  if (text !== undefined && value === undefined) return { kind: 'unknown', by };
  if (value !== undefined && [301, 302, 303, 307, 308].includes(status))
    return { kind: 'redirect', by, status, to: value };
  return { kind: 'return', by, status, text: value };
}

function rewrite(run: Run, by: Directive): RewriteResult | undefined {
  const { variables } = run;
  const { state } = variables;
  const [pattern, replacement, flag] = by.args;
  const regex = matcher(pattern!, false);
  if (!regex) return { kind: 'unknown', by };
  const found = regex.match(state.uri);
  // A match that fails forgets the captures of the one before: r->ncaptures = 0.
  if (!found) {
    state.captures = new Map();
    return undefined;
  }
  state.captures = capturesOf(found.captures, new Map());
  for (const [name, value] of found.names) state.named.set(name, value);
  const isRedirect = /^(?:https?:\/\/|\$scheme)/.test(replacement!) || flag === 'redirect' || flag === 'permanent';
  const text = bytesOf(replacement!);
  const question = text.indexOf('?');
  // Only what came in quoted goes out quoted: ngx_http_script_copy_capture_code().
  const wasQuoted = /[%+]/.test(variables.request.target.split('?')[0]!);
  const quote = isRedirect && wasQuoted ? escapeUri : undefined;
  const uri = variables.expand(question < 0 ? text : text.slice(0, question), quote);
  const args = question < 0 ? '' : variables.expand(text.slice(question + 1));
  if (uri === undefined || args === undefined) return { kind: 'unknown', by };
  // A question mark at the end drops the arguments that were there.
  const keeps = !text.endsWith('?') && state.args !== '';
  const now =
    question < 0 || text.endsWith('?')
      ? keeps
        ? state.args
        : args.replace(/\?$/, '')
      : keeps
        ? `${args}&${state.args}`
        : args;
  if (isRedirect)
    return { kind: 'redirect', by, status: flag === 'permanent' ? 301 : 302, to: now === '' ? uri : `${uri}?${now}` };
  state.uri = uri;
  state.args = now;
  state.asReceived = false;
  state.validLocation = false;
  // As if nginx had redirected to it: such URIs reach internal locations.
  state.internal = true;
  if (flag === 'break') {
    run.stop = true;
    run.changed = false;
  } else {
    run.changed = true;
    if (flag === 'last') run.stop = true;
  }
  return undefined;
}

/** -f, -d, -e and -x look at what stands there, whether or not it may be read: ngx_http_script_file_code(). */
function fileHolds(test: string, path: string | undefined, looks: Looks): boolean | undefined {
  const there = path === undefined ? 'unknown' : looks(path);
  if (there === 'unknown' || test === 'x') return undefined;
  if (there === undefined || there === 'denied') return false;
  return test === 'e' || (test === 'd') === (there === 'directory');
}

function conditionHolds(by: Directive, variables: Variables, looks: Looks): boolean | undefined {
  const condition = readCondition(by.args);
  if ('fault' in condition) return undefined;
  if (condition.kind === 'file') {
    const holds = fileHolds(condition.test, variables.expand(bytesOf(condition.path)), looks);
    return holds === undefined ? undefined : holds !== condition.not;
  }
  const value = variables.get(condition.variable);
  if (value === undefined) return undefined;
  if (condition.kind === 'variable') return value !== '' && value !== '0';
  if (condition.kind === 'compare') {
    const other = variables.expand(bytesOf(condition.value));
    return other === undefined ? undefined : (value === other) !== condition.not;
  }
  const regex = matcher(condition.pattern, condition.caseless);
  const found = regex?.match(value);
  if (!regex) return undefined;
  variables.state.captures = new Map();
  if (found) {
    variables.state.captures = capturesOf(found.captures, new Map());
    for (const [name, one] of found.names) variables.state.named.set(name, one);
  }
  return (found !== undefined) !== condition.not;
}
