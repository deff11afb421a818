/**
 * One host and all that is remembered of it: open texts, parsed files, the configuration, the deployment. The only
 * mutable state above `host`.
 */
import { fileName, type HostPath } from '../base/hostPath.js';
import type { LineIndex, TextChange } from '../base/lineIndex.js';
import { LineIndex as Lines } from '../base/lineIndex.js';
import { directiveEntries } from '../catalog/nginx.js';
import { buildDeployment, type Deployment, DeploymentMemory } from '../deployment/deployment.js';
import { isText } from '../host/host.js';
import { type AtOnce, type Coverage, NOT_YET, RememberedHost } from '../host/remembered.js';
import { buildConfiguration, type Configuration, MAIN_FILES, withChangedFacts } from '../nginx/configuration.js';
import { FactsMemory } from '../nginx/facts.js';
import { guessedContext } from '../nginx/guessedContext.js';
import { type DirectiveNames, NginxDocument, parseNginx } from '../syntax/nginxDocument.js';
import type { NginxFile } from '../syntax/nginxSyntax.js';
import { parseUnit, UnitDocument } from '../syntax/unitDocument.js';
import type { UnitFile } from '../syntax/unitSyntax.js';
import type { Unit } from '../systemd/unit.js';
import { type Discovered, discover, type Language, type Skipped } from './discovery.js';
import { enabledInstances } from './enabledInstances.js';
import { UnitsMemory } from './unitsMemory.js';

export type { Language } from './discovery.js';

type OpenDocument = NginxDocument | UnitDocument;

interface Closed {
  /** The very text that was parsed: another string means the file has changed. */
  readonly text: string;
  readonly file: NginxFile | UnitFile;
  lines: LineIndex | undefined;
}

interface Current {
  readonly snapshot: Snapshot;
  readonly found: Discovered;
  readonly hostRevision: number;
  readonly opened: number;
  readonly units: number;
  readonly further: number;
}

/** What the features see: everything at one revision. Valid until the next change. */
export interface Snapshot {
  readonly space: HostSpace;
  readonly host: RememberedHost;
  readonly configuration: Configuration;
  readonly units: readonly Unit[];
  readonly deployment: Deployment;
  readonly nginxFiles: readonly HostPath[];
  readonly unitFiles: readonly HostPath[];
  /** What looked like configuration and could not be read, with the reason. */
  readonly skipped: readonly Skipped[];
}

const directiveNames: DirectiveNames = {
  isDirective: (name) => directiveEntries(name).length > 0,
  opensBlock: (name) => directiveEntries(name).some((it) => it.block),
};

export class HostSpace {
  readonly host: RememberedHost;
  /** Counts how often the join was made anew: typing that no other file can see must not raise it. */
  deploymentsBuilt = 0;
  readonly facts = new FactsMemory();
  /** Folders that are searched beside the usual ones, because somebody asked for them. */
  readonly further = new Set<HostPath>();
  private readonly open = new Map<HostPath, OpenDocument>();
  /** Emptied per path when the text differs, and of paths that are gone when the host's revision changes. */
  private readonly closed = new Map<HostPath, Closed>();
  /** Replaced when the host's revision, an open file's facts, an open unit or the set of open files change. */
  private current: Current | undefined;
  private readonly unitsMemory: UnitsMemory;
  private readonly deploymentMemory: DeploymentMemory;
  private openedCount = 0;
  private unitsRevision = 0;
  private edits = 0;

  constructor(
    /** The folder of our machine that is the host's `/`. */
    readonly root: string,
    coverage: Coverage,
    /** Files that belong to this host although no convention finds them, with their language. */
    readonly named = new Map<HostPath, Language>(),
    atOnce?: AtOnce,
  ) {
    this.host = new RememberedHost(coverage, atOnce);
    this.unitsMemory = new UnitsMemory(this.host);
    this.deploymentMemory = new DeploymentMemory(this.host);
  }

  openDocument(path: HostPath, language: Language, text: string): void {
    this.closeDocument(path);
    this.open.set(
      path,
      language === 'nginx' ? new NginxDocument(path, text, directiveNames) : new UnitDocument(path, text),
    );
    this.named.set(path, language);
    this.openedCount++;
  }

  /** Applies one edit to an open document. */
  editDocument(path: HostPath, change: TextChange): void {
    const document = this.open.get(path);
    document?.edit(change);
    this.edits++;
    if (document instanceof UnitDocument) this.unitsRevision++;
  }

  closeDocument(path: HostPath): void {
    const document = this.open.get(path);
    if (!document) return;
    document.dispose();
    this.open.delete(path);
    // What is on the disk may differ from what was in the editor.
    this.host.forget(path);
    this.openedCount++;
  }

  /** Rises with every change of any text, so that what was concluded from all of them is looked at once and not per file. */
  get textsRevision(): number {
    return this.edits + this.openedCount + this.host.revision;
  }

  /** Between two states of the host's revision and of the set of open files, only the texts of these change. */
  get openPaths(): Iterable<HostPath> {
    return this.open.keys();
  }

  isOpen(path: HostPath): boolean {
    return this.open.has(path);
  }

  document(path: HostPath): OpenDocument | undefined {
    return this.open.get(path);
  }

  /** The parsed file, from the editor if it is open there, else from the disk. */
  file(path: HostPath, language: Language): NginxFile | UnitFile | undefined {
    const document = this.open.get(path);
    if (document) return document.file.language === language ? document.file : undefined;
    const answer = this.host.read(path);
    if (!answer.known || !isText(answer.value)) return undefined;
    const { text } = answer.value;
    const before = this.closed.get(path);
    if (before && before.text === text && before.file.language === language) return before.file;
    const file = language === 'nginx' ? parseNginx(path, text, directiveNames) : parseUnit(path, text);
    this.closed.set(path, { text, file, lines: undefined });
    return file;
  }

