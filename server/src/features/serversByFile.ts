/** What was said of servers, by the file that it is to be shown in. */
import type { HostPath } from '../base/hostPath.js';
import { type Anchor, fileOf } from '../base/place.js';
import { type Configuration, type Reading, readingsOf } from '../nginx/configuration.js';
import type { Finding } from '../rules/rule.js';
import type { Item } from '../syntax/nginxSyntax.js';
import { findingsByFile } from './findingsByFile.js';
import { onlySomewhere } from './somewhere.js';

/** A server and what was said of it. */
interface OfServer {
  readonly item: Item;
  readonly findings: readonly Finding[];
}

/** What holds for some of the servers that read a file says for which. */
export function serversByFile(
  findings: readonly Finding[],
  servers: readonly OfServer[],
  configuration: Configuration,
): Map<HostPath, Finding[]> {
  const homes = new Map<Finding, Item>();
  for (const { findings: of, item } of servers) for (const it of of) homes.set(it, item);
  const byFile = findingsByFile(findings);
  if (byFile.size === 0) return byFile;
  const waysTo = (file: HostPath): readonly Reading[] =>
    readingsOf(configuration, file)
      .map((it) => configuration.readings[it]!)
      .filter((it) => it.loaded);
  for (const [file, list] of byFile) {
    const ways = waysTo(file);
    if (ways.length < 2) continue;
    const lists = ways.map((way) => ({
      way,
      findings: list.filter((it) => !homes.has(it) || leadsTo(way, homes.get(it)!, waysTo)),
    }));
    byFile.set(file, onlySomewhere(lists));
  }
  return byFile;
}

/** Whether the includes that lead to a reading of a file start in this server. */
function leadsTo(way: Reading, server: Item, waysTo: (file: HostPath) => readonly Reading[]): boolean {
  let by = way.by;
  for (let depth = 0; by && depth < 64; depth++) {
    let node: Anchor | undefined = by.at.node;
    for (; node; node = node.parent) if (node === server) return true;
    const file = fileOf(by.at);
    by = file && waysTo(file)[0]?.by;
  }
  // A server that stands in the file itself.
  return fileOf({ node: server, start: 0, end: 0 }) === way.file.path;
}
