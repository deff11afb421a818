/** What `proxy_pass` and its kin, and `server` in an upstream, connect to. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath } from '../base/hostPath.js';

export interface PassTarget {
  readonly scheme: string;
  /** Undefined when a variable decides. */
  readonly address: Address | undefined;
  /** Host part without port as written: may be the name of an upstream. Undefined for sockets and variables. */
  readonly name: string | undefined;
  readonly hasPort: boolean;
  /** The URI part that replaces the location's; undefined if there is none. */
  readonly uri: string | undefined;
  /** Offsets in the value of scheme, authority and URI ends: [0,scheme)[scheme,authority)[authority,end). */
  readonly authorityStart: number;
  readonly authorityEnd: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http://': 80,
  'https://': 443,
  'grpc://': 80,
  'grpcs://': 443,
};

/**
 * Splits the argument of a pass directive as ngx_http_proxy_pass does: scheme, `unix:/path[:uri]` or `host[:port]`, URI.
 * @param defaultPort for directives without a scheme (fastcgi_pass and its kin require a port; 0 then).
 */
export function parsePassTarget(value: string, takesScheme: boolean): PassTarget {
  const scheme = takesScheme ? (/^(?!unix:)[a-z]+:\/\//i.exec(value)?.[0].toLowerCase() ?? '') : '';
  const rest = value.slice(scheme.length);
  if (rest.includes('$')) {
    return {
      scheme,
      address: undefined,
      name: undefined,
      hasPort: false,
      uri: undefined,
      authorityStart: scheme.length,
      authorityEnd: value.length,
    };
  }
  if (/^unix:/i.test(rest)) return unixTarget(scheme, rest);
  const slash = rest.search(/[/?]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const end = scheme.length + authority.length;
  const uri = slash < 0 ? undefined : rest.slice(slash);
  const parts = hostAndPort(authority);
  const port = parts?.port ?? DEFAULT_PORTS[scheme] ?? (takesScheme ? 80 : 0);
  return {
    scheme,
    address: parts ? { kind: 'tcp', host: parts.host.toLowerCase(), port } : undefined,
    name: parts && !parts.bracketed ? parts.host : undefined,
    hasPort: parts?.port !== undefined,
    uri,
    authorityStart: scheme.length,
    authorityEnd: end,
  };
}

// The path of the socket ends at a colon, after which the URI follows: ngx_parse_unix_domain_url.
function unixTarget(scheme: string, rest: string): PassTarget {
  const path = rest.slice('unix:'.length);
  const colon = path.indexOf(':');
  const socket = colon < 0 ? path : path.slice(0, colon);
  const uri = colon < 0 ? undefined : path.slice(colon + 1) || undefined;
  return {
    scheme,
    address: socket.startsWith('/') ? { kind: 'unix', path: socketPath(socket) } : undefined,
    name: undefined,
    hasPort: false,
    uri,
    authorityStart: scheme.length,
    authorityEnd: scheme.length + 'unix:'.length + socket.length,
  };
}

/** With a slash at its end the kernel looks for a folder, so that is no path of any socket: ENOTDIR. */
function socketPath(text: string): HostPath {
  return text.endsWith('/') ? (`${hostPath(text)}/` as HostPath) : hostPath(text);
}

/** `host`, `host:port`, `[::1]:port`, `1.2.3.4:port`; undefined when the port is no number. */
export function hostAndPort(text: string): { host: string; port: number | undefined; bracketed: boolean } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const host = match[1] ?? match[2] ?? '';
  if (host === '') return undefined;
  return { host, port: match[3] === undefined ? undefined : Number(match[3]), bracketed: match[1] !== undefined };
}

/** The address of a `server` line in an upstream: as a pass target without scheme, port 80 if none is given. */
export function parseUpstreamServer(value: string): Address | undefined {
  const target = parsePassTarget(value, false);
  if (target.address?.kind !== 'tcp') return target.address;
  return target.hasPort ? target.address : { ...target.address, port: 80 };
}
