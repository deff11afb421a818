/** What one request will meet, from the server block to the application or the file, and the status that the client gets. */
import { addressText } from '../../base/address.js';
import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { Anchor, Place } from '../../base/place.js';
import { nginxWorker } from '../../deployment/identity.js';
import { may, ownershipInFiles, READ } from '../../deployment/rights.js';
import { type Block, type Directive, effectiveConfiguration, httpBlock } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { type Request, route } from '../../nginx/effective/request.js';
import type { Ending, Looks, Passed, Reached, Route } from '../../nginx/effective/route.js';
import { serversOf } from '../../nginx/effective/servers.js';
import { parseTime } from '../../nginx/values.js';
import type { Finding } from '../../rules/rule.js';
import { type Item, placeOfHead } from '../../syntax/nginxSyntax.js';
import type { Snapshot } from '../../workspace/hostSpace.js';
import type { CheckOptions, FindingsMemory } from '../diagnostics.js';
import { type LocatedRange, locate } from '../located.js';
import { COMPILED_PREFIX, looksFor, refusalText } from './looks.js';
import { isOwnAddress, type Meeting, meetings, type Situation } from './program.js';
import { allFindings, type Findings, loadFault } from './stops.js';
import { handedOn } from './streams.js';
import { transportAnswer } from './transport.js';

export interface AskedRequest {
  readonly url: string;
  readonly method: string;
  /** `192.0.2.1:80`, where the request arrives, when it is not the URL's port on any address. */
  readonly address?: string | undefined;
  readonly client: string;
  /** Bytes. */
  readonly body?: number | undefined;
}

export interface ExplainedPlace {
  readonly file: HostPath;
  readonly range: LocatedRange;
}

export interface ExplainedStep extends Partial<ExplainedPlace> {
  readonly what: string;
}

/** What `throughline explain --format json` prints; `version` rises when a field changes its meaning. */
export interface Explanation {
  readonly version: 1;
  readonly url: string;
  readonly server: (ExplainedPlace & { readonly names: readonly string[] }) | null;
  readonly location: (ExplainedPlace & { readonly match: string }) | null;
  readonly steps: readonly ExplainedStep[];
  readonly answer: {
    readonly kind: 'file' | 'upstream' | 'return' | 'autoindex' | 'unknown';
    /** Null where it cannot be said; 444 for a connection that is closed without an answer. */
    readonly status: number | null;
    readonly why?: string;
    /** What the status depends on and the files do not show. */
    readonly dependsOn?: string;
    readonly to?: string;
    readonly file?: string;
    readonly upstream?: { readonly address: string; readonly uri: string | null };
    readonly listener?: ExplainedPlace & { readonly address: string; readonly unit: string };
    readonly unit?: string;
    readonly app?: string;
  };
  /** Ids of the errors and warnings in the files that the request passes. */
  readonly problems: readonly string[];
}

