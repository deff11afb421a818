/** Values of variables in one request, as far as the configuration and the request determine them. */
import type { Block, Directive } from './blocks.js';
import { inForce } from './inheritance.js';
import { covers } from './networks.js';
import { bytesOf, matcher } from './regex.js';
import { scriptName } from './scriptName.js';
import { capturesOf } from './servers.js';

export interface Request {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Where the connection arrived: `192.0.2.1:80`. */
  readonly address: string;
  /** The Host header, port included. Empty for none. */
  readonly host: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  /** Names in lower case. Undefined where the headers are not known. */
  readonly headers: ReadonlyMap<string, string> | undefined;
  /** The client's address; without it, access by address is not known. */
  readonly client?: string | undefined;
  /** Bytes that the client sends. */
  readonly body?: number | undefined;
}

/** What changes while a request is handled. URIs have one character per byte. */
export interface State {
  uri: string;
  args: string;
  captures: ReadonlyMap<string, string>;
  /** Named captures stay when another expression matches. */
  readonly named: Map<string, string>;
  readonly set: Map<string, string | undefined>;
  /** The block whose settings are in force: a location, the `if` inside that was true, or the server. */
  block: Block;
  /** Cleared when a rewrite has taken the URI out of its location: alias has no prefix to replace then. */
  validLocation: boolean;
  /** Whether the URI is still the one of the request line, which a program may then get as it came. */
  asReceived: boolean;
  internal: boolean;
}

/** Before the URI has been read. */
export function stateIn(block: Block): State {
  return {
    uri: '',
    args: '',
    captures: new Map(),
    named: new Map(),
    set: new Map(),
    block,
    validLocation: true,
    asReceived: true,
    internal: false,
  };
}

/** Variables that some `set` makes are empty until it runs. */
export function declareVariables(block: Block, state: State): void {
  for (const it of block.directives) {
    if (it.name === 'set' && it.args[0]?.startsWith('$')) state.set.set(it.args[0].slice(1).toLowerCase(), '');
    if (it.body && it.body.context !== 'data') declareVariables(it.body, state);
  }
}

/** Undefined for what is not known: that of another program, of the client, of the clock. */
export class Variables {
  private depth = 0;

  constructor(
    readonly request: Request,
    readonly state: State,
    private readonly http: Block | undefined,
    private readonly of: {
      readonly documentRoot: () => string | undefined;
      readonly requestFilename: () => string | undefined;
    },
  ) {}

  /** A text with its variables filled in; `capture` is applied to what groups of an expression have caught. */
  expand(text: string, capture: (value: string) => string = (it) => it): string | undefined {
    if (!text.includes('$')) return text;
    let known = true;
    const out = text.replace(/\$(?:\{(\w+)\}|([1-9](?!\w)|[A-Za-z_]\w*|[1-9]))/g, (_, braced: string, bare: string) => {
      const name = braced ?? bare;
      const value = this.get(name);
      if (value !== undefined && /^[1-9]$/.test(name)) return capture(value);
      if (value === undefined) known = false;
      return value ?? '';
    });
    return known ? out : undefined;
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase();
    const { request, state } = this;
    if (/^[0-9]+$/.test(name)) return state.captures.get(name) ?? '';
    if (state.set.has(lower)) return state.set.get(lower);
    const named = state.named.get(name);
    if (named !== undefined) return named;
    switch (lower) {
      case 'uri':
      case 'document_uri':
        return state.uri;
      case 'request_uri':
        return request.target;
      case 'args':
      case 'query_string':
        return state.args;
      case 'is_args':
        return state.args === '' ? '' : '?';
      case 'host':
        return request.host === '' ? undefined : request.host.replace(/(?<=\]|^[^:[]*):\d*$/, '').toLowerCase();
      case 'http_host':
        return request.host;
      case 'scheme':
        return request.scheme;
      case 'https':
        return request.scheme === 'https' ? 'on' : '';
      case 'request_method':
        return request.method;
      case 'remote_addr':
        return request.client;
      case 'server_port':
        return request.address.slice(request.address.lastIndexOf(':') + 1);
      case 'fastcgi_script_name':
        return scriptName(state.block, state.uri).name;
      case 'fastcgi_path_info':
        return scriptName(state.block, state.uri).info;
      case 'document_root':
      case 'realpath_root':
        return this.of.documentRoot();
      case 'request_filename':
        return this.of.requestFilename();
      case 'invalid_referer':
        return this.invalidReferer();
    }
    if (lower.startsWith('arg_')) return argument(state.args, lower.slice(4));
    if (lower.startsWith('cookie_') && request.headers)
      return cookie(request.headers.get('cookie') ?? '', lower.slice(7));
    if (lower.startsWith('http_') && request.headers)
      return request.headers.get(lower.slice(5).replaceAll('_', '-')) ?? '';
    return this.mapped(lower);
  }

