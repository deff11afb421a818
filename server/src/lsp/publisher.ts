/**
 * Decides what to say when. Runs as soon as the event loop is free, says only what has changed, and after an edit looks
 * only at the files whose answers can have changed.
 */
import type { Connection } from 'vscode-languageserver';
import type { Diagnostic } from 'vscode-languageserver-protocol';
import type { HostPath } from '../base/hostPath.js';
import { sameList } from '../base/lists.js';
import { type Basis, basisOf, commonBasisOf, diagnostics, filesToCheck } from '../features/diagnostics.js';
import { located } from '../features/located.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import type { HostSession, Session } from './session.js';
import { toDiagnostic } from './toLsp.js';

interface SaidOfFile {
  readonly uri: string;
  readonly text: string;
  readonly refers: ReadonlySet<HostPath>;
  /** See `basisOf`. */
  readonly basis: Basis | undefined;
}

interface Report {
  readonly uri: string;
  readonly list: Diagnostic[];
  readonly refers: ReadonlySet<HostPath>;
  readonly basis: Basis | undefined;
}

interface Said {
  /** By file: what the editor shows, under which URI, and the other files that it refers to. */
  readonly files: Map<HostPath, SaidOfFile>;
  /** What was asked of the rules. */
  asked: string;
  /** See `commonBasisOf`. */
  common: Basis;
  last: Snapshot | undefined;
  /** Revision of the names that the last report rests on. */
  names: number;
  readonly skipped: Set<string>;
}

export class Publisher {
  private readonly said = new Map<HostSession, Said>();
  private readonly waiting = new Map<HostSession, Set<HostPath>>();
  private running = false;

  constructor(
    private readonly connection: Connection,
    private readonly session: Session,
    /** The editor asks for the diagnostics of open documents itself. */
    private readonly pulls: () => boolean,
  ) {}

  /** Something about the host has changed; `path` if it was one document. */
  schedule(host: HostSession, path?: HostPath): void {
    let paths = this.waiting.get(host);
    if (!paths) this.waiting.set(host, (paths = new Set()));
    if (path) paths.add(path);
    if (this.running || this.session.awaitsSettings) return;
    this.running = true;
    setImmediate(() => void this.run());
  }

  /** Finds out what there will be to say, and says nothing yet. */
  async warmUp(host: HostSession): Promise<void> {
    const nothing: Said = { files: new Map(), last: undefined, names: 0, skipped: new Set(), asked: '', common: [] };
    try {
      await this.session.settle(host, (it) => this.report(host, it, nothing, new Set()));
    } catch {
      // The same happens when it is to be said, and is logged then.
    }
  }

