/**
 * What nginx does with a request, phase by phase, as far as the configuration determines it: server, rewrites, location,
 * access, try_files, and then the program, the file or the answer. ngx_http_core_run_phases() in
 * src/http/ngx_http_core_module.c.
 */
import { parseNumber } from '../values.js';
import { accessOf, bodyTooLarge, limitedBy, lineTooLong } from './access.js';
import type { Block, Directive } from './blocks.js';
import { brokenIn } from './broken.js';
import { errorPageFor, redirectStatus } from './errorPages.js';
import { fileOf, rootOf, triedPath, uriOfTried } from './files.js';
import { inForce } from './inheritance.js';
import { findLocation, type Location, locationsOf } from './locations.js';
import { OTHERS, PASSES } from './passes.js';
import { handedOn, intercepts, passedOn, withSlash } from './passing.js';
import { bytesOf } from './regex.js';
import { runRewrite } from './rewrite.js';
import {
  type Connects,
  type Ending,
  type Look,
  type Looks,
  type Refusal,
  type Route,
  type Step,
  statusOf,
  unknown,
  WHY,
} from './route.js';
import { chooseServer, type Server, serverOf, serversOf } from './servers.js';
import { normalUri } from './uri.js';
import { declareVariables, type Request, type State, stateIn, Variables } from './variables.js';

export type { Connects, Ending, Looks, Route, Step } from './route.js';
export type { Request } from './variables.js';

/** A URI may be changed this often before nginx gives up with 500: NGX_HTTP_MAX_URI_CHANGES. */
const MOST_CHANGES = 10;

/** @param prefix the directory that relative roots start from. */
export function route(
  http: Block,
  request: Request,
  looks: Looks,
  prefix: string,
  connects: Connects = () => undefined,
): Route {
  return new Handling(http, request, looks, prefix, connects).run();
}

/**
 * As `route`, in a server that is known to answer. What stands outside of the server is unknown, and what lies on disk
 * unless `looks` tells.
 */
export function routeInServer(server: Block, request: Request, looks: Looks = () => 'unknown'): Route {
  return new Handling(server, request, looks, '', () => undefined).runIn(serverOf(server));
}

class Handling {
  private readonly steps: Step[] = [];
  private readonly state: State;
  private readonly variables: Variables;
  private server: Server | undefined;
  private changes = 0;
  private cycles = false;
  private refusal: Refusal | undefined;
  private method: string;
  private inErrorPage = false;
  /** The body has been thrown away, so nobody asks any more how large it is. */
  private discarded = false;
  /** The status that an error page keeps. */
  private status: number | undefined;

  constructor(
    private readonly http: Block,
    private readonly request: Request,
    private readonly looks: Looks,
    private readonly prefix: string,
    private readonly connects: Connects,
    private readonly depth = 0,
  ) {
    this.method = request.method;
    this.state = stateIn(http);
    this.variables = new Variables(request, this.state, http, {
      documentRoot: () => rootOf(this.state.block, this.variables, prefix),
      requestFilename: () => {
        const file = fileOf(this.state.block, this.state.uri, this.variables, prefix);
        return file === 'refused' ? '' : file;
      },
    });
  }

  private readonly look = (path: string): Look => {
    const [by] = inForce(this.state.block, 'disable_symlinks').directives;
    return this.looks(path, by && by.args[0] === 'on' ? 'refused' : undefined);
  };

  run(): Route {
    const { request, state } = this;
    const chosen = chooseServer(serversOf(this.http), request.address, request.host);
    if (!chosen) return this.routed(unknown('which server answers is not known'));
    for (const [name, value] of chosen.captures) if (!/^\d+$/.test(name)) state.named.set(name, value);
    state.captures = chosen.captures;
    return this.runIn(chosen.server);
  }

  runIn(server: Server): Route {
    this.server = server;
    return this.routed(this.whole(server));
  }

  private routed(ending: Ending): Route {
    const { server, steps, cycles, refusal } = this;
    return { server, steps, ending, block: server && this.state.block, cycles, refusal };
  }

