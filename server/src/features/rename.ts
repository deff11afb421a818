/** Another name for what is under the cursor, in all files that mention it. */
import type { HostPath } from '../base/hostPath.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { LocatedEdit, LocatedRange } from './located.js';
import { type Occurrence, type Thing, thingAt } from './occurrences.js';

export interface Renamable {
  readonly range: LocatedRange;
  /** What is there now: the question begins with it. */
  readonly placeholder: string;
}

/** Undefined where nothing can be renamed as a whole: names that the tree does not make, units, paths made of specifiers. */
export function renamable(snapshot: Snapshot, path: HostPath, offset: number): Renamable | undefined {
  const thing = thingAt(snapshot, path, offset);
  if (!thing?.complete) return undefined;
  const range = rangeOf(snapshot, thing.here);
  const text = snapshot.space.text(path)?.slice(thing.here.start, thing.here.end);
  return range && text !== undefined ? { range, placeholder: text } : undefined;
}

/** The edits, or a sentence for the person who asked why there are none. */
export function rename(snapshot: Snapshot, path: HostPath, offset: number, wanted: string): LocatedEdit[] | string {
  const thing = thingAt(snapshot, path, offset);
  if (!thing?.complete) return 'Nothing here can be renamed.';
  const name = nameFrom(thing, wanted.trim());
  if (name === undefined) return `"${wanted}" cannot stand for this ${thing.kind}.`;
  return thing.places.flatMap((it) => {
    const range = rangeOf(snapshot, it);
    return range ? [{ file: it.file, range, newText: name }] : [];
  });
}

/** What will be written; people may type the dollar or the `@` along. */
function nameFrom({ kind }: Thing, wanted: string): string | undefined {
  switch (kind) {
    case 'variable':
      return /^\$?([A-Za-z_]\w*)$/.exec(wanted)?.[1];
    case 'named location':
      return /^@?[^\s;{}"'$@]+$/.test(wanted) ? `@${wanted.replace(/^@/, '')}` : undefined;
    case 'socket path':
      return /^\/[^\s;{}"'$%]*[^\s;{}"'$%/]$/.test(wanted) ? wanted : undefined;
    case 'upstream':
      return /^[^\s;{}"'$:/@]+$/.test(wanted) ? wanted : undefined;
    default:
      return /^[^\s;{}"'$:=@]+$/.test(wanted) ? wanted : undefined;
  }
}

function rangeOf(snapshot: Snapshot, span: Occurrence | Thing['here']): LocatedRange | undefined {
  const lines = snapshot.space.lines(span.file);
  return lines && { start: lines.position(span.start), end: lines.position(span.end) };
}
