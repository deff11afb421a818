/** Answers a host's questions from the disk: at once while it is quick, else those that were noted. */

import { type Question, type Reply, runSteps, runStepsAsync } from '../ops.js';
import type { AtOnce, RememberedHost } from '../remembered.js';
import { performAsync, performSync, rememberingStats } from './files.js';

/** Waits for the disk: for programs that have nothing else to do. */
export function waitingFor(root: string): AtOnce {
  const perform = rememberingStats((op) => performSync(root, op));
  return { answer: (question) => runSteps(question, perform), renew: () => undefined };
}

/**
 * Waits for a disk that answers in microseconds, as local ones do, which is many times cheaper than a round through the
 * event loop; gives up when it was kept waiting for longer than `patience` milliseconds since it was last renewed. Each time it has
 * half as much patience with that disk.
 */
export function quickAnswersOf(root: string, patience = 1000): AtOnce {
  let left = patience;
  let perform = rememberingStats((op) => performSync(root, op));
  let waited = 0;
  return {
    answer(question: Question): Reply | undefined {
      if (waited > left) return undefined;
      const started = performance.now();
      const reply = runSteps(question, perform);
      waited += performance.now() - started;
      return reply;
    },
    renew() {
      if (waited > left) left /= 2;
      waited = 0;
      perform = rememberingStats((op) => performSync(root, op));
    },
  };
}

/** Answers all noted questions and waits for the disk. */
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
