/** Upstreams whose servers, or some of them, stand in files that the block includes. */
import { sameList } from '../base/lists.js';
import type { Item, NginxFile } from '../syntax/nginxSyntax.js';
import type { IncludeSite, NginxFacts, UpstreamFacts, UpstreamServer } from './facts.js';

interface Read {
  readonly file: NginxFile;
  readonly facts: NginxFacts;
  readonly by: IncludeSite | undefined;
}

/** The facts, with upstreams that include files having the servers of these. Objects of which nothing changed stay the same. */
export function withIncludedServers(readings: readonly Read[], facts: readonly NginxFacts[]): readonly NginxFacts[] {
  const included = new Map<Item, UpstreamServer[]>();
  /** A file that an upstream includes may include further ones. */
  const owners = new Map<NginxFile, Item[]>();
  for (const { file, facts: own, by } of readings) {
    if (by?.context !== 'upstream') continue;
    const { parent } = by.item;
    const blocks = parent && 'words' in parent ? [parent] : (owners.get(parent as NginxFile) ?? []);
    owners.set(file, [...(owners.get(file) ?? []), ...blocks]);
    for (const it of blocks) included.set(it, [...(included.get(it) ?? []), ...own.upstreamServers]);
  }
  return facts.map((it) => joined(it, included));
}

const joinedFacts = new WeakMap<NginxFacts, NginxFacts>();
const joinedUpstreams = new WeakMap<UpstreamFacts, UpstreamFacts>();

function joined(facts: NginxFacts, included: ReadonlyMap<Item, readonly UpstreamServer[]>): NginxFacts {
  if (!facts.upstreams.some((it) => it.hasInclude)) return facts;
  const upstreams = facts.upstreams.map((it) => {
    const more = it.hasInclude ? included.get(it.at.node as Item) : undefined;
    if (!more) return it;
    const servers = [...it.servers, ...more];
    const before = joinedUpstreams.get(it);
    if (before && sameList(before.servers, servers)) return before;
    const made = { ...it, servers };
    joinedUpstreams.set(it, made);
    return made;
  });
  const before = joinedFacts.get(facts);
  if (before && sameList(before.upstreams, upstreams)) return before;
  const made = { ...facts, upstreams };
  joinedFacts.set(facts, made);
  return made;
}
