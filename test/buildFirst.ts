/** Builds the bundles once before the suites that run them. */
// @ts-expect-error: a script without types
import { build } from '../scripts/build.mjs';

export default async function buildFirst(): Promise<void> {
  if (process.env.THROUGHLINE_BUILT !== '1') await build();
}
