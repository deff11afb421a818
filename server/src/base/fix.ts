/** Repairs that a rule offers, in terms of places and host paths. Says nothing of how an editor applies them. */
import type { HostPath } from './hostPath.js';
import type { Place } from './place.js';

export interface PlaceEdit {
  readonly at: Place;
  readonly text: string;
}

/** A file to be written; it must not exist yet. */
export interface FileCreation {
  readonly path: HostPath;
  readonly text: string;
}

/**
 * `safe`: what the program does stays the same, or it could not load before and now can.
 * `suggested`: likely what was meant, for a person to judge.
 */
export interface Fix {
  readonly title: string;
  readonly applicability: 'safe' | 'suggested';
  readonly edits: readonly PlaceEdit[];
  readonly creates?: readonly FileCreation[];
}
