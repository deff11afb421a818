/** A word of the command line with its place in the value, as whoever cut it gives it. */
export interface ArgWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}