  private async run(): Promise<void> {
    try {
      while (this.waiting.size > 0) {
        const [host, paths] = this.waiting.entries().next().value!;
        this.waiting.delete(host);
        await this.publish(host, paths);
      }
    } catch (error) {
      this.connection.console.error(`diagnostics failed: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      this.running = false;
      if (this.waiting.size > 0) {
        this.running = true;
        setImmediate(() => void this.run());
      }
    }
  }

  private async publish(host: HostSession, changed: ReadonlySet<HostPath>): Promise<void> {
    let said = this.said.get(host);
    if (!said)
      this.said.set(
        host,
        (said = { files: new Map(), last: undefined, names: 0, skipped: new Set(), asked: '', common: [] }),
      );
    const { snapshot, files, asked, common } = await this.session.settle(host, (it) =>
      this.report(host, it, said, changed),
    );
    const { revision } = host.memory;
    const across = said.last !== undefined && (said.last !== snapshot || said.names !== revision);
    said.last = snapshot;
    said.names = revision;
    said.asked = asked;
    said.common = common;
    for (const [path, it] of files) this.say(said, path, it);
    this.logSkipped(said, snapshot);
    if (across && this.pulls()) this.connection.languages.diagnostics.refresh();
  }

  private report(host: HostSession, snapshot: Snapshot, said: Said, changed: ReadonlySet<HostPath>) {
    const uriOf = this.session.uriOf(host.space);
    const checks = this.session.checksFor(host.space);
    const files = new Map<HostPath, Report>();
    const asked = JSON.stringify(checks);
    host.memory.names.refresh(snapshot);
    host.memory.servers.refresh(snapshot, checks.target);
    const common = commonBasisOf(snapshot, host.memory);
    const judged =
      said.asked === asked
        ? this.stirred(host, snapshot, said, common, changed)
        : new Set([...filesToCheck(snapshot, host.memory), ...said.files.keys(), ...changed]);
    for (const path of judged) {
      const uri = uriOf(path);
      // An editor asks only about what it shows; what is open out of sight is still pushed.
      if (this.session.pulled.has(uri)) {
        files.set(path, { uri, list: [], refers: NOTHING, basis: undefined });
        continue;
      }
      const basis = basisOf(snapshot, path, host.memory);
      const findings = diagnostics(snapshot, path, host.memory, checks).flatMap((it) => located(snapshot, it) ?? []);
      const others = findings.flatMap((it) => it.related.map((related) => related.file));
      const refers = others.length === 0 ? NOTHING : new Set(others);
      files.set(path, { uri, list: findings.map((it) => toDiagnostic(it, uriOf)), refers, basis });
    }
    return { snapshot, files, asked, common };
  }

  /** The files of which something else may be to be said, or that refer to places that may have moved. */
  private stirred(
    host: HostSession,
    snapshot: Snapshot,
    said: Said,
    common: Basis,
    changed: ReadonlySet<HostPath>,
  ): ReadonlySet<HostPath> {
    const stirred = new Set(changed);
    if (snapshot !== said.last && said.last) {
      // Files that came to the configuration; those that went are among those of which something was said.
      for (const list of ['nginxFiles', 'unitFiles'] as const)
        if (snapshot[list] !== said.last[list])
          for (const it of snapshot[list]) if (!said.files.has(it)) stirred.add(it);
    }
    if (!sameList(common, said.common)) {
      // Files of programs come with what is said of them.
      for (const path of host.memory.ofDeployment(snapshot).keys()) if (!said.files.has(path)) stirred.add(path);
      for (const [path, { basis }] of said.files) {
        const now = basis && basisOf(snapshot, path, host.memory);
        if (!now || !sameList(now, basis)) stirred.add(path);
      }
    }
    for (const [path, { refers }] of said.files) {
      if (refers.size === 0 || stirred.has(path)) continue;
      for (const it of refers) if (stirred.has(it)) stirred.add(path);
    }
    return stirred;
  }

  private say(said: Said, path: HostPath, { uri, list, refers, basis }: Report): void {
    const text = JSON.stringify(list);
    const before = said.files.get(path);
    // Under its old name the file must not keep old diagnostics.
    if (before && before.uri !== uri && before.text !== '[]')
      void this.connection.sendDiagnostics({ uri: before.uri, diagnostics: [] });
    const isOpen = this.session.opened.get(uri);
    const unchanged = before?.uri === uri && before.text === text;
    said.files.set(path, { uri, text, refers, basis });
    // A closed file without findings need not be mentioned; an open one is, so that a client knows it was looked at.
    if (unchanged && !isOpen) return;
    if (!before && text === '[]' && !isOpen) return;
    void this.connection.sendDiagnostics({ uri, diagnostics: [...list], ...(isOpen && { version: isOpen.version }) });
  }

  private logSkipped(said: Said, snapshot: Snapshot): void {
    for (const { path, why } of snapshot.skipped) {
      const line = `${path}: ${why}`;
      if (said.skipped.has(line)) continue;
      said.skipped.add(line);
      this.connection.console.warn(line);
    }
  }
}

const NOTHING: ReadonlySet<HostPath> = new Set();
