/** Runs the rules over a snapshot. What a rule said of a piece of text is remembered until that piece changes. */
import type { HostPath } from '../base/hostPath.js';
import { spanOf } from '../base/place.js';
import { directiveEntries } from '../catalog/nginx.js';
import { NEWEST, type NginxTarget, versionText } from '../catalog/nginxVersion.js';
import { NEWEST_SYSTEMD, type SystemdTarget } from '../catalog/systemdVersion.js';
import type { Deployment } from '../deployment/deployment.js';
import { ChunkMemory } from '../nginx/chunkMemory.js';
import type { Configuration } from '../nginx/configuration.js';
import { readingsOf } from '../nginx/configuration.js';
import { type BodyContext, type Chunk, chunksOf, contextInside, isContainer } from '../nginx/contexts.js';
import { loadsUnknownModules, unloadedModules } from '../nginx/loadedModules.js';
import type { Finding, Severity } from '../rules/rule.js';
import { type Item, itemsWithin, type NginxFile } from '../syntax/nginxSyntax.js';
import type { UnitFile } from '../syntax/unitSyntax.js';
import { kindOfUnitFile } from '../systemd/kindOfText.js';
import { isMasked, type Unit } from '../systemd/unit.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { DeploymentRulesMemory } from './deploymentFindings.js';
import { checkBody, checkDirectives } from './directiveFindings.js';
import { findingsByFile, keptWhereSame } from './findingsByFile.js';
import { withoutIgnored } from './ignores.js';
import { NamesMemory } from './namesInUse.js';
import { PartsMemory } from './partFindings.js';
import { rulesSeeing } from './rulesSeeing.js';
import { ServersMemory } from './serverFindings.js';
import { type FoundInReading, onlySomewhere } from './somewhere.js';

/** What the user asks of the rules: another severity for some, or none of them. */
export interface CheckOptions {
  readonly severities: Readonly<Record<string, Severity | 'off'>>;
  readonly target: NginxTarget;
  readonly systemd: SystemdTarget;
}

export const DEFAULT_CHECKS: CheckOptions = { severities: {}, target: NEWEST, systemd: NEWEST_SYSTEMD };

const nginxFileRules = rulesSeeing('nginxFile');
const inclusionRules = rulesSeeing('inclusion');
const unitFileRules = rulesSeeing('unitFile');
const unitRules = rulesSeeing('unit');

/**
 * What the rules have said so far. Chunks: until their text changes. Files: until any of their text changes. Units: as
 * long as they are the same object. Deployment: until it is built anew.
 */
export class FindingsMemory {
  readonly chunks = new ChunkMemory<readonly Finding[]>();
  readonly faults = new ChunkMemory<readonly Item[]>();
  readonly names = new NamesMemory();
  readonly parts = new PartsMemory();
  private readonly deploymentRules = new DeploymentRulesMemory();
  readonly servers = new ServersMemory(this.parts);
  private readonly files = new WeakMap<object, { version: number | undefined; findings: readonly Finding[] }>();
  private readonly bodies = new WeakMap<readonly Item[], Map<string, readonly Finding[]>>();
  private readonly units = new WeakMap<Unit, readonly Finding[]>();
  private inclusions:
    | { readonly of: object; readonly revision: number; readonly findings: readonly Finding[] }
    | undefined;
  private deployment: { of: Deployment; findings: ReadonlyMap<HostPath, readonly Finding[]> } | undefined;

  /** Rises when what one file says may change what is to be said of another. */
  get revision(): number {
    return this.names.revision + this.servers.revision;
  }

  ofFile(sections: object, version: number | undefined, make: () => readonly Finding[]): readonly Finding[] {
    const before = this.files.get(sections);
    if (before && before.version === version) return before.findings;
    const findings = make();
    this.files.set(sections, { version, findings });
    return findings;
  }

  ofBody(items: readonly Item[], context: BodyContext, target: NginxTarget, make: () => readonly Finding[]) {
    const key = `${context} ${target.version ? versionText(target.version) : ''}`;
    let remembered = this.bodies.get(items);
    if (!remembered) this.bodies.set(items, (remembered = new Map()));
    let findings = remembered.get(key);
    if (!findings) remembered.set(key, (findings = make()));
    return findings;
  }

  ofUnit(unit: Unit): readonly Finding[] {
    let findings = this.units.get(unit);
    if (findings) return findings;
    const found: Finding[] = [];
    if (!isMasked(unit)) for (const rule of unitRules) rule.run({ unit }, found);
    this.units.set(unit, (findings = found));
    return findings;
  }

  private ofInclusions({ configuration, host }: Snapshot): readonly Finding[] {
    const { inclusions } = configuration;
    if (this.inclusions?.of !== inclusions || this.inclusions.revision !== host.revision) {
      const findings: Finding[] = [];
      for (const inclusion of inclusions)
        for (const rule of inclusionRules) rule.run({ inclusion, configuration, host }, findings);
      this.inclusions = { of: inclusions, revision: host.revision, findings };
    }
    return this.inclusions.findings;
  }

