/** Who is let in: allow and deny, auth_basic, satisfy. ngx_http_access_handler() and its kin, in the access phase. */
import { parseOffset } from '../values.js';
import type { Block, Directive } from './blocks.js';
import { inForce } from './inheritance.js';
import { covers } from './networks.js';
import type { Request } from './variables.js';

/** `unknown` where something decides that the files do not show. */
export type Verdict =
  | { readonly is: 'in' }
  | { readonly is: 'out'; readonly status: number; readonly by: Directive }
  | { readonly is: 'unknown'; readonly why: string; readonly by: Directive };

const IN: Verdict = { is: 'in' };

/** @param ask the status of the subrequest that a directive makes. */
export function accessOf(block: Block, request: Request, ask: (by: Directive) => number | undefined): Verdict {
  const verdicts = [byAddress(block, request), byPassword(block, request), byProgram(block, ask)].flatMap(
    (it) => it ?? [],
  );
  const any = inForce(block, 'satisfy').directives[0]?.args[0] === 'any';
  const open = verdicts.find((it) => it.is === 'unknown');
  if (!any) return verdicts.find((it) => it.is === 'out') ?? open ?? IN;
  if (verdicts.length === 0 || verdicts.some((it) => it.is === 'in')) return IN;
  // With `any` the last refusal is the one that is told, and a demand for a password comes before a plain no.
  return open ?? verdicts.find((it) => it.is === 'out' && it.status === 401) ?? verdicts[0]!;
}

function byAddress(block: Block, request: Request): Verdict | undefined {
  const [first] = [...inForce(block, 'allow').directives, ...inForce(block, 'deny').directives];
  if (!first) return undefined;
  for (const it of first.within.directives) {
    if (it.name !== 'allow' && it.name !== 'deny') continue;
    const fits =
      it.args[0] === 'all' ? true : request.client === undefined ? undefined : covers(it.args[0]!, request.client);
    if (fits === undefined) return { is: 'unknown', why: 'the address of the client decides', by: it };
    if (fits) return it.name === 'allow' ? IN : { is: 'out', status: 403, by: it };
  }
  return IN;
}

function byPassword(block: Block, request: Request): Verdict | undefined {
  const [by] = inForce(block, 'auth_basic').directives;
  if (!by || by.args[0] === 'off' || inForce(block, 'auth_basic_user_file').directives.length === 0) return undefined;
  if (by.args[0]!.includes('$') || request.headers?.has('authorization') !== false)
    return { is: 'unknown', why: 'a password decides', by };
  return { is: 'out', status: 401, by };
}

/** 2xx lets in, 401 and 403 are told, all else is an error: ngx_http_auth_request_handler(). */
function byProgram(block: Block, ask: (by: Directive) => number | undefined): Verdict | undefined {
  const [by] = inForce(block, 'auth_request').directives;
  if (!by || by.args[0] === 'off') return undefined;
  const status = ask(by);
  if (status === undefined) return { is: 'unknown', why: 'another program decides', by };
  if (status >= 200 && status < 300) return IN;
  return { is: 'out', status: status === 401 || status === 403 ? status : 500, by };
}

/** `client_max_body_size` that the request's body exceeds: ngx_http_core_find_config_phase(). 1m is the default. */
export function bodyTooLarge(block: Block, request: Request): Directive | 'default' | undefined {
  if (!request.body) return undefined;
  const [by] = inForce(block, 'client_max_body_size').directives;
  const most = by ? parseOffset(by.args[0]!) : 1024 * 1024;
  return most !== undefined && most > 0 && request.body > most ? (by ?? 'default') : undefined;
}

/** The body of limit_except, whose settings replace the location's for methods that it does not list. */
export function limitedBy(block: Block, method: string): Block | undefined {
  const by = block.first('limit_except');
  if (!by?.body || by.args.some((it) => it.toUpperCase() === method)) return undefined;
  // GET lets HEAD in: https://nginx.org/en/docs/http/ngx_http_core_module.html#limit_except
  return method === 'HEAD' && by.args.some((it) => it.toUpperCase() === 'GET') ? undefined : by.body;
}

/**
 * Whether the request line fills the buffers that are there for it: ngx_http_process_request_line() and
 * ngx_http_alloc_large_header_buffer(). It has its end within the first buffer, or within a large one.
 */
export function lineTooLong(server: Block, { method, target }: Request): boolean {
  const size = (name: string, index: number, otherwise: number) => {
    const [by] = inForce(server, name).directives;
    return by ? (parseOffset(by.args[index] ?? '') ?? Number.POSITIVE_INFINITY) : otherwise;
  };
  const most = Math.max(size('client_header_buffer_size', 0, 1024), size('large_client_header_buffers', 1, 8192));
  return `${method} ${target} HTTP/1.1\r\n`.length > most;
}
