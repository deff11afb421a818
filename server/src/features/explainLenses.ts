/** Above servers and locations: a URL that leads there, to be explained. */
import type { HostPath } from '../base/hostPath.js';
import { type BodyContext, contextInside } from '../nginx/contexts.js';
import { matcher } from '../nginx/effective/regex.js';
import { sampleOf } from '../nginx/effective/samples.js';
import { isDefaultServer, listenAddress } from '../nginx/listenAddress.js';
import { isTemplated } from '../nginx/values.js';
import { type Item, placeOfHead } from '../syntax/nginxSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { Lens } from './lens.js';
import { locate } from './located.js';

/** Of a file that nginx loads; a site that is only available answers no request. */
export function explainLenses(snapshot: Snapshot, path: HostPath): Lens[] {
  const reading = snapshot.configuration.readings.find((it) => it.file.path === path && it.loaded);
  if (!reading) return [];
  return serversIn(reading.file.children, reading.context).flatMap((server) =>
    urlsOf(server).flatMap(({ item, url }) => {
      const here = locate(snapshot, placeOfHead(item));
      return here ? [{ range: here.range, title: `explain ${url}`, places: [], url }] : [];
    }),
  );
}

function serversIn(items: readonly Item[], context: BodyContext): Item[] {
  return items.flatMap((item) => {
    if (!item.children) return [];
    if (item.name === 'server' && context === 'http') return [item];
    return item.name === 'http' ? serversIn(item.children, contextInside(item, context)) : [];
  });
}

interface Explained {
  readonly item: Item;
  readonly url: string;
}

const urls = new WeakMap<Item, readonly Explained[]>();

/** The server by its first name, and each of its locations by what it matches. */
function urlsOf(server: Item): readonly Explained[] {
  const before = urls.get(server);
  if (before) return before;
  const origin = originOf(server.children ?? []);
  const all = origin === undefined ? [] : [{ item: server, url: `${origin}/` }, ...locationsIn(server, origin)];
  urls.set(server, all);
  return all;
}

function locationsIn(block: Item, origin: string): Explained[] {
  return (block.children ?? []).flatMap((item) => {
    if (item.name !== 'location' || !item.children) return [];
    const uri = uriFor(item.args);
    return [...(uri === undefined ? [] : [{ item, url: `${origin}${uri}` }]), ...locationsIn(item, origin)];
  });
}

/** A path that the location matches; undefined for named ones, and where an expression does not say one. */
function uriFor(args: readonly string[]): string | undefined {
  const [first = '', second] = args;
  if (first === '~' || first === '~*') return second === undefined ? undefined : sampleFor(second, first === '~*');
  const uri = second !== undefined && (first === '=' || first === '^~') ? second : first;
  return uri.startsWith('/') && !isTemplated(uri) ? uri : undefined;
}

/** `/x.css` rather than `/.css`, which is a hidden file. */
function sampleFor(pattern: string, caseless: boolean): string | undefined {
  const sample = sampleOf(pattern, caseless);
  const named = sample?.replace(/^\/\./, '/x.');
  return named !== undefined && matcher(pattern, caseless)?.match(named) ? named : sample;
}

/** Scheme, host and port; undefined where no client can name the server by a URL. */
function originOf(items: readonly Item[]): string | undefined {
  const listens = items.filter((it) => it.name === 'listen' && it.args.length > 0);
  const tcp = listens.filter(
    (it) => !/^unix:/.test(it.args[0]!) && !it.args.includes('quic') && !isTemplated(it.args[0]!),
  );
  if (listens.length > 0 && tcp.length === 0) return undefined;
  const listen = tcp.find((it) => it.args.includes('ssl')) ?? tcp[0];
  const address = listen ? listenAddress(listen.args) : '*:80';
  const port = address.slice(address.lastIndexOf(':') + 1).replace(/-.*/, '');
  const scheme = listen?.args.includes('ssl') ? 'https' : 'http';
  const names = items.filter((it) => it.name === 'server_name').flatMap((it) => it.args);
  const host = names.map(hostFor).find((it) => it !== undefined);
  // Without a name one comes here as the default of an address alone.
  const fallback = names.length === 0 || tcp.some((it) => isDefaultServer(it.args)) ? 'localhost' : undefined;
  if (host === undefined && fallback === undefined) return undefined;
  const shownPort = port === (scheme === 'https' ? '443' : '80') ? '' : `:${port}`;
  return `${scheme}://${host ?? fallback}${shownPort}`;
}

/** A host that a name of a server stands for; undefined for expressions and catch-alls. */
function hostFor(name: string): string | undefined {
  if (isTemplated(name) || /^~|\$/.test(name)) return undefined;
  const host = name.replace(/^\*\./, 'www.').replace(/^\./, '').replace(/\.\*$/, '.com');
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(host) ? host : undefined;
}