  private whole(server: Server): Ending {
    const { request, state } = this;
    const broken = brokenIn(server.block);
    if (broken) return unknown(`nginx refuses "${broken.name}" with so few arguments`, broken);
    const [name] = server.names;
    if (name && /^[\w-]+(?:\.[\w-]+)*$/.test(name)) state.set.set('server_name', name.toLowerCase());
    declareVariables(this.http, state);
    this.note('server', server.block.directive);
    if (lineTooLong(server.block, request))
      return this.failed(414, undefined, 'the request line is longer than nginx has buffers for');
    const merge = inForce(server.block, 'merge_slashes').directives[0]?.args[0] !== 'off';
    const normal = normalUri(request.target, merge);
    if (!normal) return this.failed(400, undefined, 'this is no path to nginx');
    state.uri = normal.uri;
    state.args = normal.args;
    return this.fromServer();
  }

  private fromServer(): Ending {
    const server = this.server!.block;
    this.state.block = server;
    const result = runRewrite(server, this.variables, false, this.look);
    // A URI that goes on with `break` is never looked up anew.
    if (result.kind === 'through' && result.changed) this.state.validLocation = true;
    return this.rewritten(result) ?? this.fromLocation();
  }

  private fromLocation(): Ending {
    const found = findLocation(this.server!.block, this.state.uri);
    if (!found) return unknown('which location is chosen is not known');
    if (found.captures) {
      this.state.captures = found.captures;
      for (const [name, value] of found.captures) if (!/^\d+$/.test(name)) this.state.named.set(name, value);
    }
    if (found.redirectsToSlash) {
      this.note('location', found.block.directive);
      this.state.block = found.block;
      return withSlash(this.state, found.block.directive);
    }
    return this.inLocation(found.location, found.block);
  }

  private inLocation(location: Location | undefined, block: Block): Ending {
    const { state } = this;
    state.block = block;
    if (location) this.note('location', block.directive);
    // Locations inside an internal one are internal too.
    const [internal] = inForce(block, 'internal').directives;
    if (!state.internal && internal)
      return this.failed(404, internal, 'the location is internal: only nginx itself may go there');
    const limited = location && limitedBy(block, this.method);
    if (limited) state.block = limited;
    // Internal redirects are measured anew, but ngx_http_named_location() begins behind this.
    const large =
      location?.match.kind === 'named' || this.discarded ? undefined : bodyTooLarge(state.block, this.request);
    if (large) {
      this.discarded = true;
      const most = large === 'default' ? '1m by default' : large.args[0];
      return this.failed(413, large === 'default' ? undefined : large, `client_max_body_size is ${most}`);
    }
    // For the methods that limit_except is about, its settings are the location's, and rewrites are no setting.
    const result = runRewrite(location && !limited ? block : undefined, this.variables, true, this.look);
    const early = this.rewritten(result);
    if (early) return early;
    if (result.kind === 'through' && result.changed) {
      if (++this.changes > MOST_CHANGES) return this.cycled(undefined);
      this.note('rewrite', undefined);
      state.validLocation = true;
      return this.fromLocation();
    }
    return this.access() ?? this.tryFiles() ?? this.content();
  }

  private rewritten(result: ReturnType<typeof runRewrite>): Ending | undefined {
    switch (result.kind) {
      case 'unknown':
        return unknown(`what "${result.by.name}" finds is not known`, result.by);
      case 'redirect':
        return { kind: 'redirect', status: result.status, to: result.to, by: result.by };
      case 'return':
        // Only an error without a text is one that error_page may replace.
        if (result.text === undefined && result.status >= 400) return this.failed(result.status, result.by);
        return { kind: 'answer', status: this.status ?? result.status, text: result.text, by: result.by };
      default:
        return undefined;
    }
  }

  private access(): Ending | undefined {
    const verdict = accessOf(this.state.block, this.request, (by) => this.subrequest(by));
    if (verdict.is === 'in') return undefined;
    return verdict.is === 'out' ? this.failed(verdict.status, verdict.by) : unknown(verdict.why, verdict.by);
  }

  /** The status of a subrequest to the argument of `by`; undefined if that is not known. */
  private subrequest(by: Directive): number | undefined {
    const target = this.variables.expand(bytesOf(by.args[0]!));
    if (target === undefined || this.depth > 3) return undefined;
    const { http, request, looks, prefix, connects } = this;
    const inner = new Handling(http, { ...request, target, body: undefined }, looks, prefix, connects, this.depth + 1);
    return statusOf(inner.runAsSubrequest(this.server!));
  }

