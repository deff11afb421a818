import { hostPath } from '../../base/hostPath.js';
import type { HostView } from '../../host/host.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { inForce } from '../../nginx/effective/inheritance.js';
import { locationsOf } from '../../nginx/effective/locations.js';
import { type Request, type Route, routeInServer } from '../../nginx/effective/request.js';
import type { Looks } from '../../nginx/effective/route.js';
import { sampleOf } from '../../nginx/effective/samples.js';
import { isDefaultServer, listenAddress } from '../../nginx/listenAddress.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfHead } from '../../syntax/nginxSyntax.js';
import { defineRule, type Report } from '../rule.js';

const messages = {
  folder:
    '{url} never arrives: this redirects it to {to}, and nginx redirects that back, because it is a folder. Keep the slash of folders: if (!-d $request_filename).',
  client:
    'A request for {url} is redirected to {to} by this line, and that again: browsers give up with too many redirects.',
  direct:
    'Who asks for {url} without a proxy in front is redirected to {to}, which is the same page, until the browser gives up: only a proxy sends {header}, none is named here (set_real_ip_from, proxy_protocol), and this server takes TLS itself. Ask for $scheme instead.',
  internal:
    'A request for {url} ends with 500: this line leads back to its own location until nginx gives up (rewrite or internal redirection cycle).',
} as const;

export default defineRule({
  id: 'nginx/endless-redirect',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'server',
  messages,
  docs: {
    summary: 'A redirect or rewrite that leads back to itself.',
    why: 'nginx follows rewrites and internal redirects ten times and then answers 500; clients follow redirects about twenty times. A URL for which it happens stands in the message.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    server_name example.com www.example.com;
    return 301 http://www.example.com$request_uri;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    listen 80;
    server_name example.com;
    return 301 http://www.example.com$request_uri;
}
`,
    sources: [
      'ngx_http_core_post_rewrite_phase() and ngx_http_internal_redirect() in src/http/ngx_http_core_module.c',
      'https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#return',
    ],
  },

  check({ server, around }, report) {
    if (!server.hidesNoBlocks || !redirectsAnywhere(server)) return;
    const told = new Set<Directive>();
    const folders = foldersWithoutSlash(server, around.host);
    for (const base of folders.length > 0 ? requestsFor(server).slice(0, 1) : []) {
      for (const target of folders) {
        const request = { ...base, target };
        const looks = looksAt(around.host);
        const found = followed(server, request, routeInServer(server, request, looks), looks);
        if (!found || told.has(found.by)) continue;
        told.add(found.by);
        const url = `${request.scheme}://${request.host}${target}`;
        report({ at: placeOfHead(found.by.item), say: 'folder', with: { url, to: found.to } });
      }
    }
    tellDirect(server, report);
    const targets = targetsIn(server);
    for (const base of requestsFor(server)) {
      for (const target of targets) {
        const request = { ...base, target };
        const first = routeInServer(server, request);
        const url = `${request.scheme}://${request.host}${target}`;
        if (first.cycles) {
          const by = turningIn(first);
          if (!by || told.has(by)) continue;
          told.add(by);
          report({ at: placeOfHead(by.item), say: 'internal', with: { url } });
          continue;
        }
        const found = followed(server, request, first);
        if (!found || told.has(found.by)) continue;
        told.add(found.by);
        report({ at: placeOfHead(found.by.item), say: 'client', with: { url, to: found.to } });
      }
    }
  },
});

