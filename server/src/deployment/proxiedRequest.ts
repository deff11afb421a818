/** What nginx tells an app of the requests that it hands over with proxy_pass, and which app that is. */
import type { RequestLimits } from '../apps/appCommand.js';
import { answers } from '../base/address.js';
import type { Fix } from '../base/fix.js';
import type { HostView } from '../host/host.js';
import type { Block, Directive } from '../nginx/effective/blocks.js';
import { inForce } from '../nginx/effective/inheritance.js';
import { parseSize } from '../nginx/values.js';
import { type Item, indentOf, placeOfArg } from '../syntax/nginxSyntax.js';
import { djangoSettings } from './appModule.js';
import { hasMiddleware } from './django.js';
import type { Connection } from './nginxSide.js';
import type { ServiceApp } from './serviceApp.js';
import { installedFor, isInstalled } from './sitePackages.js';
import type { Surroundings } from './surroundings.js';

export interface SentHeader {
  /** As written, variables included; undefined where nginx does not set the header. */
  readonly value: string | undefined;
  /** Where it is set. */
  readonly directive: Directive | undefined;
  /** The block whose headers count here; undefined where no block sets any. */
  readonly from: Block | undefined;
  /** False where an include that cannot be read may set it. */
  readonly known: boolean;
  /** The main file was read, so nothing further out can set it. */
  readonly sure: boolean;
}

/** Debian's /etc/nginx/proxy_params; older ones have $http_host for the Host. */
const PROXY_PARAMS: Readonly<Record<string, string>> = {
  host: '$host',
  'x-real-ip': '$remote_addr',
  'x-forwarded-for': '$proxy_add_x_forwarded_for',
  'x-forwarded-proto': '$scheme',
};

/**
 * A header of the requests that a block proxies: proxy_set_header of the innermost block that has any, and of no other
 * (ngx_http_proxy_merge_loc_conf). Without it a header of the client's passes as it is, except Host and Connection.
 */
export function headerSent(block: Block, name: string): SentHeader {
  let at: Block | undefined = block;
  let top = block;
  for (; at && at.context !== 'main'; at = at.parent) {
    top = at;
    const own = at.all('proxy_set_header');
    const directive = own.findLast((it) => it.args[0]?.toLowerCase() === name);
    const value = directive?.args[1];
    if (directive) return { value: value === '' ? undefined : value, directive, from: at, known: true, sure: true };
    const shipped = !at.complete && includesParams(at);
    if (shipped && PROXY_PARAMS[name])
      return { value: PROXY_PARAMS[name], directive: undefined, from: at, known: true, sure: false };
    const known = at.complete || (shipped && at.hidesNoBlocks);
    if (!known || own.length > 0 || shipped)
      return { value: undefined, directive: undefined, from: at, known, sure: at.complete };
  }
  return { value: undefined, directive: undefined, from: undefined, known: true, sure: top.parent?.context === 'main' };
}

function includesParams(block: Block): boolean {
  return (block.directive?.item.children ?? []).some(
    (it) => it.name === 'include' && /(?:^|\/)proxy_params$/.test(it.args[0] ?? ''),
  );
}

/** The app that answers, if a directive connects to just one and it is certain who listens. */
export function appBehind(around: Surroundings, pass: Item): { app: ServiceApp; connection: Connection } | undefined {
  for (const connection of around.connectionsOf(pass)) {
    const there = around.listenersFor(connection.address);
    const [only] = there;
    if (there.length === 1 && only!.app && answers(only!.address, connection.address))
      return { app: only!.app, connection };
  }
  return undefined;
}

/** What the server itself allows a request that comes by this connection: of a pool or socket of its own. */
export function limitsBehind({ command }: ServiceApp, { address }: Connection): RequestLimits {
  const [only, ...more] = command.binds;
  const bind = more.length === 0 ? only : command.binds.find((it) => it.address && answers(it.address, address));
  return bind?.limits ?? {};
}

/** What nginx writes into Host where nothing sets it ($proxy_host): undefined where a variable decides. */
export function proxyHost({ connector }: Connection): string | undefined {
  const { target, text } = connector;
  if (text.includes('$')) return undefined;
  if (target.address?.kind === 'unix') return 'localhost';
  // The port is left out where it is the scheme's own.
  return text.slice(target.authorityStart, target.authorityEnd).toLowerCase().replace(/:80$/, '');
}

/**
 * Sets a header beside those that count here, or where it is set already: one in the location itself would drop those of
 * the blocks around it.
 */
export function headerFix(pass: Directive, sent: SentHeader, title: string, header: string, value: string): Fix[] {
  if (sent.directive) {
    const at = placeOfArg(sent.directive.item, 2);
    return [{ title, applicability: 'suggested', edits: [{ at, text: value }] }];
  }
  const beside = sent.from?.all('proxy_set_header')[0]?.item ?? pass.item;
  const text = `proxy_set_header ${header} ${value};\n${indentOf(beside)}`;
  return [{ title, applicability: 'suggested', edits: [{ at: { node: beside, start: 0, end: 0 }, text }] }];
}

/** The lines that set Host for what a block proxies: each of them is sent. None where an include may change that. */
export function hostLines(block: Block): readonly Directive[] {
  const { directives, certain } = inForce(block, 'proxy_set_header');
  return certain ? directives.filter((it) => it.args[0]?.toLowerCase() === 'host' && it.args[1] !== '') : [];
}

/**
 * Who answers 400 to two Host lines: h11, and Django, to whom gunicorn hands both over in one HTTP_HOST
 * (HttpRequest.get_host()). Undefined where nobody is known to.
 */
export function refusesTwoHosts(app: ServiceApp, host: HostView): string | undefined {
  if (app.server === 'hypercorn') return app.server;
  if (app.server === 'uvicorn') return isInstalled(host, installedFor(app, host), 'httptools') ? undefined : app.server;
  const settings = app.server === 'gunicorn' ? djangoSettings(app, host) : undefined;
  const looks = settings && hasMiddleware(settings, 'django.middleware.common.CommonMiddleware');
  return looks ? 'Django' : undefined;
}

/** Bytes that the headers of an answer may have: proxy_buffer_size, by itself a page of memory. Undefined where that is open. */
export function headerBuffer({ name, within }: Directive): number | undefined {
  const { directives, certain } = inForce(within, name.replace('_pass', '_buffer_size'));
  if (!certain) return undefined;
  // nginx reads the headers into it behind what a cache puts before them.
  return directives[0] ? parseSize(directives[0].args[0] ?? '') : 4096;
}
