/** The exposure of a service with what would lower it: as a report, a lens and a refactoring into a drop-in. */
import { directoryOf, type HostPath, joinPath } from '../base/hostPath.js';
import type { SystemdTarget } from '../catalog/systemdVersion.js';
import { placeOfHeader } from '../syntax/unitSyntax.js';
import { type Exposure, exposureOf } from '../systemd/security/exposure.js';
import { valuesOf } from '../systemd/security/ofUnit.js';
import { dropInText, exposureWith, type Suggestion, suggestionsFor } from '../systemd/security/suggestions.js';
import type { Unit } from '../systemd/unit.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { type LocatedRange, locate } from './located.js';

export interface Hardening {
  readonly unit: Unit;
  readonly exposure: Exposure;
  readonly suggestions: readonly Suggestion[];
  /** After all suggestions that are safe. */
  readonly after: Exposure;
}

export interface Refactoring {
  readonly title: string;
  readonly creates: { readonly file: HostPath; readonly text: string };
}

/** Undefined for files that define no service. Computed on request: some thirty assessments of 81 rows each. */
export function hardening(snapshot: Snapshot, path: HostPath, systemd: SystemdTarget): Hardening | undefined {
  const real = snapshot.space.realPath(path);
  const unit = snapshot.units.find((it) => it.name.type === 'service' && it.fragment?.path === real);
  return unit && hardeningOf(unit, systemd);
}

export function hardeningOf(unit: Unit, { version }: SystemdTarget): Hardening {
  const values = valuesOf(unit);
  const suggestions = suggestionsFor(values, version);
  const after = exposureWith(values, safeOnes(suggestions), version);
  return { unit, exposure: exposureOf(values, version), suggestions, after };
}

function safeOnes(suggestions: readonly Suggestion[]): Suggestion[] {
  return suggestions.filter((it) => it.risk === 'safe');
}

/** Writes the safe suggestions into a drop-in beside the unit; undefined when there are none or the file exists. */
export function hardeningRefactoring(
  snapshot: Snapshot,
  path: HostPath,
  systemd: SystemdTarget,
): Refactoring | undefined {
  const found = hardening(snapshot, path, systemd);
  const safe = found && safeOnes(found.suggestions);
  if (!found || !safe || safe.length === 0) return undefined;
  const file = joinPath(joinPath(directoryOf(path), `${found.unit.name.full}.d`), 'hardening.conf');
  const there = snapshot.host.stat(file);
  if (there.known && there.value) return undefined;
  const { full } = found.unit.name;
  return {
    title: `Harden ${full} in ${full}.d/hardening.conf: exposure ${found.exposure.text} to ${found.after.text}`,
    creates: { file, text: dropInText(safe) },
  };
}

/** The line above [Service]: the exposure in a word. Undefined for files that define no service. */
export function hardeningLens(
  snapshot: Snapshot,
  path: HostPath,
  systemd: SystemdTarget,
): { title: string; range: LocatedRange } | undefined {
  const found = hardening(snapshot, path, systemd);
  const section = found?.unit.fragment?.sections.find((it) => it.name === 'Service');
  const at = section && locate(snapshot, placeOfHeader(section));
  if (!found || !at) return undefined;
  return { title: `exposure ${found.exposure.text} ${found.exposure.level}: show`, range: at.range };
}

const RISK_WORDS = { safe: 'safe', test: 'test it', breaking: 'breaks apps' };

/** A report in Markdown: the exposure, what would lower it, and the rows that make it up. */
export function hardeningReport({ unit, exposure, suggestions, after }: Hardening): string {
  const rows = exposure.table.filter((it) => (it.badness ?? 0) > 0).sort((a, b) => b.share - a.share);
  return [
    `# ${unit.name.full}: exposure ${exposure.text} ${exposure.level}`,
    suggestions.length === 0
      ? 'Nothing that we know of would lower it without changing what the service is.'
      : `With the safe ones below: ${after.text} ${after.level}.`,
    '| setting | gain | risk | what it breaks |\n| --- | --- | --- | --- |\n' +
      suggestions
        .map((it) => `| \`${it.key}=${it.value}\` | ${points(it.gain)} | ${RISK_WORDS[it.risk]} | ${it.breaks ?? ''} |`)
        .join('\n'),
    '## What makes it up',
    '| not confined | share |\n| --- | --- |\n' +
      rows.map((it) => `| \`${it.assessment.id.replaceAll('|', '\\|')}\` | ${points(it.share)} |`).join('\n'),
    '',
  ].join('\n\n');
}

function points(value: number): string {
  return (value / 10).toFixed(2);
}