  ofDeployment(snapshot: Snapshot): ReadonlyMap<HostPath, readonly Finding[]> {
    if (this.deployment?.of === snapshot.deployment) return this.deployment.findings;
    const found = [...this.parts.of(snapshot.deployment, snapshot.host)];
    this.deploymentRules.add(snapshot.deployment, snapshot.host, found);
    for (const unit of snapshot.units) for (const finding of this.ofUnit(unit)) found.push(finding);
    for (const finding of this.ofInclusions(snapshot)) found.push(finding);
    const findings = keptWhereSame(findingsByFile(found), this.deployment?.findings);
    this.deployment = { of: snapshot.deployment, findings };
    return findings;
  }
}

/** The files of a host of which something may be to be said: nginx's, systemd's, and those of programs that rules speak of. */
export function filesToCheck(snapshot: Snapshot, memory: FindingsMemory): Set<HostPath> {
  return new Set([...snapshot.nginxFiles, ...snapshot.unitFiles, ...memory.ofDeployment(snapshot).keys()]);
}

/** What the findings on a file rest on: as long as all of it is the same, so are the findings. */
export type Basis = readonly unknown[];

/** What the findings on all files rest on besides the text of the file itself. */
export function commonBasisOf({ configuration, ...snapshot }: Snapshot, memory: FindingsMemory): Basis {
  return [
    configuration.inclusions,
    loadsUnknownModules(configuration),
    unloadedModules(configuration),
    memory.names.revision,
    memory.servers.said,
    memory.ofDeployment({ configuration, ...snapshot }),
    snapshot.host.revision,
    snapshot.unitFiles,
  ];
}

/** As `commonBasisOf`, but for one file: of what rests on others only what is said of it. Undefined where that is not known. */
export function basisOf(snapshot: Snapshot, path: HostPath, memory: FindingsMemory): Basis | undefined {
  const { configuration } = snapshot;
  const file = snapshot.space.parsed(path);
  const fromOthers = memory.ofDeployment(snapshot).get(path);
  if (file?.language === 'systemd') return [file.sections, fromOthers];
  if (!file) return undefined;
  return [
    file.children,
    configuration.inclusions,
    loadsUnknownModules(configuration),
    unloadedModules(configuration),
    memory.names.stampOf(path),
    memory.servers.said.get(path),
    fromOthers,
  ];
}

/** Everything that the rules say about a file, in the order of its text. */
export function diagnostics(
  snapshot: Snapshot,
  path: HostPath,
  memory: FindingsMemory,
  options: CheckOptions,
): Finding[] {
  const found = [
    ...nginxFindings(snapshot, path, memory, options.target),
    ...memory.servers.of(snapshot, path, options.target),
    ...unitFindings(snapshot, path, memory, options.systemd),
    ...(memory.ofDeployment(snapshot).get(path) ?? []),
  ];
  const seen = new Map<string, { finding: Finding; start: number }>();
  const placed: { finding: Finding; start: number }[] = [];
  for (const finding of found) {
    const adjusted = withSeverity(finding, options);
    const span = adjusted && spanOf(adjusted.at);
    if (!adjusted || !span || span.file !== path) continue;
    // A file that is read in several places says the same thing there; once is enough.
    const key = `${adjusted.rule} ${span.start} ${span.end} ${adjusted.message}`;
    const before = seen.get(key);
    if (before) {
      const instances = [...(before.finding.instances ?? []), ...(adjusted.instances ?? [])];
      if (instances.length > 0) before.finding = { ...before.finding, instances };
      continue;
    }
    const it = { finding: adjusted, start: span.start };
    seen.set(key, it);
    placed.push(it);
  }
  const inOrder = placed.sort(inTextOrder).map((it) => it.finding);
  const text = snapshot.space.text(path);
  const file = snapshot.space.parsed(path);
  if (text === undefined || !file) return inOrder;
  return withoutIgnored(inOrder, file, text, (rule) => options.severities[rule] === 'off');
}

/** A total order: which rule came first depends on what was edited when. */
function inTextOrder(a: { finding: Finding; start: number }, b: { finding: Finding; start: number }): number {
  if (a.start !== b.start) return a.start - b.start;
  const [x, y] = [a.finding, b.finding].map((it) => `${it.rule} ${it.message}`) as [string, string];
  return x < y ? -1 : x > y ? 1 : 0;
}

function withSeverity(finding: Finding, { severities }: CheckOptions): Finding | undefined {
  const wanted = severities[finding.rule];
  if (wanted === 'off') return undefined;
  return wanted ? { ...finding, severity: wanted } : finding;
}

const targets = new WeakMap<NginxTarget, NginxTarget>();

/** With what the configuration says of modules; the same object as long as that is the same. */
function targetIn(configuration: Configuration, asked: NginxTarget): NginxTarget {
  const loadsUnknown = loadsUnknownModules(configuration);
  const unloaded = unloadedModules(configuration);
  if (!loadsUnknown && !unloaded) return asked;
  const before = targets.get(asked);
  if (before && before.loadsUnknown === loadsUnknown && before.unloaded === unloaded) return before;
  const target = { ...asked, loadsUnknown, ...(unloaded && { unloaded }) };
  targets.set(asked, target);
  return target;
}

