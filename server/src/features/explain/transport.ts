/** What becomes of a connection before nginx looks at the request. */
import type { Anchor } from '../../base/place.js';
import type { Block } from '../../nginx/effective/blocks.js';
import type { Request } from '../../nginx/effective/request.js';
import type { Route } from '../../nginx/effective/route.js';
import { serversOf } from '../../nginx/effective/servers.js';
import type { Item } from '../../syntax/nginxSyntax.js';
import type { Findings } from './stops.js';

export interface TransportAnswer {
  readonly kind: 'unknown' | 'return';
  readonly status: number | null;
  readonly why: string;
}

/** What TLS makes of the request before any location is looked for. */
export function transportAnswer(
  { server }: Route,
  { scheme, address }: Request,
  http: Block,
  findings: Findings,
): TransportAnswer | undefined {
  if (!server) return undefined;
  const port = address.slice(address.lastIndexOf(':') + 1);
  // What one server says of an address holds for all of them that listen there.
  const here = serversOf(http).flatMap((it) =>
    it.listens.filter((one) => one.address === address || one.address === `*:${port}`),
  );
  const tls = here.some((it) => it.by?.args.includes('ssl')) || server.block.first('ssl')?.args[0] === 'on';
  if (scheme === 'https' && !tls)
    return { kind: 'unknown', status: null, why: 'nginx does not speak TLS on this port' };
  if (scheme === 'http' && tls)
    return { kind: 'return', status: 400, why: 'a plain HTTP request was sent to a port that speaks TLS' };
  if (scheme === 'https' && server.block.first('ssl_reject_handshake')?.args[0] === 'on')
    return { kind: 'unknown', status: null, why: 'ssl_reject_handshake refuses the connection' };
  const closed = scheme === 'https' ? closedKey(server.block.directive?.item, findings) : undefined;
  if (closed) return { kind: 'unknown', status: null, why: closed };
  return undefined;
}

/** What the rules say of certificates that workers read: of those of the server, or of http around it. */
function closedKey(server: Anchor | undefined, findings: Findings): string | undefined {
  for (const all of findings.values())
    for (const { rule, messageId, at, message } of all) {
      if (rule !== 'deployment/worker-file-not-readable' || messageId !== 'tls') continue;
      let node: Anchor | undefined = at.node;
      while (node && (node as Partial<Item>).name !== 'server') node = node.parent;
      if (!node || node === server) return message;
    }
  return undefined;
}
