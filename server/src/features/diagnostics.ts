/** Runs the rules over a snapshot. What a rule said of a piece of text is remembered until that piece changes. */
import type { HostPath } from '../base/hostPath.js';
import { fileOf, spanOf } from '../base/place.js';
import { directiveEntries } from '../catalog/nginx.js';
import { existsIn, NEWEST, type NginxTarget, versionText } from '../catalog/nginxVersion.js';
import { NEWEST_SYSTEMD, type SystemdTarget } from '../catalog/systemdVersion.js';
import type { Deployment } from '../deployment/deployment.js';
import type { Configuration, Reading } from '../nginx/configuration.js';
import { type BodyContext, chunksOf, contextInside, isContainer } from '../nginx/contexts.js';
import { loadsUnknownModules } from '../nginx/loadedModules.js';
import { allRules } from '../rules/all.generated.js';
import type { Finding, Rule, Severity } from '../rules/rule.js';
import type { DirectiveView, Views } from '../rules/views.js';
import { type Item, itemsWithin, type NginxFile } from '../syntax/nginxSyntax.js';
import type { UnitFile } from '../syntax/unitSyntax.js';
import { kindOfUnitFile } from '../systemd/kindOfText.js';
import { isMasked, type Unit } from '../systemd/unit.js';
import { ChunkMemory } from '../workspace/chunkMemory.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { DeploymentRulesMemory } from './deploymentFindings.js';
import { withoutIgnored } from './ignores.js';
import { NamesMemory } from './namesInUse.js';
import { PartsMemory } from './partFindings.js';
import { ServersMemory } from './serverFindings.js';
import { type FoundInReading, onlySomewhere } from './somewhere.js';

/** What the user asks of the rules: another severity for some, or none of them. */
export interface CheckOptions {
  readonly severities: Readonly<Record<string, Severity | 'off'>>;
  readonly target: NginxTarget;
  readonly systemd: SystemdTarget;
}

export const DEFAULT_CHECKS: CheckOptions = { severities: {}, target: NEWEST, systemd: NEWEST_SYSTEMD };

function rulesSeeing<V extends keyof Views>(sees: V): readonly Rule<V>[] {
  return allRules.filter((it) => it.sees === sees) as unknown as readonly Rule<V>[];
}

const directiveRules = rulesSeeing('directive');
const namesRules = rulesSeeing('names');
const entriesRules = rulesSeeing('entries');
const bodyRules = rulesSeeing('body');
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
  private readonly bodies = new WeakMap<readonly Item[], Map<BodyContext, readonly Finding[]>>();
  private readonly units = new WeakMap<Unit, readonly Finding[]>();
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

  ofBody(items: readonly Item[], context: BodyContext, make: () => readonly Finding[]): readonly Finding[] {
    let remembered = this.bodies.get(items);
    if (!remembered) this.bodies.set(items, (remembered = new Map()));
    let findings = remembered.get(context);
    if (!findings) remembered.set(context, (findings = make()));
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

  ofDeployment(snapshot: Snapshot): ReadonlyMap<HostPath, readonly Finding[]> {
    if (this.deployment?.of === snapshot.deployment) return this.deployment.findings;
    const found = [...this.parts.of(snapshot.deployment, snapshot.host)];
    this.deploymentRules.add(snapshot.deployment, snapshot.host, found);
    for (const unit of snapshot.units) for (const finding of this.ofUnit(unit)) found.push(finding);
    for (const inclusion of snapshot.configuration.inclusions) {
      const view = { inclusion, configuration: snapshot.configuration, host: snapshot.host };
      for (const rule of inclusionRules) rule.run(view, found);
    }
    const byFile = new Map<HostPath, Finding[]>();
    for (const finding of found) {
      const file = fileOf(finding.at);
      const list = file && byFile.get(file);
      if (list) list.push(finding);
      else if (file) byFile.set(file, [finding]);
    }
    // Files of which the same is said keep their list, so that nobody need look at them.
    const before = this.deployment?.findings;
    for (const [file, list] of byFile) {
      const same = before?.get(file);
      if (same && same.length === list.length && list.every((it, i) => it === same[i]))
        byFile.set(file, same as Finding[]);
    }
    this.deployment = { of: snapshot.deployment, findings: byFile };
    return byFile;
  }
}

/** A file's own text, and what is said of it because of others. */
export type Basis = readonly [own: object, fromOthers: object | undefined];

/**
 * What the findings on a unit file rest on, for files that nginx does not read: as long as all of it is the same, so are
 * the findings. Undefined for other files.
 */
export function basisOf(snapshot: Snapshot, path: HostPath, memory: FindingsMemory): Basis | undefined {
  const file = snapshot.space.parsed(path);
  if (file?.language !== 'systemd') return undefined;
  return [file.sections, memory.ofDeployment(snapshot).get(path)];
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
  const seen = new Set<string>();
  const placed: { finding: Finding; start: number }[] = [];
  for (const finding of found) {
    const adjusted = withSeverity(finding, options);
    const span = adjusted && spanOf(adjusted.at);
    if (!adjusted || !span || span.file !== path) continue;
    // A file that is read in several places says the same thing there; once is enough.
    const key = `${adjusted.rule} ${span.start} ${span.end} ${adjusted.message}`;
    if (seen.has(key)) continue;
    seen.add(key);
    placed.push({ finding: adjusted, start: span.start });
  }
  const inOrder = placed.sort((a, b) => a.start - b.start).map((it) => it.finding);
  const text = snapshot.space.text(path);
  const file = snapshot.space.parsed(path);
  if (text === undefined || !file) return inOrder;
  return withoutIgnored(inOrder, file, text, (rule) => options.severities[rule] === 'off');
}