  /** The file as it was parsed last, whatever its language; undefined if nobody has asked for it yet. */
  parsed(path: HostPath): NginxFile | UnitFile | undefined {
    return this.open.get(path)?.file ?? this.closed.get(path)?.file;
  }

  /** The text of a file as it is seen now; undefined when there is none to be had. */
  text(path: HostPath): string | undefined {
    const document = this.open.get(path);
    if (document) return document.text;
    const answer = this.host.read(path);
    return answer.known && isText(answer.value) ? answer.value.text : undefined;
  }

  lines(path: HostPath): LineIndex | undefined {
    const document = this.open.get(path);
    if (document) return document.lines;
    const closed = this.closed.get(path);
    const text = this.text(path);
    if (text === undefined) return undefined;
    if (closed && closed.text === text) return (closed.lines ??= Lines.of(text));
    return Lines.of(text);
  }

  realPath(path: HostPath): HostPath {
    const facts = this.host.stat(path);
    return facts.known && facts.value ? facts.value.real : path;
  }

  /** Everything as it is now. If the host notes questions meanwhile, fetch them and ask again. */
  snapshot(): Snapshot {
    const before = this.current;
    const sameFiles =
      before?.hostRevision === this.host.revision &&
      before.opened === this.openedCount &&
      before.further === this.further.size;
    const kept = sameFiles ? this.withChangedFacts(before.snapshot.configuration) : undefined;
    if (before && kept === before.snapshot.configuration && before.units === this.unitsRevision) return before.snapshot;
    const hostRevision = this.host.revision;
    const found = sameFiles ? before.found : this.discovered();
    const snapshot = this.build(found, sameFiles ? before.snapshot : undefined, kept);
    const { openedCount: opened, unitsRevision: units } = this;
    this.current = { snapshot, found, hostRevision, opened, units, further: this.further.size };
    return snapshot;
  }

  /**
   * `before`: the last snapshot, if the host and the set of open files are what they were; `kept`: its configuration, if
   * the includes are.
   */
  private build(found: Discovered, before: Snapshot | undefined, kept: Configuration | undefined): Snapshot {
    this.deploymentsBuilt++;
    const sources = {
      host: this.host,
      realPath: (path: HostPath) => this.realPath(path),
      file: (path: HostPath) => this.file(path, 'nginx') as NginxFile | undefined,
    };
    const configuration = kept ?? buildConfiguration(sources, this.facts, this.mainFile(found), found.nginx);
    const unitSources = {
      ...sources,
      file: (path: HostPath) => this.file(path, 'systemd') as UnitFile | undefined,
      isOpen: (path: HostPath) => this.open.has(path),
    };
    const units = this.unitsMemory.of(found.units, unitSources, this.openedCount);
    const deployed = [...units, ...enabledInstances(units, this.host)];
    const deployment = buildDeployment(configuration, deployed, this.deploymentMemory);
    const nginxFiles = kept ? before!.nginxFiles : [...new Set(configuration.readings.map((it) => it.file.path))];
    return {
      space: this,
      host: this.host,
      configuration,
      units,
      deployment,
      nginxFiles,
      unitFiles: found.units,
      skipped: before?.skipped ?? this.skipped(found),
    };
  }

  /** Of the files only open ones can have changed without the host's knowledge. */
  private withChangedFacts(configuration: Configuration): Configuration | undefined {
    return withChangedFacts(configuration, this.facts, this.open.keys());
  }

  private mainFile(found: Discovered): HostPath | undefined {
    for (const path of MAIN_FILES) {
      const facts = this.host.stat(path);
      if (this.open.has(path) || (facts.known && facts.value)) return path;
    }
    // Repositories call a site's file nginx.conf as well: only one that reads like a main file is one.
    return found.nginx.find((it) => {
      const file =
        fileName(it) === 'nginx.conf' ? (this.file(this.realPath(it), 'nginx') as NginxFile | undefined) : undefined;
      return file && guessedContext(file) === 'main';
    });
  }

  private discovered(): Discovered {
    const found = discover(this.host, this.further);
    const nginx = new Set(found.nginx);
    const units = new Set(found.units);
    for (const [path, language] of this.named) {
      const real = this.realPath(path);
      (language === 'nginx' ? nginx : units).add(real);
      (language === 'nginx' ? units : nginx).delete(real);
    }
    return {
      skipped: found.skipped,
      nginx: [...nginx],
      units: [...units],
    };
  }

  private skipped(found: Discovered): Skipped[] {
    const skipped = [...found.skipped];
    for (const path of [...found.nginx, ...found.units]) {
      if (this.open.has(path)) continue;
      const answer = this.host.read(path);
      if (!answer.known) {
        if (answer.why !== NOT_YET) skipped.push({ path, why: `it cannot be read (${answer.why})` });
      } else if (!answer.value) skipped.push({ path, why: 'it was deleted while being read' });
      else if (!isText(answer.value)) skipped.push({ path, why: answer.value.detail });
      else if (answer.value.invalidUtf8)
        skipped.push({ path, why: 'some bytes are not UTF-8; they are read as U+FFFD' });
    }
    return skipped;
  }

  dispose(): void {
    for (const document of this.open.values()) document.dispose();
    this.open.clear();
  }
}