  /** Of a request without Referer, which is valid with `none`: ngx_http_referer_variable(). */
  private invalidReferer(): string | undefined {
    const { headers } = this.request;
    const { directives, certain } = inForce(this.state.block, 'valid_referers');
    if (!certain || !headers || headers.has('referer')) return undefined;
    return directives.length === 0 || directives.some((it) => it.args.includes('none')) ? '' : '1';
  }

  /** A variable that a `map` makes of what is known; one that only `set` makes is empty until then. */
  private mapped(name: string): string | undefined {
    const geo = this.http?.all('geo').findLast((it) => it.args.at(-1)?.toLowerCase() === `$${name}`);
    if (geo) {
      const { body, args } = geo;
      const client = args.length > 1 ? this.expand(args[0]!) : this.request.client;
      return body?.complete ? byNetwork(client, body.directives) : undefined;
    }
    const map = this.http?.all('map').findLast((it) => it.args[1]?.toLowerCase() === `$${name}`);
    if (!map?.body?.complete || this.depth > 8) return undefined;
    this.depth++;
    const value = this.lookUp(map.args[0]!, map.body.directives);
    this.depth--;
    return value;
  }

  /** ngx_http_map_find(): the text itself, then names with a star where the map has `hostnames`, then expressions in order. */
  private lookUp(source: string, entries: readonly Directive[]): string | undefined {
    const text = this.expand(bytesOf(source));
    if (text === undefined) return undefined;
    const pairs = entries.filter((it) => it.args.length === 1);
    const key = text.toLowerCase();
    const byHost = entries.some((it) => it.name === 'hostnames' && it.args.length === 0);
    const literal =
      pairs.find((it) => isLiteral(it.name) && literalKey(it.name) === key) ??
      (byHost ? byHostName(pairs, key.replace(/\.$/, '')) : undefined);
    if (literal) return this.expand(bytesOf(literal.args[0]!));
    for (const it of pairs) {
      const mark = /^~\*?/.exec(it.name)?.[0];
      if (!mark) continue;
      const regex = matcher(it.name.slice(mark.length), mark === '~*');
      if (!regex) return undefined;
      const found = regex.match(text);
      if (!found) continue;
      const before = this.state.captures;
      this.state.captures = capturesOf(found.captures, new Map());
      for (const [name, value] of found.names) this.state.named.set(name, value);
      const value = this.expand(bytesOf(it.args[0]!));
      this.state.captures = before;
      return value;
    }
    const fallback = pairs.find((it) => it.name === 'default');
    return fallback ? this.expand(bytesOf(fallback.args[0]!)) : '';
  }
}

const isLiteral = (name: string): boolean => !/^(?:default$|~)/.test(name);
/** A backslash lets a key begin as the words that mean something else. */
const literalKey = (name: string): string => bytesOf(name.replace(/^\\/, '')).toLowerCase();

/** `.example.com` is the name and all below it, `*.example.com` what is below, `example.*` what ends otherwise; longest first. */
function byHostName(pairs: readonly Directive[], name: string): Directive | undefined {
  const keyed = (key: string) => pairs.find((it) => it.name.toLowerCase() === key);
  const labels = name.split('.');
  const itself = keyed(`.${name}`) ?? keyed(name);
  if (itself) return itself;
  for (let i = 1; i < labels.length; i++) {
    const rest = labels.slice(i).join('.');
    const found = keyed(`*.${rest}`) ?? keyed(`.${rest}`);
    if (found) return found;
  }
  for (let i = labels.length - 1; i > 0; i--) {
    const found = keyed(`${labels.slice(0, i).join('.')}.*`);
    if (found) return found;
  }
  return undefined;
}

/** The value of the narrowest network that the client is in: ngx_http_geo_module. */
function byNetwork(client: string | undefined, entries: readonly Directive[]): string | undefined {
  if (client === undefined) return undefined;
  let found: { length: number; value: string } | undefined;
  for (const { name, args } of entries) {
    if (/^(?:include|ranges|proxy|proxy_recursive|delete)$/.test(name) || args.length !== 1) return undefined;
    const length = name === 'default' ? -1 : Number(name.split('/')[1] ?? 32);
    const fits = name === 'default' ? true : covers(name, client);
    if (fits === undefined) return undefined;
    if (fits && (!found || length > found.length)) found = { length, value: args[0]! };
  }
  return found?.value ?? '';
}

/** The first of this name in a Cookie header; ngx_http_parse_multi_header_lines() compares names without case. */
function cookie(header: string, name: string): string {
  for (const pair of header.split(/;\s*/)) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).toLowerCase() === name) return pair.slice(at + 1);
  }
  return '';
}

/** ngx_http_arg(): names are compared without case, the first one counts. */
function argument(args: string, name: string): string {
  for (const pair of args.split('&')) {
    const at = pair.indexOf('=');
    if (at >= 0 && pair.slice(0, at).toLowerCase() === name) return pair.slice(at + 1);
  }
  return '';
}