function withSeverity(finding: Finding, { severities }: CheckOptions): Finding | undefined {
  const wanted = severities[finding.rule];
  if (wanted === 'off') return undefined;
  return wanted ? { ...finding, severity: wanted } : finding;
}

function nginxFindings(snapshot: Snapshot, path: HostPath, memory: FindingsMemory, asked: NginxTarget): Finding[] {
  const ways: FoundInReading[] = [];
  const lines = snapshot.space.lines(path);
  const loadsUnknown = loadsUnknownModules(snapshot.configuration);
  const target = loadsUnknown ? { ...asked, loadsUnknown } : asked;
  for (const reading of readingsOf(snapshot.configuration, path)) {
    const { file, context } = reading;
    if (!lines) continue;
    const found: Finding[] = [];
    ways.push({ way: reading, findings: found });
    const faults = faultsOf(file, context, memory);
    found.push(...chunkFindings(file, context, faults, memory, target));
    found.push(...containerFindings(file.children, context, undefined, memory));
    const names = memory.names.view(snapshot, reading);
    if (names) for (const rule of namesRules) rule.run(names, found);
    if (faults.length === 0) continue;
    for (const rule of nginxFileRules) rule.run({ file, faults, lines }, found);
  }
  return ways.length > 1 ? onlySomewhere(ways) : [...(ways[0]?.findings ?? [])];
}

const readingsByPath = new WeakMap<Configuration, ReadonlyMap<HostPath, readonly Reading[]>>();

function readingsOf(configuration: Configuration, path: HostPath): readonly Reading[] {
  let byPath = readingsByPath.get(configuration);
  if (!byPath) {
    const made = new Map<HostPath, Reading[]>();
    for (const it of configuration.readings) {
      const same = made.get(it.file.path);
      if (same) same.push(it);
      else made.set(it.file.path, [it]);
    }
    readingsByPath.set(configuration, (byPath = made));
  }
  return byPath.get(path) ?? [];
}

/** Items of the file that are no well-formed directives: where braces, names or semicolons are missing or too many. */
function faultsOf(file: NginxFile, context: BodyContext, memory: FindingsMemory): readonly Item[] {
  const faults: Item[] = [];
  for (const { item, context: at, headOnly } of chunksOf(file.children, context)) {
    if (headOnly) {
      if (isFault(item)) faults.push(item);
      continue;
    }
    for (const it of memory.faults.get(item, at, '', () => [...itemsWithin([item])].filter(isFault))) faults.push(it);
  }
  return faults;
}

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
  const version = `${target.version ? ` ${versionText(target.version)}` : ''} ${target.loadsUnknown === true} ${target.modules?.join(' ') ?? ''}`;
  const unbalanced = faults.some(unbalances);
  for (const { item, context: at, headOnly } of chunksOf(file.children, context)) {
    if (!item.isDirective) continue;
    const variant = `${headOnly ? 'head' : 'all'}${unbalanced ? ' unbalanced' : ''}${version}`;
    const findings = memory.chunks.get(item, at, variant, () => {
      const into: Finding[] = [];
      checkDirectives({ unbalanced, target }, item, at, !headOnly, into);
      return into;
    });
    for (const finding of findings) found.push(finding);
  }
  return found;
}

function checkDirectives(
  about: Pick<DirectiveView, 'unbalanced' | 'target'>,
  directive: Item,
  context: BodyContext,
  inside: boolean,
  into: Finding[],
): void {
  if (!directive.isDirective) return;
  const isEntry = context === 'data';
  const entries = isEntry ? [] : directiveEntries(directive.name).filter((it) => existsIn(it, about.target));
  const view: DirectiveView = { directive, context, entries, ...about };
  for (const rule of directiveRules) rule.run(view, into);
  if (!inside || !directive.children) return;
  const below = contextInside(directive, context);
  if (below === 'data' && !about.unbalanced)
    for (const rule of entriesRules) rule.run({ owner: directive, items: directive.children }, into);
  checkBody(directive.children, below, directive, into);
  for (const child of directive.children) checkDirectives(about, child, below, true, into);
}

function checkBody(items: readonly Item[], context: BodyContext, owner: Item | undefined, into: Finding[]): void {
  if (context === 'data' || context === 'unknown') return;
  for (const rule of bodyRules) rule.run({ items, context, owner }, into);
}

/** What is said of the bodies whose children are chunks of their own: the top of the file, http, stream and mail. */
function* containerFindings(
  items: readonly Item[],
  context: BodyContext,
  owner: Item | undefined,
  memory: FindingsMemory,
): Generator<Finding> {
  yield* memory.ofBody(items, context, () => {
    const into: Finding[] = [];
    checkBody(items, context, owner, into);
    return into;
  });
  for (const item of items) {
    const inside = item.children && contextInside(item, context);
    if (inside && isContainer(inside)) yield* containerFindings(item.children, inside, item, memory);
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