/** Undefined where the URL is none. The path stays as it was typed: a URL object would clean it before nginx can. */
export function parseUrl(
  text: string,
): { scheme: 'http' | 'https'; host: string; port: string; target: string } | undefined {
  const match = /^(https?):\/\/((?:\[[^\]]*\]|[^/:?#]*)(?::(\d+))?)([/?][^#]*)?/i.exec(text);
  if (!match) return undefined;
  const scheme = match[1]!.toLowerCase() as 'http' | 'https';
  const path = match[4] ?? '/';
  const target = path.startsWith('/') ? path : `/${path}`;
  return { scheme, host: match[2]!, port: match[3] ?? (scheme === 'https' ? '443' : '80'), target };
}

/** Undefined where the URL is none. */
export function explain(
  snapshot: Snapshot,
  asked: AskedRequest,
  memory: FindingsMemory,
  options: CheckOptions,
): Explanation | undefined {
  const url = parseUrl(asked.url);
  if (!url) return undefined;
  const { deployment } = snapshot;
  const { top } = effectiveConfiguration(snapshot.configuration);
  const http = httpBlock(top);
  const empty = { version: 1, url: asked.url, server: null, location: null, steps: [] } as const;
  if (!http)
    return { ...empty, answer: { kind: 'unknown', status: null, why: 'there is no http block' }, problems: [] };
  const findings = allFindings(snapshot, memory, options);
  const { readings } = snapshot.configuration;
  const refused = loadFault(findings, new Set(readings.filter((it) => it.loaded).map((it) => it.file.path)));
  if (refused) {
    const where = refused.at && locate(snapshot, refused.at);
    const why = `nginx does not start with this configuration: ${refused.why}`;
    const answer = { kind: 'unknown', status: null, why } as const;
    return { ...empty, steps: [{ what: why, ...where }], answer, problems: idsIn(findings, new Set(findings.keys())) };
  }
  const passed = handedOn(top, url.port);
  const request: Request = {
    method: asked.method.toUpperCase(),
    scheme: url.scheme,
    address: passed?.address ?? asked.address ?? `*:${url.port}`,
    host: url.host,
    target: url.target,
    headers: new Map(),
    client: passed ? '127.0.0.1' : asked.client,
    body: asked.body,
  };
  const journey = new Journey(http, { snapshot, findings, worker: nginxWorker(deployment), body: asked.body });
  const { found, met, inner } = journey.take(request, 0);
  const answer = transportAnswer(found, request, http, findings) ?? answerOf(journey.situation, found, met);
  const before = passed ? [stepOf(snapshot, `stream ${headOf(passed.by)}`, placeOfHead(passed.by.item))] : [];
  const steps = [...before, ...stepsOf(snapshot, found, met), ...inner];
  const location = found.steps.findLast((it) => it.what === 'location')?.by;
  const server = found.server?.block.directive;
  const files = new Set([...steps.flatMap((it) => it.file ?? []), ...met.flatMap((it) => filesOf(it))]);
  if (met.some((it) => !it.listener)) for (const it of snapshot.unitFiles) files.add(it);
  return {
    ...empty,
    server: (server && placed(snapshot, server, { names: found.server!.names })) ?? null,
    location: (location && placed(snapshot, location, { match: location.args.join(' ') })) ?? null,
    steps,
    answer,
    problems: idsIn(findings, files, blocksOf(found, met)),
  };
}

/** The blocks that the request goes through: its server, its locations, the upstreams that are asked. */
function blocksOf({ steps, server }: Route, met: readonly Meeting[]): ReadonlySet<Anchor> {
  const through = new Set<Anchor>();
  const add = (from: Anchor | undefined): void => {
    for (let at = from; at; at = at.parent) through.add(at);
  };
  add(server?.block.directive?.item);
  for (const it of steps) add(it.by?.item);
  for (const it of met) add(it.connection.at.node);
  return through;
}

/** @param through where it is given, what stands in other servers, locations and upstreams does not count. */
function idsIn(findings: Findings, files: ReadonlySet<HostPath>, through?: ReadonlySet<Anchor>): string[] {
  const isOnTheWay = ({ at }: Finding): boolean => {
    for (let node: Anchor | undefined = at.node; node && through; node = node.parent)
      if (OWN_BLOCKS.has((node as Partial<Item>).name ?? '') && (node as Item).children && !through.has(node))
        return false;
    return true;
  };
  const found = [...files].flatMap((it) => (findings.get(it) ?? []).filter(isOnTheWay));
  return [...new Set(found.map(({ rule }) => rule))];
}

const OWN_BLOCKS = new Set(['server', 'location', 'upstream']);

/** How often nginx may pass a request on to itself before we stop to follow. */
const MOST_HOPS = 5;

class Journey {
  private readonly looks: Looks;
  private readonly listens: ReadonlySet<string>;

  constructor(
    private readonly http: Block,
    readonly situation: Situation,
  ) {
    this.looks = looksFor(situation.snapshot, situation.worker);
    this.listens = new Set(serversOf(http).flatMap((it) => it.listens.map(({ address }) => address)));
  }

  /** `inner` are the steps in servers of this nginx that the request is passed on to. */
  take(request: Request, hops: number): { found: Route; met: Meeting[]; inner: ExplainedStep[] } {
    const met: Meeting[] = [];
    const inner: ExplainedStep[] = [];
    const found = route(this.http, request, this.looks, COMPILED_PREFIX, (passed) => {
      const judged = meetings(this.situation, passed, request);
      met.splice(0, met.length, ...judged);
      inner.length = 0;
      const own = judged.find((it) => !it.listener && isOwnAddress(it.connection.address, this.listens));
      if (own && hops < MOST_HOPS) {
        met.length = 0;
        return this.again(own, request, passed, hops, inner);
      }
      return reached(judged, passed, this.http);
    });
    return { found: this.listable(found), met, inner };
  }

  /** opendir() asks for the right to read, where entering was enough until here. */
  private listable(found: Route): Route {
    const { worker, snapshot } = this.situation;
    const { ending } = found;
    if (ending.kind !== 'listing' || !worker) return found;
    const owner = ownershipInFiles(snapshot.host, hostPath(ending.path));
    if (!owner || may(worker, owner, READ) === 'yes') return found;
    const refusal = { status: 403, why: 'nginx may not list it', path: ending.path };
    return { ...found, ending: { kind: 'answer', status: 403, text: undefined, by: undefined }, refusal };
  }

  /** The request arrives at a server of the same nginx. */
  private again(to: Meeting, request: Request, passed: Passed, hops: number, inner: ExplainedStep[]) {
    const { address } = to.connection;
    if (passed.uri === undefined || passed.host === undefined) return undefined;
    const arrives = address.kind === 'tcp' ? `127.0.0.1:${address.port}` : `unix:${addressText(address)}`;
    const next = { ...request, address: arrives, host: passed.host, target: passed.uri, client: '127.0.0.1' };
    const { found, met, inner: further } = this.take(next, hops + 1);
    inner.push(...stepsOf(this.situation.snapshot, found, met), ...further);
    const { ending } = found;
    const status = ending.kind === 'unknown' ? undefined : (ending.status ?? 200);
    return status === undefined ? undefined : { status, own: false };
  }
}

/** The status where nobody answers: nginx asks one server after the other, unless it is told not to. */
function reached(met: readonly Meeting[], { by, uri, target }: Passed, http: Block): Reached | undefined {
  if (by.name === 'proxy_pass' && by.args[0]?.includes('$') && isNoAddress(target))
    return { status: 500, own: true, why: `"${target}" is no address that nginx could ask` };
  if (by.args[0]?.includes('$') && isUnresolvable(by, target, http))
    return { status: 502, own: true, why: 'nginx has no resolver to look the name up' };
  if (met.length === 0) return undefined;
  const name = by.name.replace('_pass', '_next_upstream');
  const once = inForce(by.within, name).directives[0]?.args.includes('off');
  const tried = once ? met.slice(0, 1) : met;
  if (tried.every((it) => it.fault)) return { status: 502, own: true };
  const over = timeoutOfNothing(by, tried);
  if (over) return { status: 504, own: true, why: `${over.name} is over as soon as it begins` };
  const answers = tried.find((it) => !it.fault)?.answers;
  if (answers) return { status: answers.status, own: answers.own ?? false };
  // A blank that a variable brings ends the URI in the request line.
  return uri?.includes(' ') && by.name === 'proxy_pass' ? { status: 400, own: false } : undefined;
}

/** A timer of 0 ms runs out before an answer, or a connection by TCP, is there: ngx_http_upstream_send_request(). */
function timeoutOfNothing(by: Directive, tried: readonly Meeting[]): Directive | undefined {
  const of = (which: string) => {
    const [set] = inForce(by.within, by.name.replace('_pass', `_${which}_timeout`)).directives;
    return set && parseTime(set.args[0] ?? '', 'milliseconds') === 0 ? set : undefined;
  };
  const byTcp = tried.every((it) => it.connection.address.kind === 'tcp');
  return of('read') ?? (byTcp ? of('connect') : undefined);
}

/** What ngx_http_proxy_eval() refuses when the variables have their values: another scheme, or no host. */
function isNoAddress(target: string | undefined): boolean {
  return target !== undefined && !/^https?:\/\/[^/?:]/i.test(target);
}

/** With variables nginx looks names up for each request: ngx_http_upstream_init_request(). */
function isUnresolvable(by: Directive, target: string | undefined, http: Block): boolean {
  const name = /^(?:\w+:\/\/)?([\w.-]*[A-Za-z][\w.-]*)(?::\d+)?(?:\/|$)/.exec(target ?? '')?.[1]?.toLowerCase();
  if (name === undefined || name === 'unix') return false;
  const resolver = inForce(by.within, 'resolver');
  if (!resolver.certain || resolver.directives.length > 0) return false;
  return http.complete && !http.all('upstream').some((it) => it.args[0]?.toLowerCase() === name);
}

function filesOf({ listener, service }: Meeting): HostPath[] {
  return [listener?.unit, service]
    .flatMap((it) => (it ? [...(it.fragment ? [it.fragment] : []), ...it.dropIns] : []))
    .map((it) => it.path);
}

function placed<T extends object>(snapshot: Snapshot, by: Directive, more: T): (ExplainedPlace & T) | undefined {
  const where = locate(snapshot, placeOfHead(by.item));
  return where && { ...where, ...more };
}

function answerOf(
  { snapshot, worker }: Situation,
  { ending, server, refusal }: Route,
  met: readonly Meeting[],
): Explanation['answer'] {
  const fault = met.find((it) => it.fault)?.fault ?? (refusal && { why: refusalText(refusal, snapshot, worker) });
  const answers = met.find((it) => !it.fault)?.answers;
  const program = met.length > 0 ? programOf(snapshot, met, ending) : {};
  switch (ending.kind) {
    case 'pass': {
      const open = met.length === 0 || met.every((it) => it.open || it.fault);
      // An app that answers is taken to answer well; what it says is its own affair.
      const dependsOn = open ? 'the program that answers there' : 'the application';
      return {
        kind: 'upstream',
        status: ending.status ?? (open && met.length === 0 ? null : 200),
        ...(ending.status === undefined && { dependsOn }),
        ...(answers && ending.status === answers.status && { why: answers.why }),
        ...program,
      };
    }
    case 'answer':
      if (ending.by && met.length > 0 && fault)
        return { kind: 'upstream', status: ending.status, why: fault.why, ...program };
      return {
        kind: refusal?.path === undefined ? 'return' : 'file',
        status: ending.status,
        ...(refusal?.path !== undefined && { file: refusal.path }),
        ...(fault && { why: fault.why, ...program }),
      };
    case 'redirect':
      return { kind: 'return', status: ending.status, to: ending.to };
    case 'file':
    case 'listing':
      return {
        kind: ending.kind === 'file' ? 'file' : 'autoindex',
        status: ending.status,
        file: ending.path,
        ...(fault && { why: fault.why }),
      };
    case 'unknown':
      return { kind: 'unknown', status: null, why: server ? ending.why : `${ending.why}; no server may listen there` };
  }
}

function programOf(snapshot: Snapshot, met: readonly Meeting[], ending: Ending): Partial<Explanation['answer']> {
  const best = met.find((it) => !it.fault) ?? met[0]!;
  const at = best.listener && locate(snapshot, best.listener.at);
  const uri = ending.kind === 'pass' ? (ending.uri ?? null) : null;
  return {
    upstream: { address: addressText(best.connection.address), uri },
    ...(best.listener &&
      at && { listener: { ...at, address: addressText(best.listener.address), unit: best.listener.unit.name.full } }),
    ...(best.service && { unit: best.service.name.full }),
    ...(best.app !== undefined && { app: best.app }),
  };
}

const WORDS = {
  server: 'server',
  location: 'location',
  rewrite: 'rewritten to',
  try: 'try_files',
  index: 'index',
  error: 'error page',
};

function stepOf(snapshot: Snapshot, what: string, at: Place | undefined): ExplainedStep {
  return { what, ...(at && locate(snapshot, at)) };
}

function stepsOf(snapshot: Snapshot, { steps, ending }: Route, met: readonly Meeting[]): ExplainedStep[] {
  const step = (what: string, at: Place | undefined) => stepOf(snapshot, what, at);
  const told = steps.map(({ what, by, uri }) => {
    const said = what === 'rewrite' || !by ? uri : headOf(by);
    // `server` and `location` begin with their word already.
    const text = by?.name === WORDS[what] && said !== by.name ? said : `${WORDS[what]} ${said}`;
    return step(what === 'server' && by ? serverText(by) : text, by && placeOfHead(by.item));
  });
  if (ending.kind === 'answer' || ending.kind === 'redirect') {
    const { by } = ending;
    if (by && !met.length) told.push(step(headOf(by), placeOfHead(by.item)));
  }
  for (const it of met) {
    const { connector } = it.connection;
    told.push(step(`${connector.directive} ${connector.text}`, connector.at));
    if (it.listener)
      told.push(step(`${it.listener.unit.name.full} listens on ${addressText(it.listener.address)}`, it.listener.at));
    if (it.service)
      told.push(step(`${it.service.name.full} answers${it.app === undefined ? '' : ` with ${it.app}`}`, startOf(it)));
    if (it.fault) told.push(step(it.fault.why, it.fault.at));
  }
  return told;
}

function startOf({ service }: Meeting): Place | undefined {
  const file = service?.fragment;
  const entry = file?.sections.flatMap((it) => it.entries).findLast((it) => it.key === 'ExecStart');
  return entry && { node: entry, start: 0, end: entry.key.length };
}

/** A server by its first name: nginx knows none without. */
function serverText(server: Directive): string {
  const names = server.item.children?.find((it) => it.name === 'server_name')?.args ?? [];
  return names[0] === undefined ? 'server without a name' : `server ${names[0]}`;
}

function headOf(by: Directive): string {
  return [by.name, ...by.args].join(' ');
}
