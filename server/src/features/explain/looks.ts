/** What a request meets on disk, as the worker of nginx sees it. */
import { directoryOf, type HostPath, hostPath } from '../../base/hostPath.js';
import type { Identity } from '../../deployment/identity.js';
import { ownershipFromOutside } from '../../deployment/madeDirectories.js';
import { may, type Obstacle, obstacleAbove, ownershipInFiles, ownershipText, READ } from '../../deployment/rights.js';
import { Surroundings } from '../../deployment/surroundings.js';
import { type Look, type Looks, type Refusal, WHY } from '../../nginx/effective/route.js';
import type { Snapshot } from '../../workspace/hostSpace.js';

/** Of Debian, Ubuntu, Fedora and their kin; files of it that every one of them brings. */
export const COMPILED_PREFIX = '/usr/share/nginx';
const BROUGHT = new Map<string, Look>([
  ['/usr/share/nginx/html', 'directory'],
  ['/usr/share/nginx/html/', 'directory'],
  ['/usr/share/nginx/html/index.html', 'file'],
]);

export function looksFor(snapshot: Snapshot, worker: Identity | undefined): Looks {
  const { host } = snapshot;
  const barred = barrier(snapshot, worker);
  return (bytes, links) => {
    const path = hostPath(Buffer.from(bytes, 'latin1').toString('utf8'));
    if (barred(path)) return 'denied';
    const there = host.stat(path);
    if (!there.known) return path.startsWith(`${COMPILED_PREFIX}/html`) ? BROUGHT.get(path) : 'unknown';
    if (!there.value) return undefined;
    const { real, kind } = there.value;
    if (real !== undefined && real !== path) {
      if (links === 'refused') return linkIsLast(host, path) ? 'denied' : undefined;
      if (barred(real)) return 'denied';
    }
    if (kind === 'directory') return 'directory';
    const owner = worker && ownershipInFiles(host, path);
    return owner && may(worker, owner, READ) !== 'yes' ? 'unreadable' : 'file';
  };
}

/** Why nginx gives an error, with the folder that keeps it out by name. */
export function refusalText({ why, path }: Refusal, snapshot: Snapshot, worker: Identity | undefined): string {
  const shut = path === undefined || why !== WHY.closed ? undefined : barrier(snapshot, worker)(hostPath(path));
  return shut ? `nginx may not enter ${shut.path} (${ownershipText(shut.ownership, snapshot.host)})` : why;
}

type Barrier = (path: HostPath) => Obstacle | undefined;

function barrier({ host, deployment }: Snapshot, worker: Identity | undefined): Barrier {
  const around = new Surroundings(deployment);
  const made = (it: HostPath) => ownershipFromOutside(around.madeDirectory(it));
  return (path) => worker && obstacleAbove(worker, path, host, made);
}

/** open() with O_NOFOLLOW says ELOOP of a file and ENOTDIR of a directory above it, and nginx 403 or 404. */
function linkIsLast(host: Snapshot['host'], path: HostPath): boolean {
  const above = directoryOf(path);
  const facts = host.stat(above);
  return facts.known && (facts.value?.real ?? above) === above;
}
