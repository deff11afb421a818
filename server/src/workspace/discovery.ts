/** Which files of a host are configuration: found by the places and names that nginx and systemd give them. */
import { fileName, type HostPath, hostPath, isWithin, joinPath } from '../base/hostPath.js';
import { NOT_YET, type RememberedHost } from '../host/remembered.js';
import { WRITTEN_BY_HAND } from '../systemd/loadPath.js';
import { kindOfFile } from '../systemd/unitName.js';

export type Language = 'nginx' | 'systemd';

export interface Discovered {
  /** As named, links not followed. */
  readonly nginx: readonly HostPath[];
  /** Links followed. */
  readonly units: readonly HostPath[];
  /** What has a configuration file's name and is none that can be read. */
  readonly skipped: readonly Skipped[];
}

export interface Skipped {
  readonly path: HostPath;
  readonly why: string;
}

const NGINX_FOLDERS = ['/etc/nginx', '/usr/local/nginx/conf', '/usr/local/etc/nginx', '/opt/nginx/conf'].map(hostPath);

/** Files in systemd's dialect that the system manager does not read: users' units, networkd's, nspawn's and Podman's quadlets. */
const OTHER_FOLDERS = [
  '/etc/systemd/user',
  '/etc/systemd/network',
  '/etc/systemd/nspawn',
  '/etc/containers/systemd',
].map(hostPath);

// Deeper trees are not configuration that somebody keeps; and a walk must end.
const DEEPEST = 8;
const MOST_FILES = 20_000;
const NOT_SEARCHED = /^(?:node_modules|\.git|\.hg|\.svn|\.venv|venv|__pycache__|\.cache|target|dist)$/;

/**
 * The language of a file by its path alone; undefined when its name does not say. The editor's own choice and `--as`
 * come before this.
 */
export function languageOf(path: HostPath): Language | undefined {
  const name = fileName(path);
  if (/(?:~|\.(?:bak|dpkg-\w+|rpm(?:new|save|orig)|swp|orig|save|disabled))$/.test(name)) return undefined;
  // ModSecurity's rules lie in nginx's folder and have a language of their own; what nginx includes is read all the same.
  if (/\/modsec[^/]*\.conf$|\/(?:modsec[^/]*|owasp[^/]*|coreruleset[^/]*)\//.test(path)) return undefined;
  const kind = kindOfFile(path);
  if (/\/nginx\/|\/(?:sites|streams)-(?:available|enabled)\//.test(path)) {
    if (/\/(?:sites|streams|modules)-(?:available|enabled)\/|\/snippets\//.test(path)) return 'nginx';
    if (/\.conf$|_params$|\.nginx$|\/(?:mime\.types|koi-utf|koi-win|win-utf)$/.test(path)) return 'nginx';
  }
  if (kind) return ambiguous(name) && !/\/(?:systemd|quadlets?)\//.test(path) ? undefined : 'systemd';
  if (/^nginx.*\.conf$|\.nginx$|\.nginxconf$|^nginx\.conf\..*$/.test(name)) return 'nginx';
  return undefined;
}

// Suffixes that other programs use as well.
function ambiguous(name: string): boolean {
  return /\.(?:network|link|netdev|container|pod|volume|kube|image|build|path|target|device|scope|slice)$/.test(name);
}

/** All configuration files of the host that its file tree shows so far, in the usual places and in `further` folders. */
export function discover(host: RememberedHost, further: Iterable<HostPath>): Discovered {
  const nginx: HostPath[] = [];
  const units: HostPath[] = [];
  const skipped: Skipped[] = [];
  const skip = (path: HostPath, why: string): void => {
    if (languageOf(path)) skipped.push({ path, why });
  };
  const visit = (path: HostPath, real: HostPath): void => {
    const language = languageOf(path);
    // The name that a link gives says whether nginx loads the site, so it is kept; a unit's alias says nothing.
    if (language === 'nginx') nginx.push(path);
    if (language === 'systemd') units.push(real);
  };
  const folders =
    host.coverage === 'loose' ? [hostPath('/')] : [...NGINX_FOLDERS, ...WRITTEN_BY_HAND, ...OTHER_FOLDERS];
  const seen = new Set<HostPath>();
  for (const folder of [...folders, ...further]) walk({ host, seen, visit, skip }, folder, 0);
  return { nginx: [...new Set(nginx)], units: [...new Set(units)], skipped };
}

interface Walk {
  readonly host: RememberedHost;
  readonly seen: Set<HostPath>;
  visit(path: HostPath, real: HostPath): void;
  skip(path: HostPath, why: string): void;
}

function walk(walking: Walk, folder: HostPath, depth: number): void {
  const { host, seen } = walking;
  if (depth > DEEPEST || seen.size > MOST_FILES) return;
  const names = host.list(folder);
  if (!names.known || !names.value) return;
  for (const name of names.value) {
    if (NOT_SEARCHED.test(name)) continue;
    const path = joinPath(folder, name);
    const facts = host.stat(path);
    if (seen.has(path)) continue;
    if (!facts.known) {
      if (facts.why === 'ELOOP') walking.skip(path, 'its symbolic links lead in a circle');
      else if (facts.why !== NOT_YET) walking.skip(path, `it cannot be looked at (${facts.why})`);
      continue;
    }
    if (!facts.value) {
      walking.skip(path, 'it is a symbolic link to something that does not exist');
      continue;
    }
    seen.add(path);
    if (facts.value.kind === 'directory') {
      // A link to a folder above would make the walk go round.
      if (!isWithin(folder, facts.value.real)) walk(walking, path, depth + 1);
    } else if (facts.value.kind === 'file') walking.visit(path, facts.value.real);
    // A unit that is a link to /dev/null is masked on purpose: systemctl(1), mask.
    else if (facts.value.real !== '/dev/null') walking.skip(path, `it is a ${facts.value.kind}, not a regular file`);
  }
}
