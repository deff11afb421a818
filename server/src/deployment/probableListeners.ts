/**
 * Programs that we do not know and that probably listen somewhere: a port or a socket that their unit, its environment
 * files or the compose file beside it name. It is enough to be silent about, and never enough to accuse anybody.
 */
import type { Address } from '../base/address.js';
import { type HostPath, joinPath } from '../base/hostPath.js';
import { type HostView, isText } from '../host/host.js';
import { environmentOf } from '../systemd/effective/environment.js';
import { workingDirectoryOf } from '../systemd/effective/processes.js';
import type { Unit } from '../systemd/unit.js';
import { COMPOSE_FILES } from './composePorts.js';

/** The first of the units that may be the one that opens the address. */
export function probableListener(units: readonly Unit[], address: Address, host: HostView): Unit | undefined {
  if (address.kind === 'abstract') return undefined;
  const wanted = address.kind === 'tcp' ? String(address.port) : address.path;
  return units.find((it) => textsOf(it, host).some((text) => names(text, wanted)));
}

/** `3000` in `--port=3000`, `PORT=3000`, `0.0.0.0:3000` and `3000:80`, but not in `13000` or `/var/lib/3000x`. */
function names(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at);
    const after = text[at + wanted.length] ?? ' ';
    const begins = wanted.startsWith('/') ? /(?:^|[^\w/]|\/\/)$/ : /(?:^|[^\w./])$/;
    if (begins.test(before) && !/[\w.]/.test(after)) return true;
  }
  return false;
}

/** Goes with the unit's own text, which is all of it that does not depend on the host. */
const written = new WeakMap<Unit, readonly string[]>();

function textsOf(unit: Unit, host: HostView): string[] {
  let own = written.get(unit);
  if (!own) {
    const files = [...(unit.fragment ? [unit.fragment] : []), ...unit.dropIns];
    own = files.flatMap((it) => it.sections.flatMap((section) => section.entries.map((entry) => entry.value)));
    written.set(unit, own);
  }
  const { variables } = environmentOf(unit, host);
  return [
    ...own,
    ...[...variables.values()].map((it) => it.value),
    ...composed(own, workingDirectoryOf(unit).value, host),
  ];
}

/** What `docker compose up` reads: the file that the line names, or the one in the folder that it starts in. */
function composed(own: readonly string[], folder: HostPath | undefined, host: HostView): string[] {
  const line = own.find((it) => /\b(?:docker|podman)[ -]compose\b/.test(it));
  if (line === undefined) return [];
  const named = [...line.matchAll(/(?:-f|--file)[ =](\S+)/g)].map((it) => it[1]!);
  const files = named.length > 0 ? named : COMPOSE_FILES;
  return files.flatMap((it) => {
    if (!it.startsWith('/') && !folder) return [];
    const answer = host.read(joinPath(folder ?? ('/' as HostPath), it));
    return answer.known && isText(answer.value) ? [answer.value.text] : [];
  });
}
