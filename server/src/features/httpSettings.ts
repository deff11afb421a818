/** What the lists of items of an http block hold for its servers, and whether that has changed for one of them. */
import { sameList } from '../base/lists.js';
import type { Block, IncludedFiles } from '../nginx/effective/blocks.js';
import { type Item, itemsWithin } from '../syntax/nginxSyntax.js';

/** What a list of items of http holds. */
export interface Summary {
  readonly servers: readonly Item[];
  /** Whether servers of it include files. */
  readonly includes: boolean;
  /** What servers may take from it, each with its name. Of upstreams their names are all that a server sees. */
  readonly settings: readonly (readonly [name: string, what: unknown])[];
  /** Variables that are made beside the servers, in lower case. */
  readonly made: readonly string[];
}

const summaries = new WeakMap<readonly Item[], Summary>();

/** Made once for each list. */
export function summaryOf(list: readonly Item[]): Summary {
  let summary = summaries.get(list);
  if (!summary) {
    const servers = list.filter((it) => it.name === 'server' && it.kind === 'block' && it.children);
    const others = list.filter((it) => it.isDirective && it.name !== 'server' && it.name !== 'include');
    const made = others.flatMap((it) => it.args.filter((arg) => arg.startsWith('$')));
    summaries.set(
      list,
      (summary = {
        servers,
        includes: servers.some((it) => includesIn(it, [it]).length > 0),
        settings: others
          .filter((it) => it.kind === 'simple' || it.name === 'upstream')
          .map((it) => [it.name, it.kind === 'simple' ? it : it.args[0]] as const),
        made: made.map((it) => it.slice(1).toLowerCase()),
      }),
    );
  }
  return summary;
}

const includes = new WeakMap<object, readonly Item[]>();

/** The includes within items, found once for each `key`. */
export function includesIn(key: object, items: readonly Item[]): readonly Item[] {
  let found = includes.get(key);
  if (!found) {
    found = [...itemsWithin(items)].filter((it) => it.name === 'include' && it.kind === 'simple');
    includes.set(key, found);
  }
  return found;
}

/** What servers take from http. */
export interface Settings {
  /** Another object when servers that were judged have to be judged anew. */
  readonly key: object;
  /** The block, as it was when these settings came to be: its servers may be others by now. */
  readonly http: Block;
  readonly sources: IncludedFiles;
  readonly complete: readonly unknown[];
  readonly lists: readonly Summary['settings'][];
}

/** The former ones where nothing has changed that a server has asked for. */
export function settingsOf(
  http: Block,
  sources: IncludedFiles,
  summaries: readonly Summary[],
  complete: readonly unknown[],
  before: Settings | undefined,
): Settings {
  const lists = summaries.map((it) => it.settings);
  const sameWorld = before !== undefined && sameList(before.complete, complete);
  const changed = sameWorld ? changedNames(before.lists, lists) : undefined;
  if (before && changed?.size === 0 && before.sources === sources) return before;
  const asked = before?.http.asked;
  const concerns = !changed || !asked || [...changed].some((it) => asked.has(it));
  http.asked = new Set(concerns ? [] : asked);
  return { key: before && !concerns ? before.key : {}, http, sources, complete, lists };
}

/** Names of what differs. */
function changedNames(before: Settings['lists'], now: Settings['lists']): ReadonlySet<string> {
  const changed = new Set<string>();
  const most = Math.max(before.length, now.length);
  for (let i = 0; i < most; i++) {
    const [was, is] = [before[i], now[i]];
    if (was === is || (was && is && sameSettings(was, is))) continue;
    for (const [name] of [...(was ?? []), ...(is ?? [])]) changed.add(name);
  }
  return changed;
}

/** Whether servers take the same from two lists. */
export function sameSettings(a: Summary['settings'], b: Summary['settings']): boolean {
  return a.length === b.length && a.every(([name, what], i) => name === b[i]![0] && what === b[i]![1]);
}
