/** The files that findings stand in: nginx's, those of units, and what apps and their servers read where something is said of it. */
import type { HostPath } from '../base/hostPath.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { CheckOptions, FindingsMemory } from './diagnostics.js';

export function shownFiles(
  snapshot: Snapshot,
  memory: FindingsMemory,
  { target }: CheckOptions,
): ReadonlySet<HostPath> {
  memory.servers.refresh(snapshot, target);
  return new Set([...snapshot.nginxFiles, ...snapshot.unitFiles, ...saidOf(snapshot, memory)]);
}

/** Of a memory that was refreshed: every file that the deployment or a server has a finding in. */
export function* saidOf(snapshot: Snapshot, memory: FindingsMemory): Generator<HostPath> {
  yield* memory.ofDeployment(snapshot).keys();
  yield* memory.servers.said.keys();
}