function nginxFindings(snapshot: Snapshot, path: HostPath, memory: FindingsMemory, asked: NginxTarget): Finding[] {
  const ways: FoundInReading[] = [];
  const target = targetIn(snapshot.configuration, asked);
  for (const at of readingsOf(snapshot.configuration, path)) {
    const reading = snapshot.configuration.readings[at]!;
    const { file, context } = reading;
    const found: Finding[] = [];
    ways.push({ way: reading, findings: found });
    const faults = faultsOf(file, context, memory);
    found.push(...chunkFindings(file, context, faults, memory, target));
    found.push(...containerFindings(file.children, context, undefined, memory, target));
    for (const finding of memory.names.findings(snapshot, reading)) found.push(finding);
    const lines = faults.length > 0 ? snapshot.space.lines(path) : undefined;
    if (!lines) continue;
    for (const rule of nginxFileRules) rule.run({ file, faults, lines }, found);
  }
  return ways.length > 1 ? onlySomewhere(ways) : [...(ways[0]?.findings ?? [])];
}

/** Items of the file that are no well-formed directives: where braces, names or semicolons are missing or too many. */
function faultsOf(file: NginxFile, context: BodyContext, memory: FindingsMemory): readonly Item[] {
  const faults: Item[] = [];
  const chunks = chunksOf(file.children, context);
  for (const found of memory.faults.each(file, chunks, '', faultsOfChunk))
    if (found !== NO_FAULTS) for (const it of found) faults.push(it);
  return faults;
}

function faultsOfChunk({ item, headOnly }: Chunk): readonly Item[] {
  if (!headOnly) return faultsWithin(item);
  return isFault(item) ? [item] : NO_FAULTS;
}

function faultsWithin(item: Item): readonly Item[] {
  const faults: Item[] = [];
  for (const it of itemsWithin([item])) if (isFault(it)) faults.push(it);
  return faults.length > 0 ? faults : NO_FAULTS;
}

const NO_FAULTS: readonly Item[] = [];

function isFault(item: Item): boolean {
  if (item.kind === 'simple') return item.close === undefined;
  return item.isDirective ? item.close === undefined : item.kind !== 'comment';
}

/** While braces do not match, the blocks around a directive are guesses. */
function unbalances(item: Item): boolean {
  if (item.kind === 'simple') return directiveEntries(item.name).some((it) => it.block);
  return item.kind !== 'bom' && item.kind !== 'stray-semicolon';
}

function chunkFindings(
  file: NginxFile,
  context: BodyContext,
  faults: readonly Item[],
  memory: FindingsMemory,
  target: NginxTarget,
): Finding[] {
  const found: Finding[] = [];
  const version = `${target.version ? ` ${versionText(target.version)}` : ''} ${target.loadsUnknown === true} ${target.unloaded?.join() ?? ''} ${target.modules?.join(' ') ?? ''}`;
  const unbalanced = faults.some(unbalances);
  const variant = `${unbalanced ? ' unbalanced' : ''}${version}`;
  const lists = memory.chunks.each(
    file,
    chunksOf(file.children, context),
    variant,
    ({ item, context: at, headOnly }) => {
      const into: Finding[] = [];
      if (item.isDirective) checkDirectives({ unbalanced, target }, item, at, !headOnly, into);
      return into.length > 0 ? into : NO_FINDINGS;
    },
  );
  for (const list of lists) if (list !== NO_FINDINGS) for (const finding of list) found.push(finding);
  return found;
}

const NO_FINDINGS: readonly Finding[] = [];

/** What is said of the bodies whose children are chunks of their own: the top of the file, http, stream and mail. */
function* containerFindings(
  items: readonly Item[],
  context: BodyContext,
  owner: Item | undefined,
  memory: FindingsMemory,
  target: NginxTarget,
): Generator<Finding> {
  yield* memory.ofBody(items, context, target, () => {
    const into: Finding[] = [];
    checkBody(items, context, owner, target, into);
    return into;
  });
  for (const item of items) {
    const inside = item.children && contextInside(item, context);
    if (inside && isContainer(inside)) yield* containerFindings(item.children, inside, item, memory, target);
  }
}

function unitFindings(
  snapshot: Snapshot,
  path: HostPath,
  memory: FindingsMemory,
  target: SystemdTarget,
): readonly Finding[] {
  if (!isUnitFile(snapshot, path)) return [];
  const file = snapshot.space.file(path, 'systemd') as UnitFile | undefined;
  if (!file) return [];
  const kind = kindOfUnitFile(file);
  return memory.ofFile(file.sections, target.version, () => {
    const into: Finding[] = [];
    for (const rule of unitFileRules) rule.run({ file, kind, target }, into);
    return into;
  });
}

const unitPaths = new WeakMap<readonly HostPath[], ReadonlySet<HostPath>>();

function isUnitFile({ unitFiles }: Snapshot, path: HostPath): boolean {
  let paths = unitPaths.get(unitFiles);
  if (!paths) unitPaths.set(unitFiles, (paths = new Set(unitFiles)));
  return paths.has(path);
}
