/** Pools of php-fpm as Debian lays them out: /etc/php/VERSION/fpm/pool.d/*.conf. */
import type { Address } from '../base/address.js';
import { type HostPath, hostPath, joinPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';
import { parseUpstreamServer } from '../nginx/passTarget.js';

export interface PhpPool {
  readonly file: HostPath;
  readonly name: string;
  readonly listen: string;
  readonly address: Address;
}

/** All pools of the host; undefined where some of them cannot be known. */
export function phpPools(host: HostView): readonly PhpPool[] | undefined {
  const versions = host.list(hostPath('/etc/php'));
  if (!versions.known || !versions.value) return undefined;
  const pools: PhpPool[] = [];
  for (const version of versions.value.filter((it) => /^\d+\.\d+$/.test(it))) {
    const folder = hostPath(`/etc/php/${version}/fpm/pool.d`);
    const names = host.list(folder);
    if (!names.known) return undefined;
    for (const name of (names.value ?? []).filter((it) => it.endsWith('.conf'))) {
      const file = joinPath(folder, name);
      const answer = host.read(file);
      if (!answer.known || !isText(answer.value)) return undefined;
      const found = poolsIn(answer.value.text, file);
      if (!found) return undefined;
      pools.push(...found);
    }
  }
  return pools;
}

/** `listen` of each section, the last one of several; `$pool` is the section's name. Undefined where another file is included. */
function poolsIn(text: string, file: HostPath): PhpPool[] | undefined {
  const listens = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*include\s*=/.test(line)) return undefined;
    section = /^\s*\[([^\]]+)\]/.exec(line)?.[1] ?? section;
    const listen = /^\s*listen\s*=\s*"?([^";]+?)"?\s*(?:;.*)?$/.exec(line)?.[1];
    if (listen !== undefined) listens.set(section, listen.replaceAll('$pool', section));
  }
  return [...listens].flatMap(([name, listen]) => {
    const address = addressOf(listen);
    return address ? [{ file, name, listen, address }] : [];
  });
}

/** A path, HOST:PORT, or a port on every address: fpm_sockets_get_listening_socket(). */
function addressOf(listen: string): Address | undefined {
  if (listen.startsWith('/')) return { kind: 'unix', path: hostPath(listen) };
  return parseUpstreamServer(/^\d+$/.test(listen) ? `0.0.0.0:${listen}` : listen);
}
