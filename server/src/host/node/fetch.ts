/** Answers what a host has noted, from the disk. */

import { runSteps, runStepsAsync } from '../ops.js';
import type { RememberedHost } from '../remembered.js';
import { performAsync, performSync, rememberingStats } from './files.js';

/** Answers all noted questions and waits for the disk: for programs that have nothing else to do. */
export function fetchNoted(host: RememberedHost, root: string): void {
  const perform = rememberingStats((op) => performSync(root, op));
  for (const question of host.takeNoted()) host.learn(question, runSteps(question, perform));
}

const underWay = new WeakMap<RememberedHost, Promise<void>>();

/** The same, giving way to other work meanwhile. Resolves when the questions that others have taken are answered as well. */
export async function fetchNotedAsync(host: RememberedHost, root: string): Promise<void> {
  const perform = rememberingStats((op) => performAsync(root, op));
  const answers = host
    .takeNoted()
    .map(async (question) => host.learn(question, await runStepsAsync(question, perform)));
  const all = Promise.all([underWay.get(host), ...answers]).then(() => undefined);
  underWay.set(host, all);
  await all;
}
