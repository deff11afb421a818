/** Lines above directives and sections that say what the rest of the deployment has to do with them. */
import type { HostPath } from '../base/hostPath.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { connectionLenses } from './connectionLenses.js';
import type { Lens, LensGiver } from './lens.js';

const GIVERS: readonly LensGiver[] = [connectionLenses];

export function codeLenses(snapshot: Snapshot, path: HostPath): Lens[] {
  return GIVERS.flatMap((it) => it(snapshot, path));
}
