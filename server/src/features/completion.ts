/** What may stand at the cursor. Works on unfinished text: a half-typed word, an empty line, a file without its braces. */
import type { HostPath } from '../base/hostPath.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { nginxItems } from './completion/nginxItems.js';
import type { CompletionItem, CompletionOptions, Typing } from './completion/typing.js';
import { unitItems } from './completion/unitItems.js';

export type { About, CompletionItem, CompletionOptions } from './completion/typing.js';

/** At most so many: editors filter what they get, and nobody reads further. */
const MOST = 1_000;

export function completion(
  snapshot: Snapshot,
  path: HostPath,
  offset: number,
  options: CompletionOptions,
): CompletionItem[] {
  const text = snapshot.space.text(path);
  const lines = snapshot.space.lines(path);
  if (text === undefined || !lines) return [];
  const typing: Typing = { snapshot, path, offset, text, lines, options };
  const items = snapshot.unitFiles.includes(path) ? unitItems(typing) : nginxItems(typing);
  return items.slice(0, MOST);
}
