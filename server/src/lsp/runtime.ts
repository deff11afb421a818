/** What the server needs of the platform it runs on; `node.ts` provides it. */
import type { NginxDocs, SystemdDocs } from '../features/docs.js';
import type { AtOnce, Coverage, RememberedHost } from '../host/remembered.js';

export interface Runtime {
  /** Answers of a host that need not be waited for. */
  atOnce(root: string): AtOnce;
  /** Answers what the host has noted. */
  fetch(host: RememberedHost, root: string): Promise<void>;
  rootOf(path: string, fallback: string): { readonly folder: string; readonly coverage: Coverage };
  namedRoot(folder: string): { readonly folder: string; readonly coverage: Coverage };
  withinRoot(root: string, path: string): string | undefined;
  parentOf(path: string): string;
  /** Links followed; the path itself when it does not exist. */
  realPath(path: string): string;
  pathOfUri(uri: string): string | undefined;
  uriOfPath(path: string): string;
  memoryUsage(): { readonly rss: number; readonly heapUsed: number; readonly external: number };
  /** What `nginx -v` says on this machine. Runs a program: in trusted workspaces only. */
  nginxVersion(): Promise<string | undefined>;
  /** The systemd of this machine. */
  systemdVersion(): Promise<string | undefined>;
  /** Whether `man` has the page here, such as `systemd.exec(5)`. */
  hasManual(page: string): boolean;
  /** That page as plain text. Runs a program: in trusted workspaces only. */
  manualText(page: string): Promise<string | undefined>;
  nginxDocs(): NginxDocs | undefined;
  systemdDocs(): SystemdDocs | undefined;
}
