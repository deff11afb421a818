/** What nginx's stream module hands on without looking at it. */
import { isThisMachine } from '../../base/address.js';
import type { Block, Directive } from '../../nginx/effective/blocks.js';
import { addressesOf } from '../../nginx/listenAddress.js';
import { parseUpstreamServer } from '../../nginx/passTarget.js';

export interface HandedOn {
  /** Where the connection arrives then: `127.0.0.1:80`. */
  readonly address: string;
  /** The `proxy_pass` that says so. */
  readonly by: Directive;
}

/** The address on this machine that a stream server on `port` passes connections to; undefined where others may decide. */
export function handedOn(top: Block, port: string): HandedOn | undefined {
  const stream = top.first('stream')?.body;
  const servers = (stream?.all('server') ?? []).flatMap((it) => it.body ?? []);
  const here = servers.filter((it) => it.all('listen').some((one) => takes(one, port)));
  const [only] = here;
  const by = only?.first('proxy_pass');
  if (!stream || here.length !== 1 || !by?.args[0] || OTHERWISE.some((it) => only!.first(it))) return undefined;
  const members = stream
    .all('upstream')
    .find((it) => it.args[0] === by.args[0])
    ?.body?.all('server');
  if (members && members.length !== 1) return undefined;
  const address = parseUpstreamServer(members ? (members[0]!.args[0] ?? '') : by.args[0]);
  if (address?.kind !== 'tcp' || !isThisMachine(address.host)) return undefined;
  return { address: `127.0.0.1:${address.port}`, by };
}

/** With one of these what arrives is not what came. */
const OTHERWISE = ['proxy_ssl', 'proxy_protocol', 'return', 'ssl_certificate', 'deny', 'js_preread'];

function takes(listen: Directive, port: string): boolean {
  const { args } = listen;
  if (args.length === 0 || ['ssl', 'udp', 'proxy_protocol'].some((it) => args.includes(it, 1))) return false;
  return addressesOf([listen]).some((it) => it === `*:${port}` || it === `127.0.0.1:${port}`);
}
