/** What a code lens is, for those that make them. */
import type { HostPath } from '../base/hostPath.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { LocatedRange } from './located.js';

export interface Lens {
  /** Where the line stands; its start is what counts. */
  readonly range: LocatedRange;
  readonly title: string;
  /** What a click shows; a line without places is plain text. */
  readonly places: readonly { readonly file: HostPath; readonly range: LocatedRange }[];
  /** A URL that a click explains instead. */
  readonly url?: string;
}

/** Makes the lenses of one kind in a file of the snapshot. */
export type LensGiver = (snapshot: Snapshot, path: HostPath) => readonly Lens[];