/** What proxies say of the scheme that the client came with. */
const OF_SCHEME =
  /^\(\$http_(?:x_forwarded_proto|x_forwarded_protocol|x_forwarded_scheme|x_forwarded_ssl|x_scheme|x_url_scheme|front_end_https|cloudfront_forwarded_proto)\b/;

/** A redirect to https of who comes without the header of a proxy, where nginx itself is who undoes the encryption. */
function tellDirect(server: Block, report: Report<typeof messages>): void {
  const asking = [server, ...locationsOf(server).map((it) => it.block)]
    .flatMap((it) => it.all('if'))
    .find((it) => OF_SCHEME.test(it.args.join('')));
  if (!asking || BEHIND_PROXY.some((it) => inForce(server, it).directives.length > 0)) return;
  if (server.all('listen').some((it) => it.args.includes('proxy_protocol'))) return;
  const header = asking.args[0]!.replace(/^\(\s*\$http_|\).*$/g, '').replaceAll('_', '-');
  for (const base of requestsFor(server)) {
    if (base.scheme !== 'https' || !/:443$/.test(base.address)) continue;
    const request = { ...base, target: '/x', headers: new Map<string, string>() };
    const first = routeInServer(server, request);
    if (first.ending.kind !== 'redirect' || first.ending.by?.within !== asking.body) continue;
    const found = followed(server, request, first);
    if (!found) continue;
    const with_ = { url: `https://${request.host}/x`, to: found.to, header };
    report({ at: placeOfHead(asking.item), say: 'direct', with: with_ });
    return;
  }
}

const BEHIND_PROXY = ['set_real_ip_from', 'real_ip_header'];

/** As many requests as are worth trying: each is compared with every location of the server. */
const MOST_TARGETS = 24;
const MOST_COMPARISONS = 600;
/** Redirects that are followed until one is believed to have no end. */
const MOST_REDIRECTS = 8;

function redirectsAnywhere(block: Block): boolean {
  return block.directives.some(
    (it) =>
      it.name === 'rewrite' ||
      (it.name === 'return' && leadsElsewhere(it.args)) ||
      it.name === 'error_page' ||
      it.name === 'try_files' ||
      (it.body && it.body.context !== 'data' && redirectsAnywhere(it.body)),
  );
}

/** A `return` that sends the client on: most only end with a status, and what they stand in need not be walked through. */
function leadsElsewhere([code = '', ...text]: readonly string[]): boolean {
  return text.length === 0 ? !/^\d+$/.test(code) : /^30[12378]$/.test(code);
}

/** URIs of which one at least falls into each location that redirects, and one that each rewrite takes. */
function targetsIn(server: Block): readonly string[] {
  const all = new Set<string>(['/', '/x']);
  const visit = (block: Block): void => {
    for (const it of block.directives) {
      const [pattern] = it.args;
      if (it.name !== 'rewrite' || pattern === undefined || isTemplated(pattern)) continue;
      const sample = sampleOf(pattern, false);
      if (sample?.startsWith('/')) all.add(sample);
    }
    for (const { match, block: inside } of locationsOf(block)) {
      if (redirectsAnywhere(inside)) {
        const isRegex = match.kind === 'regex' || match.kind === 'regexAnyCase';
        const text = isRegex ? sampleOf(match.text, match.kind === 'regexAnyCase') : match.text;
        if (text?.startsWith('/') && !isTemplated(text)) {
          all.add(text);
          if (match.kind === 'prefix' || match.kind === 'noRegex') all.add(`${text}x`);
        }
      }
      visit(inside);
    }
    for (const it of block.directives) if (it.name === 'if' && it.body) visit(it.body);
  };
  visit(server);
  return [...all]
    .filter((it) => /^[\x21-\x7e]+$/.test(it) && !/[?#%]/.test(it))
    .slice(0, Math.min(MOST_TARGETS, Math.ceil(MOST_COMPARISONS / Math.max(1, locationsOf(server).length))));
}

/** One request for each address and name that nobody but this server answers for. */
function requestsFor(server: Block): readonly Request[] {
  const listens = server.all('listen').filter((it) => it.args[0] && !it.args.some(isTemplated));
  const names = server
    .all('server_name')
    .flatMap((it) => it.args)
    .filter((it) => /^[\w-]+(?:\.[\w-]+)+$/.test(it) && !isTemplated(it))
    .map((it) => it.toLowerCase());
  const found: Request[] = [];
  const ways = listens.length === 0 && server.complete ? [['80']] : listens.map((it) => it.args);
  const seen = new Set<string>();
  for (const args of ways) {
    const address = listenAddress(args);
    const port = /:(\d+)$/.exec(address)?.[1];
    if (!port || address.startsWith('udp') || args.includes('proxy_protocol')) continue;
    const scheme = args.includes('ssl', 1) ? 'https' : 'http';
    const hosts = names.length > 0 ? names.slice(0, 4) : isDefaultServer(args) ? ['some.name.invalid'] : [];
    for (const host of hosts) {
      const suffix = port === (scheme === 'https' ? '443' : '80') ? '' : `:${port}`;
      const key = `${scheme} ${port} ${host}`;
      if (seen.has(key)) continue;
      seen.add(key);
      found.push({
        method: 'GET',
        scheme,
        address: `192.0.2.1:${port}`,
        host: host + suffix,
        target: '/',
        headers: undefined,
      });
    }
  }
  return found;
}

/** The directive of a location that has been gone through again and again. */
function turningIn(route: Route): Directive | undefined {
  const steps = route.steps.slice(-8);
  const location = steps.findLast((it) => it.what === 'location')?.by;
  if (!location?.body || steps.filter((it) => it.what === 'location' && it.by === location).length < 2)
    return undefined;
  const rewrites = location.body.directives.filter((it) => it.name === 'rewrite');
  return (
    steps.findLast((it) => it.by && it.by !== location && it.what !== 'location')?.by ??
    (rewrites.length === 1 ? rewrites[0] : location)
  );
}

/** A few folders of the root, where a rewrite takes the slash away that nginx appends to them. */
function foldersWithoutSlash(server: Block, host: HostView): string[] {
  const strips = ({ name, args }: Directive) =>
    name === 'rewrite' && /\/\+?\$$/.test(args[0]!) && /^(?:permanent|redirect)$/.test(args[2] ?? '');
  const anywhere = (block: Block): boolean =>
    block.directives.some((it) => strips(it) || (it.body && it.body.context !== 'data' && anywhere(it.body)));
  const root = server.first('root')?.args[0];
  if (!root?.startsWith('/') || root.includes('$') || !anywhere(server)) return [];
  const listed = host.list(hostPath(root));
  return ((listed.known && listed.value) || [])
    .filter((it) => /^[\w-]+$/.test(it))
    .slice(0, 5)
    .map((it) => `/${it}/`);
}

/** Rights aside: who may not enter a folder gets no redirect, and another rule tells. */
const looksAt =
  (host: HostView): Looks =>
  (path) => {
    const there = host.stat(hostPath(path));
    if (!there.known) return 'unknown';
    return there.value && (there.value.kind === 'directory' ? 'directory' : 'file');
  };

function followed(
  server: Block,
  request: Request,
  first: Route,
  looks?: Looks,
): { by: Directive; to: string } | undefined {
  let at = first;
  let by: Directive | undefined;
  let target = request.target;
  let to = '';
  for (let i = 0; i < MOST_REDIRECTS; i++) {
    const { ending } = at;
    if (ending.kind !== 'redirect' || ending.status === 304) return undefined;
    // The redirect to a folder's slash is nginx's own.
    by ??= ending.by;
    if (!by || (ending.by ? by !== ending.by : !looks)) return undefined;
    if (i === 0) ({ to } = ending);
    const next = ownTarget(ending.to, request);
    if (next === undefined) return undefined;
    if (next === target) return { by, to };
    target = next;
    at = routeInServer(server, { ...request, target }, looks);
  }
  return by && { by, to };
}

/** The target of a redirect that comes back on the same address with the same Host. */
function ownTarget(to: string, request: Request): string | undefined {
  if (/^\/(?!\/)/.test(to)) return withoutFragment(to);
  const [, scheme, host, rest] = /^(https?):\/\/([^/?#]+)(.*)$/i.exec(to) ?? [];
  if (scheme !== request.scheme || host!.toLowerCase() !== request.host) return undefined;
  const target = withoutFragment(rest!);
  return target.startsWith('/') ? target : `/${target}`;
}

const withoutFragment = (text: string) => text.replace(/#.*$/, '');