  private runAsSubrequest(server: Server): Ending {
    const { state } = this;
    const normal = normalUri(this.request.target, true);
    if (!normal) return unknown('the URI of the subrequest is not one');
    this.server = server;
    declareVariables(this.http, state);
    state.uri = normal.uri;
    state.args = normal.args;
    state.internal = true;
    state.block = server.block;
    return this.fromLocation();
  }

  private tryFiles(): Ending | undefined {
    const { state } = this;
    const { block } = state;
    const by = state.block.first('try_files');
    if (!by) return undefined;
    let first: string | undefined;
    for (const name of by.args.slice(0, -1)) {
      const value = this.variables.expand(bytesOf(name));
      if (value === undefined) return unknown('a variable of try_files is not known', by);
      // What is written decides, not what a variable holds: `$uri/` asks for a directory.
      const wantsDirectory = name.endsWith('/');
      const path = triedPath(block, wantsDirectory ? value.slice(0, -1) : value, name, this.variables, this.prefix);
      if (path === undefined) return unknown('the directory of the files is not known', by);
      if (path === 'refused') return this.failed(500, by, WHY.outOfAlias);
      first ??= path;
      const there = this.look(path);
      if (there === 'unknown') return unknown(`whether ${path} exists is not known`, by);
      // What cannot be looked at is passed over, what cannot be opened is found: try_files only asks for its kind.
      if (wantsDirectory ? there !== 'directory' : there !== 'file' && there !== 'unreadable') continue;
      // Of a directory one slash is dropped; the index or a redirect brings it back.
      state.uri = uriOfTried(block, wantsDirectory ? value.slice(0, -1) : value, name, state.uri);
      this.note('try', by);
      return undefined;
    }
    const last = by.args[by.args.length - 1]!;
    this.note('try', by);
    if (last.startsWith('='))
      return this.failed(parseNumber(last.slice(1)) ?? 500, by, 'there is nothing of what try_files names', first);
    return this.goTo(last, by);
  }

  private goTo(target: string, by: Directive): Ending {
    const text = this.variables.expand(bytesOf(target));
    return text === undefined ? unknown('a variable is not known', by) : this.goOn(text, by);
  }

  private goOn(text: string, by: Directive): Ending {
    const { state } = this;
    if (++this.changes > MOST_CHANGES) return this.cycled(by);
    state.internal = true;
    if (text.startsWith('@')) {
      const server = this.server!.block;
      const named = locationsOf(server).find((it) => it.match.kind === 'named' && it.match.text === text);
      if (!named)
        return server.complete
          ? this.failed(500, by, `there is no location ${text}`)
          : unknown(`${text} may be in an include`, by);
      // In a named location the URI stays what it was, and belongs to no prefix.
      return this.inLocation(named, named.block);
    }
    const question = text.indexOf('?');
    state.uri = question < 0 ? text : text.slice(0, question);
    state.args = question >= 0 ? text.slice(question + 1) : by.name === 'index' ? state.args : '';
    state.asReceived = false;
    state.validLocation = true;
    return this.fromServer();
  }

  private content(): Ending {
    const { block, uri } = this.state;
    const pass = [...PASSES].flatMap((it) => inForce(block, it).directives)[0];
    if (pass) return this.passOn(pass);
    const plain = block.first('stub_status') ?? block.first('empty_gif');
    if (plain) return { kind: 'answer', status: this.status ?? 200, text: undefined, by: plain };
    const other = block.directives.find((it) => OTHERS.test(it.name) && it.args[0] !== 'off');
    if (other) return unknown(`"${other.name}" answers`, other);
    if (uri.endsWith('/')) return this.index();
    const path = fileOf(block, uri, this.variables, this.prefix);
    if (path === undefined) return unknown('the directory of the files is not known');
    if (path === 'refused') return this.failed(500, undefined, WHY.outOfAlias);
    const there = this.look(path);
    if (there === 'unknown') return { kind: 'file', path, status: this.status ?? 200 };
    if (there === undefined) return this.failed(404, undefined, WHY.absent, path);
    if (there === 'denied') return this.failed(403, undefined, WHY.closed, path);
    if (there === 'directory') return withSlash(this.state, undefined);
    if (there === 'unreadable' && this.method !== 'POST')
      return this.failed(403, undefined, 'nginx may not read it', path);
    return this.method === 'GET' || this.method === 'HEAD'
      ? { kind: 'file', path, status: this.status ?? 200 }
      : this.failed(405, undefined, `files are not for ${this.method}`, path);
  }

