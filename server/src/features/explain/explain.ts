/** What one request will meet, from the server block to the application or the file, and the status that the client gets. */
import { addressText } from '../../base/address.js';
import { type HostPath, hostPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { type Directive, effectiveConfiguration, httpBlock } from '../../nginx/effective/blocks.js';
import { type Ending, type Looks, type Route, route } from '../../nginx/effective/request.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import type { Snapshot } from '../../workspace/hostSpace.js';
import { type CheckOptions, diagnostics, type FindingsMemory } from '../diagnostics.js';
import { type LocatedRange, locate } from '../located.js';
import { type Meeting, meetings } from './program.js';
import { type Account, account, barredBy, may, ownersCount, READ } from './worker.js';

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
  const { deployment, host } = snapshot;
  const http = httpBlock(effectiveConfiguration(snapshot.configuration).top);
  const empty = { version: 1, url: asked.url, server: null, location: null, steps: [] } as const;
  if (!http)
    return { ...empty, answer: { kind: 'unknown', status: null, why: 'there is no http block' }, problems: [] };
  const worker = account(host, deployment.user?.name ?? 'www-data', deployment.user?.group);
  const met: Meeting[] = [];
  const found = route(
    http,
    {
      method: asked.method.toUpperCase(),
      scheme: url.scheme,
      address: asked.address ?? `*:${url.port}`,
      host: url.host,
      target: url.target,
      headers: new Map(),
      client: asked.client,
      body: asked.body,
    },
    looksFor(snapshot, worker),
    '/usr/share/nginx',
    (by) => {
      met.splice(0, met.length, ...meetings(deployment, by, worker));
      return met.length > 0 && met.every((it) => it.fault) ? 502 : undefined;
    },
  );
  const answer = transportAnswer(found, url.scheme) ?? answerOf(snapshot, found, met);
  const steps = stepsOf(snapshot, found, met);
  const location = found.steps.findLast((it) => it.what === 'location')?.by;
  const server = found.server?.block.directive;
  const files = new Set([...steps.flatMap((it) => it.file ?? []), ...met.flatMap((it) => filesOf(it))]);
  if (met.some((it) => !it.listener)) for (const it of snapshot.unitFiles) files.add(it);
  const problems = [...files].flatMap((it) => diagnostics(snapshot, it, memory, options));
  return {
    ...empty,
    server: (server && placed(snapshot, server, { names: found.server!.names })) ?? null,
    location: (location && placed(snapshot, location, { match: location.args.join(' ') })) ?? null,
    steps,
    answer,
    problems: [
      ...new Set(problems.filter((it) => it.severity === 'error' || it.severity === 'warning').map((it) => it.rule)),
    ],
  };
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

function looksFor({ host }: Snapshot, worker: Account | undefined): Looks {
  const judges = worker !== undefined && ownersCount(host);
  return (bytes) => {
    const path = hostPath(Buffer.from(bytes, 'latin1').toString('utf8'));
    if (judges && barredBy(host, worker, path)) return 'denied';
    const there = host.stat(path);
    if (!there.known) return 'unknown';
    if (!there.value) return undefined;
    if (there.value.kind === 'directory') return 'directory';
    return judges && !may(worker, there.value, READ) ? 'unreadable' : 'file';
  };
}

/** What TLS makes of the request before any location is looked for. */
function transportAnswer({ server }: Route, scheme: 'http' | 'https'): Explanation['answer'] | undefined {
  if (!server) return undefined;
  const tls = server.listens.some((it) => it.by?.args.includes('ssl')) || server.block.first('ssl')?.args[0] === 'on';
  if (scheme === 'https' && !tls)
    return { kind: 'unknown', status: null, why: 'nginx does not speak TLS on this port' };
  const mixed = server.listens.some((it) => !it.by?.args.includes('ssl'));
  if (scheme === 'http' && tls && !mixed)
    return { kind: 'return', status: 400, why: 'a plain HTTP request was sent to a port that speaks TLS' };
  if (scheme === 'https' && server.block.first('ssl_reject_handshake')?.args[0] === 'on')
    return { kind: 'unknown', status: null, why: 'ssl_reject_handshake refuses the connection' };
  return undefined;
}

function answerOf(snapshot: Snapshot, { ending, server }: Route, met: readonly Meeting[]): Explanation['answer'] {
  const fault = met.find((it) => it.fault)?.fault;
  const program = met.length > 0 ? programOf(snapshot, met, ending) : {};
  switch (ending.kind) {
    case 'pass': {
      const open = met.length === 0 || met.every((it) => it.open || it.fault);
      // An app that answers is taken to answer well; what it says is its own affair.
      const dependsOn = open ? 'the program that answers there' : 'the application';
      return {
        kind: 'upstream',
        status: open && met.length === 0 ? null : (ending.status ?? 200),
        dependsOn,
        ...program,
      };
    }
    case 'answer':
      if (ending.by && met.length > 0 && fault)
        return { kind: 'upstream', status: ending.status, why: fault.why, ...program };
      return { kind: 'return', status: ending.status, ...(fault && { why: fault.why, ...program }) };
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

function stepsOf(snapshot: Snapshot, { steps, ending }: Route, met: readonly Meeting[]): ExplainedStep[] {
  const step = (what: string, at: Place | undefined): ExplainedStep => ({ what, ...(at && locate(snapshot, at)) });
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
