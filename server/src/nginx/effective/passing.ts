/** What nginx asks another program for: ngx_http_proxy_eval() and ngx_http_proxy_create_request(). */
import type { Block, Directive } from './blocks.js';
import { locationAround } from './files.js';
import { inForce } from './inheritance.js';
import { bytesOf } from './regex.js';
import { type Ending, type Passed, type Reached, unknown } from './route.js';
import { scriptFor, scriptNameFor } from './script.js';
import { escapeUri } from './uri.js';
import type { State, Variables } from './variables.js';

export function passedOn(by: Directive, variables: Variables): Passed {
  const target = variables.expand(bytesOf(by.args[0]!));
  const headers = inForce(variables.state.block, 'proxy_set_header').directives;
  const named = headers.find((it) => it.args[0]?.toLowerCase() === 'host');
  const written = /^(?:\w+:\/\/)?([^/]*)/.exec(target ?? '')?.[1];
  // ngx_http_proxy_set_vars() calls every socket so.
  const own = written === 'unix:' ? 'localhost' : written;
  const host = named ? variables.expand(bytesOf(named.args[1] ?? '')) : own;
  const passed = { by, target, host, uri: passedUri(by, target, variables) };
  if (by.name !== 'fastcgi_pass') return passed;
  const { block } = variables.state;
  return { ...passed, script: scriptFor(block, variables), scriptName: scriptNameFor(block, variables) };
}

/** Whether errors of the program go the way of nginx's own: proxy_intercept_errors and its kin. */
export function intercepts(by: Directive, block: Block): boolean {
  const name = by.name.replace('_pass', '_intercept_errors');
  return inForce(block, name).directives[0]?.args[0] === 'on';
}

/**
 * The URI or the named location that a program has nginx go on with: X-Accel-Redirect, unless it is told to leave it.
 * ngx_http_upstream_process_headers(), ngx_http_parse_unsafe_uri().
 */
export function handedOn(by: Directive, block: Block, { handsOn }: Reached): string | Ending | undefined {
  const name = by.name.replace('_pass', '_ignore_headers');
  const left = inForce(block, name).directives.some((it) => it.args.some((one) => /^x-accel-redirect$/i.test(one)));
  if (handsOn === undefined || left) return undefined;
  if (handsOn === 'open') return unknown('where X-Accel-Redirect of the app leads is not known', by);
  const [path, ...query] = bytesOf(handsOn).split('?');
  const plain = path!.replace(/%([0-9a-f]{2})/gi, (as, code: string) =>
    code.toLowerCase() === '3f' ? as : String.fromCharCode(Number.parseInt(code, 16)),
  );
  if (plain === '' || /(?:^|\/)\.\.(?:\/|$)/.test(plain)) return { kind: 'answer', status: 404, text: undefined, by };
  return [plain, ...query].join('?');
}

/** The URI part of proxy_pass takes the place of the location's prefix. Undefined where a variable is not known. */
function passedUri(by: Directive, target: string | undefined, { state, request }: Variables): string | undefined {
  const { uri, args } = state;
  const query = args === '' ? '' : `?${args}`;
  if (by.name !== 'proxy_pass') return uri + query;
  if (target === undefined) return undefined;
  const written = /^https?:\/\/(?:unix:[^:]*:|(?!unix:)[^/]*)(\/.*)$/is.exec(target)?.[1];
  if (written === undefined && state.asReceived) return request.target;
  // With variables the URI is all that is asked for.
  if (written !== undefined && by.args[0]!.includes('$')) return written;
  // A URI that a rewrite has taken out of its location goes as it is.
  const own = state.validLocation ? written : undefined;
  const location = locationAround(by.within);
  const quoted = state.internal || request.target.includes('%');
  const prefix = own !== undefined && location ? location.args[location.args.length - 1]! : '';
  const rest = uri.slice(bytesOf(prefix).length);
  return (own ?? '') + (quoted ? escapeUri(rest) : rest) + query;
}

/** What nginx answers to a path that is a folder, or one before a proxied location with a slash at its end. */
export function withSlash({ uri, args }: State, by: Directive | undefined): Ending {
  return { kind: 'redirect', status: 301, to: `${escapeUri(uri)}/${args === '' ? '' : `?${args}`}`, by };
}
