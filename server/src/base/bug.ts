/** Our own mistakes: loud in tests, quiet but recorded in the product. */

let listener: ((message: string) => void) | undefined;
const reported = new Set<string>();

/** Who hears of a bug in the product (the log). Without a listener a bug throws, which is what tests want. */
export function onBug(hear: (message: string) => void): void {
  listener = hear;
}

/** Says that something happened which cannot happen. Throws in tests; in the product logs each message once and returns. */
export function bug(message: string): void {
  if (!listener) throw new Error(`bug: ${message}`);
  if (reported.has(message)) return;
  reported.add(message);
  listener(message);
}
