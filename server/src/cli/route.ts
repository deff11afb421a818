/** `throughline route`: says what nginx would do with a request, step by step, and where each step is decided. */

import { hostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { locate } from '../features/located.js';
import { readGrammars } from '../host/node/grammarFiles.js';
import { type Directive, effectiveConfiguration, httpBlock } from '../nginx/effective/blocks.js';
import { type Ending, type Looks, type Route, route } from '../nginx/effective/request.js';
import { placeOfHead } from '../syntax/nginxSyntax.js';
import { loadGrammars } from '../syntax/parsers.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { loadHosts, Refusal, settledSnapshot } from './load.js';

export interface RouteArguments {
  readonly root?: string;
  readonly method: string;
  /** The address that the request arrives on, when it is not the URL's own. */
  readonly address?: string;
}

/** Returns the exit code: 0, or 2 when there is nothing to ask. */
export async function runRoute(text: string, args: RouteArguments): Promise<number> {
  try {
    const url = parseUrl(text);
    await loadGrammars(readGrammars(__dirname));
    const [loaded] = loadHosts([], args);
    process.stdout.write(settledSnapshot(loaded!.space, (snapshot) => explained(snapshot, url, args)));
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`throughline: ${error.message}\n`);
    return 2;
  }
}

interface Asked {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: string;
  readonly target: string;
}

/** The URL's path stays as it was typed: a URL object would clean it before nginx can. */
function parseUrl(text: string): Asked {
  const match = /^(https?):\/\/((?:\[[^\]]*\]|[^/:?#]*)(?::(\d+))?)([/?][^#]*)?/i.exec(text);
  if (!match) throw new Refusal(`${text}: a URL is written as http://example.com/path`);
  const scheme = match[1]!.toLowerCase() as Asked['scheme'];
  const path = match[4] ?? '/';
  return {
    scheme,
    host: match[2]!,
    port: match[3] ?? (scheme === 'https' ? '443' : '80'),
    target: path.startsWith('/') ? path : `/${path}`,
  };
}

function explained(snapshot: Snapshot, asked: Asked, { method, address }: RouteArguments): string {
  const { top } = effectiveConfiguration(snapshot.configuration);
  const http = httpBlock(top);
  if (!http) return 'There is no http block in this configuration.\n';
  const looks: Looks = (path) => {
    const there = snapshot.host.stat(hostPath(Buffer.from(path, 'latin1').toString('utf8')));
    if (!there.known) return 'unknown';
    return there.value && (there.value.kind === 'directory' ? 'directory' : 'file');
  };
  const found = route(
    http,
    {
      method: method.toUpperCase(),
      scheme: asked.scheme,
      address: address ?? `*:${asked.port}`,
      host: asked.host,
      target: asked.target,
      headers: new Map(),
    },
    looks,
    '/usr/share/nginx',
  );
  return `${lines(snapshot, found).join('\n')}\n`;
}

const WORDS = {
  server: 'server',
  location: 'location',
  rewrite: 'rewritten to',
  try: 'try_files',
  index: 'index',
  error: 'error page',
};

function lines(snapshot: Snapshot, { steps, ending }: Route): string[] {
  const told = steps.map(
    ({ what, by, uri }) => `${WORDS[what].padEnd(13)}${what === 'rewrite' ? uri : (head(by) ?? '')}${at(snapshot, by)}`,
  );
  return [...told, ...endingLines(snapshot, ending)];
}

function endingLines(snapshot: Snapshot, ending: Ending): string[] {
  const line = (what: string, text: string, by?: Directive) => [`${what.padEnd(13)}${text}${at(snapshot, by)}`];
  switch (ending.kind) {
    case 'answer':
      return line('answer', `${ending.status}${ending.text === undefined ? '' : ` ${ending.text}`}`, ending.by);
    case 'redirect':
      return line('redirect', `${ending.status} to ${ending.to}`, ending.by);
    case 'pass':
      return line('program', `${head(ending.by)}, asked for ${ending.uri ?? 'what a variable says'}`, ending.by);
    case 'file':
      return line('file', `${ending.path}${ending.status === 200 ? '' : `, with status ${ending.status}`}`);
    case 'listing':
      return line('listing', ending.path);
    case 'unknown':
      return line('not known', ending.why, ending.by);
  }
}

function head(by: Directive | undefined): string | undefined {
  return by && [by.name, ...by.args].join(' ');
}

function at(snapshot: Snapshot, by: Directive | undefined): string {
  const place: Place | undefined = by && placeOfHead(by.item);
  const where = place && locate(snapshot, place);
  return where ? `  (${where.file}:${where.range.start.line + 1})` : '';
}