  private index(): Ending {
    const { block, uri } = this.state;
    const { directives } = inForce(block, 'index');
    const names = directives.length > 0 ? directives.flatMap((it) => it.args) : ['index.html'];
    const directory = fileOf(block, uri, this.variables, this.prefix);
    if (directory === undefined) return unknown('the directory of the files is not known');
    if (directory === 'refused') return this.failed(500, undefined, WHY.outOfAlias);
    for (const name of names) {
      const value = this.variables.expand(bytesOf(name));
      const by = directives[0];
      if (value === undefined) return unknown('a variable of index is not known', by);
      if (value.startsWith('/')) {
        this.note('index', by);
        return by ? this.goTo(value, by) : unknown('index', by);
      }
      const there = this.look(directory + value);
      if (there === 'unknown') return unknown(`whether ${directory}${value} exists is not known`, by);
      if (there === 'denied') return this.failed(403, by, WHY.closed, directory + value);
      // nginx takes whatever can be opened under this name, a directory too.
      if (there === undefined) continue;
      this.note('index', by);
      if (++this.changes > MOST_CHANGES) return this.cycled(by);
      this.state.internal = true;
      this.state.asReceived = false;
      this.state.validLocation = true;
      this.state.uri = uri + value;
      return this.fromServer();
    }
    const there = this.look(directory.replace(/(?<=.)\/$/, ''));
    // Below a file there is nothing; an alias without its slash that is a file is a mistake to nginx.
    if (there === 'file') return this.failed(directory.endsWith('/') ? 404 : 500, undefined, 'it is a file', directory);
    if (there === 'unknown') return unknown(`whether ${directory} exists is not known`);
    if (there === undefined) return this.failed(404, undefined, WHY.absent, directory);
    if (there === 'denied') return this.failed(403, undefined, WHY.closed, directory);
    const [auto] = inForce(block, 'autoindex').directives;
    return auto?.args[0] === 'on'
      ? { kind: 'listing', path: directory, status: this.status ?? 200 }
      : this.failed(403, undefined, `there is no ${names.join(' or ')}, and autoindex is off`, directory);
  }

  private passOn(by: Directive): Ending {
    const passed = passedOn(by, this.variables);
    const reached = this.connects(passed);
    if (reached && (reached.own || (reached.status >= 300 && intercepts(by, this.state.block))))
      return this.failed(reached.status, by, reached.own ? reached.why : undefined);
    const next = reached && handedOn(by, this.state.block, reached);
    if (typeof next === 'object') return next;
    if (next !== undefined && this.method !== 'HEAD') this.method = 'GET';
    if (next !== undefined) return this.goOn(next, by);
    return { kind: 'pass', by, uri: passed.uri, status: this.status ?? reached?.status };
  }

  /** Ends with a status, or with what error_page puts in its place: ngx_http_special_response_handler(). */
  private failed(status: number, by: Directive | undefined, why?: string, path?: string): Ending {
    const { state } = this;
    // An error inside an error page is told as it is.
    const plain: Ending = { kind: 'answer', status, text: undefined, by };
    if (why !== undefined) this.refusal ??= { status, why, path };
    if (this.inErrorPage || status < 300 || status === 444) return plain;
    const page = errorPageFor(state.block, status);
    if (!page) return plain;
    const { by: found, target, overwrite } = page;
    this.inErrorPage = true;
    this.note('error', found);
    // What a variable holds decides, too: `$uri` begins with a slash. ngx_http_send_error_page().
    const to = this.variables.expand(bytesOf(target));
    if (to === undefined) return unknown('a variable is not known', found);
    if (!to.startsWith('/') && !to.startsWith('@'))
      return { kind: 'redirect', status: redirectStatus(overwrite), to, by: found };
    if (to.startsWith('/') && this.method !== 'HEAD') this.method = 'GET';
    // A lone "=" leaves the status to what answers in its place.
    this.status = overwrite === undefined ? status : overwrite === '' ? undefined : Number(overwrite);
    return this.goTo(target, found);
  }

  private cycled(by: Directive | undefined): Ending {
    this.cycles = true;
    const why = `nginx changes the path more than ${MOST_CHANGES} times: the rules send it in a circle`;
    return this.failed(500, by, why);
  }

  private note(what: Step['what'], by: Directive | undefined): void {
    this.steps.push({ what, by, uri: this.state.uri });
  }
}
