/** Paths inside one host. Never a path of the machine that the editor runs on. */

/** An absolute, normalised path on a host (`/etc/nginx/nginx.conf`), not to be confused with a path of the editor's machine. */
export type HostPath = string & { readonly __hostPath: unique symbol };

/** Normalises an absolute path: folds `//`, `.` and `..` without asking the file system. */
export function hostPath(path: string): HostPath {
  if (/^\/(?!\/)(?!.*\/(?:\/|\.{1,2}(?:\/|$)))(?!.*\/$).*[^/]$/.test(path)) return path as HostPath;
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') out.pop();
    else out.push(part);
  }
  return `/${out.join('/')}` as HostPath;
}

/** Resolves `relative` against the directory `directory`; an absolute second argument wins. */
export function joinPath(directory: HostPath, relative: string): HostPath {
  return relative.startsWith('/') ? hostPath(relative) : hostPath(`${directory}/${relative}`);
}

/** The directory that holds the path; `/` holds itself. */
export function directoryOf(path: HostPath): HostPath {
  const slash = path.lastIndexOf('/');
  return (slash <= 0 ? '/' : path.slice(0, slash)) as HostPath;
}

/** The last component of the path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether `path` is `directory` itself or lies below it. */
export function isWithin(path: HostPath, directory: HostPath): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}
