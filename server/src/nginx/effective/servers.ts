/** Which server answers: by the address that the request arrived on, then by its Host. */
import { isDefaultServer, listenAddress } from '../listenAddress.js';
import { isTemplated } from '../values.js';
import type { Block, Directive } from './blocks.js';
import { matcher } from './regex.js';

export interface Server {
  readonly block: Block;
  readonly listens: readonly {
    readonly address: string;
    readonly isDefault: boolean;
    readonly by: Directive | undefined;
  }[];
  /** As written; `''` for a server without a name. */
  readonly names: readonly string[];
}

/** The servers of an http block, in nginx's order. */
export function serversOf(http: Block): Server[] {
  return http.all('server').flatMap((it) => (it.body ? [serverOf(it.body)] : []));
}

/** One server by itself. */
export function serverOf(block: Block): Server {
  const listens = block
    .all('listen')
    .filter((it) => it.args.length > 0)
    .map((by) => ({ address: listenAddress(by.args), isDefault: isDefaultServer(by.args), by }));
  const names = block.all('server_name').flatMap((it) => it.args);
  return {
    block,
    // As root nginx listens on port 80 when nothing is said: NGX_HTTP_... in ngx_http_core_server().
    listens: listens.length > 0 ? listens : [{ address: '*:80', isDefault: false, by: undefined }],
    names: names.length > 0 ? names : [''],
  };
}

export interface ChosenServer {
  readonly server: Server;
  /** The captures of a name that is a regular expression. */
  readonly captures: ReadonlyMap<string, string>;
  readonly why: 'name' | 'default';
}

/**
 * The server for a connection to `address` (`192.0.2.1:80`) with this Host; undefined when nobody listens there, or when
 * a regular expression cannot be judged. ngx_http_find_virtual_server() in src/http/ngx_http_request.c.
 */
export function chooseServer(servers: readonly Server[], address: string, host: string): ChosenServer | undefined {
  const port = address.slice(address.lastIndexOf(':') + 1);
  const exact = servers.filter((it) => it.listens.some((one) => one.address === address));
  const wildcard = address.startsWith('[') ? `[::]:${port}` : `*:${port}`;
  const at = exact.length > 0 ? address : wildcard;
  const here = exact.length > 0 ? exact : servers.filter((it) => it.listens.some((one) => one.address === wildcard));
  if (here.length === 0) return undefined;
  const name = withoutPort(host).toLowerCase().replace(/\.$/, '');
  // With one server there is nothing to choose, and names are matched for their captures only.
  const last = here[0]!.names.findLast((it) => it.startsWith('~'));
  const named = here.length > 1 || (last && /\((?!\?(?!P?<\w|'))/.test(last)) ? byName(here, name) : undefined;
  if (named === 'unknown') return undefined;
  if (named) return named;
  const chosen = here.find((it) => it.listens.some((one) => one.address === at && one.isDefault)) ?? here[0]!;
  return { server: chosen, captures: new Map(), why: 'default' };
}

const withoutPort = (host: string) => host.replace(/(?<=\]|^[^:[]*):\d*$/, '');

interface Names {
  readonly exact: ReadonlyMap<string, Server>;
  /** `*.example.com` and `.example.com` by `example.com`; the second one also is that name itself. */
  readonly heads: ReadonlyMap<string, { readonly server: Server; readonly itself: boolean }>;
  /** `www.example.*` by `www.example`. */
  readonly tails: ReadonlyMap<string, Server>;
  readonly regexes: readonly { readonly server: Server; readonly text: string }[];
}

/** Of two names at odds nginx ignores the later one as a whole: ngx_http_server_names() and ngx_hash_add_key(). */
function namesOf(servers: readonly Server[]): Names {
  const exact = new Map<string, Server>();
  const heads = new Map<string, { server: Server; itself: boolean }>();
  const tails = new Map<string, Server>();
  const taken = new Set<string>();
  const regexes: { server: Server; text: string }[] = [];
  for (const server of servers) {
    for (const written of server.names) {
      const name = written.toLowerCase();
      if (name.startsWith('~')) regexes.push({ server, text: written.slice(1) });
      else if (name.startsWith('*.') || name.startsWith('.')) {
        const itself = name.startsWith('.');
        const rest = name.slice(itself ? 1 : 2);
        if (itself && taken.has(rest)) continue;
        if (itself) taken.add(rest);
        if (!heads.has(rest)) heads.set(rest, { server, itself });
      } else if (name.endsWith('.*')) {
        const rest = name.slice(0, -2);
        if (!tails.has(rest)) tails.set(rest, server);
      } else if (!taken.has(name)) {
        taken.add(name);
        exact.set(name, server);
      }
    }
  }
  return { exact, heads, tails, regexes };
}

function byName(servers: readonly Server[], name: string): ChosenServer | 'unknown' | undefined {
  const chosen = (server: Server, captures: ReadonlyMap<string, string> = new Map()) => ({
    server,
    captures,
    why: 'name' as const,
  });
  if (servers.some((it) => it.names.some(isTemplated))) return 'unknown';
  const { exact, heads, tails, regexes } = namesOf(servers);
  const plain = exact.get(name);
  if (plain) return chosen(plain);
  if (name === '') return undefined;
  const labels = name.split('.');
  // The longest wildcard wins, and those at the beginning come before those at the end.
  for (let i = 0; i < labels.length; i++) {
    const head = heads.get(labels.slice(i).join('.'));
    if (head && (i > 0 || head.itself)) return chosen(head.server);
  }
  for (let i = labels.length - 1; i > 0; i--) {
    const tail = tails.get(labels.slice(0, i).join('.'));
    if (tail) return chosen(tail);
  }
  for (const { server, text } of regexes) {
    // nginx matches names without case when the pattern has capitals: ngx_http_core_server_name().
    const regex = matcher(text, /[A-Z]/.test(text));
    if (!regex) return 'unknown';
    const match = regex.match(name);
    if (match) return chosen(server, capturesOf(match.captures, match.names));
  }
  return undefined;
}

/** Numbers and names of captures in one map: `1`, `lang`. */
export function capturesOf(
  numbered: readonly (string | undefined)[],
  named: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const all = new Map(named);
  numbered.forEach((it, i) => {
    if (i > 0) all.set(String(i), it ?? '');
  });
  return all;
}
