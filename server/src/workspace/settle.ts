/** Asks again until the host has no more questions to look up. */
import type { RememberedHost } from '../host/remembered.js';

// Each round reaches one step further along includes, links and folders; more rounds than any tree has steps.
const MOST_ROUNDS = 500;

/** Runs `ask` until it leaves no question open, fetching between the rounds. Returns its last result. */
export function settled<T>(host: RememberedHost, fetch: () => void, ask: () => T): T {
  for (let round = 0; ; round++) {
    host.renew();
    const result = ask();
    if (!host.hasNoted || round >= MOST_ROUNDS) return result;
    fetch();
  }
}

/** The same where fetching takes time. `superseded` stops it early: the result is then not the last word. */
export async function settledAsync<T>(
  host: RememberedHost,
  fetch: () => Promise<void>,
  ask: () => T,
  superseded: () => boolean,
): Promise<T> {
  for (let round = 0; ; round++) {
    host.renew();
    const result = ask();
    if (!host.hasNoted || round >= MOST_ROUNDS || superseded()) return result;
    await fetch();
  }
}
