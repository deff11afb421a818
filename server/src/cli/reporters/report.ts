import type { HostPath } from '../../base/hostPath.js';
import type { LocatedFinding } from '../../features/located.js';

/** All that a reporter needs. Paths are relative to `root`. */
export interface Report {
  readonly root: string;
  readonly files: number;
  readonly findings: readonly LocatedFinding[];
  /** Where the finding's file lies, relative to `root`. */
  relative(path: HostPath, finding: LocatedFinding): string;
  textOf(path: HostPath, finding: LocatedFinding): string | undefined;
}
