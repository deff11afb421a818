/** Decides whether a server that ended by itself is started again. */
export class CrashPolicy {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  #crashes: number[] = [];

  /** Gives up at more than `limit` crashes within `windowMs` milliseconds, as a server that loops only burns the battery. */
  constructor(limit = 3, windowMs = 180_000, now: () => number = Date.now) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Notes a crash; true when the server may be started again. */
  crashed(): boolean {
    const now = this.#now();
    this.#crashes = this.#crashes.filter((time) => now - time < this.#windowMs);
    this.#crashes.push(now);
    return this.#crashes.length <= this.#limit;
  }

  /** Forgets the crashes so far: a person asked for a restart, so the count starts anew. */
  reset(): void {
    this.#crashes = [];
  }
}
