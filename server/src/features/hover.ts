/** What is shown when the pointer rests on something. */
import type { HostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { directiveEntries, directiveIn } from '../catalog/nginx.js';
import { keyEntry } from '../catalog/systemd.js';
import { placeOfWord } from '../syntax/nginxSyntax.js';
import { placeInValue, placeOfHeader, placeOfKey } from '../syntax/unitSyntax.js';
import { kindOfUnitFile } from '../systemd/kindOfText.js';
import { expandSpecifiers } from '../systemd/specifiers.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { type NginxAt, nginxAt, type UnitAt, unitAt } from './at.js';
import type { Docs } from './docs.js';
import { directiveDocumentation, keyDocumentation, manualLinks, variableDocumentation } from './documentation.js';
import { effectiveText } from './effectiveText.js';
import { lineFromUnit, lineToTheApp } from './lineHover.js';
import { type LocatedRange, locate } from './located.js';
import { timeText } from './timeText.js';

export interface Hover {
  readonly markdown: string;
  readonly range: LocatedRange;
}

export function hover(snapshot: Snapshot, path: HostPath, offset: number, docs: Docs): Hover | undefined {
  const nginx = nginxAt(snapshot, path, offset);
  const found = nginx
    ? nginxHover(snapshot, nginx, offset, docs)
    : unitHover(snapshot, path, unitAt(snapshot, path, offset), offset, docs);
  const range = found && locate(snapshot, found.at)?.range;
  return found && range ? { markdown: found.markdown, range } : undefined;
}

interface Text {
  readonly markdown: string;
  readonly at: Place;
}

function nginxHover(snapshot: Snapshot, at: NginxAt, offset: number, docs: Docs): Text | undefined {
  const { item, word, index, context } = at;
  if (!item || !word || context === 'data') return undefined;
  if (index === 0) {
    const markdown = directiveText(item.name, at, docs);
    return markdown === undefined ? undefined : { markdown, at: placeOfWord(item, word) };
  }
  const within = offset - at.start - word.start;
  for (const match of word.raw.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g)) {
    if (within < match.index || within > match.index + match[0].length) continue;
    const text = variableDocumentation(match[1]!, docs);
    const start = word.start + match.index;
    if (text) return { markdown: text, at: { node: item, start, end: start + match[0].length } };
  }
  const line = lineToTheApp(snapshot, at);
  return line === undefined ? undefined : { markdown: line, at: placeOfWord(item, word) };
}

function directiveText(name: string, { context }: NginxAt, docs: Docs): string | undefined {
  const entry =
    (context !== 'unknown' && context !== 'data' && directiveIn(name, context)) || directiveEntries(name)[0];
  return entry && directiveDocumentation(entry, docs);
}

function unitHover(
  snapshot: Snapshot,
  path: HostPath,
  at: UnitAt | undefined,
  offset: number,
  docs: Docs,
): Text | undefined {
  if (!at?.section) return undefined;
  const kind = kindOfUnitFile(at.file);
  const { section, entry } = at;
  if (at.on === 'header') {
    return {
      markdown: `**[${section.name}]** of a .${kind.type} file: ${manualLinks(sectionPage(section.name), '', docs)}`,
      at: placeOfHeader(section),
    };
  }
  if (entry?.kind !== 'assignment') return undefined;
  if (at.on === 'key') {
    const key = keyEntry(section.name, entry.key, kind.type);
    if (!key) return undefined;
    const effective = effectiveText(snapshot, at.file, section.name, entry.key);
    return {
      markdown: keyDocumentation(key, docs, effective),
      at: placeOfKey(entry),
    };
  }
  return specifierHover(at, kind.unit, offset) ?? timeHover(at, kind.type) ?? lineFromUnit(snapshot, path, offset);
}

function specifierHover({ entry, start }: UnitAt, unit: string, offset: number): Text | undefined {
  for (const match of entry!.value.matchAll(/%[A-Za-z%]/g)) {
    const place = placeInValue(entry!, match.index, match.index + 2);
    if (offset - start < place.start || offset - start > place.end) continue;
    const type = /\.([a-z]+)$/.exec(unit)?.[1] ?? 'service';
    const prefix = unit.replace(/(?:@.*)?\.[a-z]+$/, '');
    const instance = /@([^.]*)\./.exec(unit)?.[1];
    const value = expandSpecifiers(match[0], { full: unit, prefix, instance, type: type as never });
    const markdown =
      value === undefined
        ? `**${match[0]}** depends on the machine or the instance.`
        : `**${match[0]}** is \`${value}\` in ${unit}.`;
    return { markdown, at: place };
  }
  return undefined;
}

function timeHover({ section, entry }: UnitAt, type: string): Text | undefined {
  const markdown = timeText(section!.name, entry!.key, type, entry!.value);
  if (markdown === undefined) return undefined;
  return { markdown, at: placeInValue(entry!, 0, entry!.value.length) };
}

function sectionPage(section: string): string {
  const own = ['Unit', 'Install'].includes(section) ? 'unit' : section.toLowerCase();
  return `systemd.${own}(5)`;
}
