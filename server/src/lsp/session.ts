/** The hosts of a workspace and their open documents: which file belongs where, and what it looks like now. */
import type { Position, TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';
import { directoryOf, type HostPath, hostPath } from '../base/hostPath.js';
import { NEWEST, type NginxTarget, parseNginxVersion } from '../catalog/nginxVersion.js';
import { NEWEST_SYSTEMD, parseSystemdVersion, type SystemdTarget } from '../catalog/systemdVersion.js';
import { type CheckOptions, DEFAULT_CHECKS, FindingsMemory } from '../features/diagnostics.js';
import type { Docs } from '../features/docs.js';
import { HostSpace, type Language, type Snapshot } from '../workspace/hostSpace.js';
import { settledAsync } from '../workspace/settle.js';
import type { Runtime } from './runtime.js';
import { diskPath, type UriOf } from './toLsp.js';

/** A document of the editor, and the file of a host that it shows. */
export interface Opened {
  readonly uri: string;
  readonly space: HostSpace;
  readonly path: HostPath;
  version: number;
}

/** One host with what was said of it so far. */
export interface HostSession {
  readonly space: HostSpace;
  readonly memory: FindingsMemory;
}

interface Installed {
  readonly nginx?: NginxTarget | undefined;
  readonly systemd?: SystemdTarget | undefined;
}

/** What the editor can do, as it said at the beginning. */
export interface ClientAbilities {
  readonly snippets: boolean;
  /** Asks for diagnostics itself and can be told to ask again. */
  readonly pulls: boolean;
  readonly configuration: boolean;
  readonly registersConfiguration: boolean;
  readonly watches: boolean;
  readonly watchesElsewhere: boolean;
}

export class Session {
  readonly hosts = new Map<string, HostSession>();
  client: ClientAbilities = {
    snippets: false,
    pulls: false,
    configuration: false,
    registersConfiguration: false,
    watches: false,
    watchesElsewhere: false,
  };
  readonly opened = new Map<string, Opened>();
  /** Open documents whose diagnostics the editor has asked for: it shows those, and wants none pushed. */
  readonly pulled = new Set<string>();
  /** Hears when a document is asked about for the first time. */
  onFirstPull: (opened: Opened) => void = () => {};
  folders: readonly string[] = [];
  checks: CheckOptions = DEFAULT_CHECKS;
  /** The folder that the user named as the host's root; empty for automatic. */
  root = '';
  /** The nginx that the user named; undefined for whatever is installed. */
  target: NginxTarget | undefined;
  systemd: SystemdTarget | undefined;
  /** What runs on this machine, where it could be asked. */
  private installed: Installed = {};
  private asking: Promise<void> | undefined;
  /** The editor's settings have been read, or it has none. */
  configured = false;
  /** They have been asked for and are still to come: what is said before would be said by other rules. */
  awaitsSettings = false;
  /** Whether programs of this machine may be run. */
  trusted = false;
  /** Whether services show their exposure above their first section. */
  hardeningLens = false;
  /** Whether servers and locations show a URL that can be explained. */
  explainLens = true;

  /** The client's command that shows an installed manual page. */
  manuals: string | undefined;
  readonly docs: Docs;

  constructor(readonly runtime: Runtime) {
    this.docs = {
      nginx: () => runtime.nginxDocs(),
      systemd: () => runtime.systemdDocs(),
      manual: (page, key) =>
        this.manuals !== undefined && this.trusted && runtime.hasManual(page)
          ? `command:${this.manuals}?${encodeURIComponent(JSON.stringify([page, key]))}`
          : undefined,
    };
  }

  /** The host that a file of our machine belongs to, made when it is first needed. */
  hostFor(path: string): HostSession {
    const folder = this.folders.find((it) => path === it || path.startsWith(`${it}/`));
    const root =
      this.root !== ''
        ? this.runtime.namedRoot(this.root)
        : this.runtime.rootOf(path, folder ?? this.runtime.parentOf(path));
    let host = this.hosts.get(root.folder);
    if (!host)
      this.hosts.set(
        root.folder,
        (host = {
          space: new HostSpace(root.folder, root.coverage, undefined, this.runtime.atOnce(root.folder)),
          memory: new FindingsMemory(),
        }),
      );
    return host;
  }

  open(uri: string, language: Language, version: number, text: string): Opened {
    this.close(uri);
    const disk = this.runtime.pathOfUri(uri);
    // A text that is not saved yet lies nowhere; it is judged on its own.
    const real = disk === undefined ? undefined : this.runtime.realPath(disk);
    const { space } = real === undefined ? this.untitled() : this.hostFor(real);
    const path = hostPath(
      real === undefined ? `/untitled/${encodeURIComponent(uri)}` : (this.runtime.withinRoot(space.root, real) ?? real),
    );
    space.openDocument(path, language, text);
    const opened = { uri, space, path, version };
    this.opened.set(uri, opened);
    return opened;
  }

  /** What is asked of the rules for a host: only this machine's own files are judged by the nginx that runs on it. */
  checksFor(space: HostSpace): CheckOptions {
    const installed: Installed = space.root === '/' ? this.installed : {};
    return {
      ...this.checks,
      target: { ...(this.target ?? installed.nginx ?? NEWEST), modules: this.checks.target.modules ?? [] },
      systemd: this.systemd ?? installed.systemd ?? NEWEST_SYSTEMD,
    };
  }

  private untitled(): HostSession {
    const key = 'untitled:';
    let host = this.hosts.get(key);
    if (!host)
      this.hosts.set(key, (host = { space: new HostSpace('/nonexistent', 'loose'), memory: new FindingsMemory() }));
    return host;
  }

  change(uri: string, version: number, changes: readonly TextDocumentContentChangeEvent[]): Opened | undefined {
    const opened = this.opened.get(uri);
    const document = opened?.space.document(opened.path);
    if (!opened || !document) return undefined;
    opened.version = version;
    for (const change of changes) {
      const range = 'range' in change ? change.range : undefined;
      const { lines } = document;
      const start = range ? lines.offset(range.start) : 0;
      const oldEnd = range ? Math.max(start, lines.offset(range.end)) : document.text.length;
      opened.space.editDocument(opened.path, { start, oldEnd, text: change.text });
    }
    return opened;
  }

  close(uri: string): Opened | undefined {
    const opened = this.opened.get(uri);
    if (!opened) return undefined;
    this.opened.delete(uri);
    this.pulled.delete(uri);
    // The same file may be open under another name, such as that of a link to it.
    if (![...this.opened.values()].some((it) => it.space === opened.space && it.path === opened.path)) {
      opened.space.closeDocument(opened.path);
      if (opened.path.startsWith('/untitled/')) opened.space.named.delete(opened.path);
    }
    return opened;
  }

  /** What `use` makes of a document, after everything that it asks of the host has been looked up. */
  async ask<T>(uri: string, use: (snapshot: Snapshot, path: HostPath, host: HostSession) => T): Promise<T | undefined> {
    const opened = this.opened.get(uri);
    const host = opened && [...this.hosts.values()].find((it) => it.space === opened.space);
    if (!opened || !host) return undefined;
    return this.settle(host, (snapshot) => use(snapshot, opened.path, host));
  }

  /** The same for a host. Of this machine it is asked first which nginx and systemd it runs. */
  async settle<T>(host: HostSession, use: (snapshot: Snapshot) => T): Promise<T> {
    const { space } = host;
    if (space.root === '/' && this.trusted) await (this.asking ??= this.askPrograms());
    const fetch = () => this.runtime.fetch(space.host, space.root);
    const never = () => false;
    // What is made of a snapshot that is only half there is thrown away.
    await settledAsync(space.host, fetch, () => space.snapshot(), never);
    return settledAsync(space.host, fetch, () => use(space.snapshot()), never);
  }

  /** Both are asked side by side: the first diagnostics wait for them. */
  private async askPrograms(): Promise<void> {
    const [nginx, systemd] = await Promise.all([this.runtime.nginxVersion(), this.runtime.systemdVersion()]);
    const version = parseNginxVersion(nginx ?? '');
    const ofSystemd = parseSystemdVersion(systemd ?? '');
    this.installed = {
      nginx: version && { version },
      systemd: ofSystemd === undefined ? undefined : { version: ofSystemd },
    };
  }

  /** Notes that the editor asks for a document's diagnostics itself. */
  notePull(uri: string): void {
    const opened = this.opened.get(uri);
    if (!opened || this.pulled.has(uri)) return;
    this.pulled.add(uri);
    this.onFirstPull(opened);
  }

  /** A function that names files of a host as the editor does: by the URI under which they are open, if they are. */
  uriOf(space: HostSpace): UriOf {
    return (path) => {
      for (const it of this.opened.values()) if (it.space === space && it.path === path) return it.uri;
      return this.runtime.uriOfPath(diskPath(space.root, path));
    };
  }

  offset(uri: string, position: Position): number | undefined {
    const opened = this.opened.get(uri);
    return opened?.space.lines(opened.path)?.offset(position);
  }

  /** Forgets what was known of a path of our machine. Returns the hosts for which that may change something. */
  changedOnDisk(path: string): HostSession[] {
    const touched: HostSession[] = [];
    for (const host of this.hosts.values()) {
      const within = this.runtime.withinRoot(host.space.root, path);
      if (within === undefined) continue;
      const inside = hostPath(within);
      const parent = directoryOf(inside);
      if (!host.space.host.knows(inside) && !host.space.host.knows(parent)) continue;
      host.space.host.forget(inside);
      host.space.host.forget(parent);
      touched.push(host);
    }
    return touched;
  }

  dispose(): void {
    for (const { space } of this.hosts.values()) space.dispose();
    this.hosts.clear();
    this.opened.clear();
  }
}
