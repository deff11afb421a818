/** What is shown when the pointer rests on something. */
import { addressText, answers } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { directiveEntries, directiveIn, type NginxDirective } from '../catalog/nginx.js';
import { keyEntry } from '../catalog/systemd.js';
import { placeOfWord } from '../syntax/nginxSyntax.js';
import { placeInValue, placeOfHeader, placeOfKey } from '../syntax/unitSyntax.js';
import { kindOfUnitFile } from '../systemd/kindOfText.js';
import { expandSpecifiers } from '../systemd/specifiers.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { type NginxAt, nginxAt, type UnitAt, unitAt } from './at.js';
import type { Docs, NginxDirectiveDocs } from './docs.js';
import { effectiveText } from './effectiveText.js';
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
    : unitHover(snapshot, unitAt(snapshot, path, offset), offset, docs);
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
    const text = variableText(match[1]!, docs);
    const start = word.start + match.index;
    if (text) return { markdown: text, at: { node: item, start, end: start + match[0].length } };
  }
  if (index !== 1) return undefined;
  const line = lineToTheApp(snapshot, at);
  return line === undefined ? undefined : { markdown: line, at: placeOfWord(item, word) };
}

function directiveText(name: string, { context }: NginxAt, docs: Docs): string | undefined {
  const entry =
    (context !== 'unknown' && context !== 'data' && directiveIn(name, context)) || directiveEntries(name)[0];
  if (!entry) return undefined;
  const official = docs.nginx()?.directives[name] ?? [];
  const page = official.find((it) => it.module === entry.module) ?? (entry.thirdParty ? undefined : official[0]);
  return page ? officialText(name, page, entry) : catalogText(entry);
}

function officialText(name: string, page: NginxDirectiveDocs, { docsUrl, since }: NginxDirective): string {
  const syntax = page.syntax.map((it) => `**${name}** ${it}`).join('  \n');
  const facts = [
    page.default ? `Default: \`${page.default}\`` : undefined,
    `Context: ${page.contexts.join(', ')}`,
    // Records of the first versions are guesses from the sources, and nobody runs those.
    since && !since.startsWith('0.') ? `Since ${since}` : undefined,
  ].filter((it) => it !== undefined);
  const link = docsUrl ? `\n\n[${page.module} on nginx.org](${docsUrl})` : '';
  return `${syntax}\n\n${facts.join('  \n')}\n\n---\n\n${page.description}${link}`;
}

function catalogText(entry: NginxDirective): string {
  const { name, module, contexts, args, docsUrl } = entry;
  const count =
    args.max === null ? `${args.min} or more` : args.min === args.max ? `${args.min}` : `${args.min} to ${args.max}`;
  const origin = entry.commercial ? ', part of NGINX Plus' : entry.thirdParty ? ', a third-party module' : '';
  return [
    `**${name}** of \`${module}\`${origin}`,
    `Arguments: ${args.flag ? '`on` or `off`' : count}  \nContext: ${contexts.join(', ')}`,
    ...(docsUrl ? [`[Documentation](${docsUrl})`] : []),
  ].join('\n\n');
}

function variableText(name: string, docs: Docs): string | undefined {
  const variables = docs.nginx()?.variables ?? {};
  const family = Object.keys(variables).find(
    (it) => /_(?:name)?$|_$/.test(it) && name.startsWith(it.replace(/name$/, '')),
  );
  const found = variables[name] ?? (family === undefined ? undefined : variables[family]);
  return found && `**$${name}** of \`${found.module}\`\n\n${found.description}`;
}

/** Which unit answers a connection, and which it starts. */
function lineToTheApp(snapshot: Snapshot, { item }: NginxAt): string | undefined {
  const { connections, listeners, sockets } = snapshot.deployment;
  const mine = connections.filter((it) => it.connector.item === item || it.at.node === item);
  if (mine.length === 0) return undefined;
  return mine
    .map(({ address }) => {
      const listener = listeners.find((it) => answers(it.address, address));
      if (!listener) return `**${addressText(address)}**: no unit in this tree listens here.`;
      const name = listener.unit.name.full;
      const socket = sockets.find((it) => it.unit === listener.unit);
      if (!socket?.starts) return `**${addressText(address)}** is answered by \`${name}\`.`;
      const missing = socket.fragment.is === 'absent' ? ', which does not exist' : '';
      return `**${addressText(address)}**: \`${name}\` listens here and starts \`${socket.starts.name.full}\`${missing}.`;
    })
    .join('\n\n');
}

function unitHover(snapshot: Snapshot, at: UnitAt | undefined, offset: number, docs: Docs): Text | undefined {
  if (!at?.section) return undefined;
  const kind = kindOfUnitFile(at.file);
  const { section, entry } = at;
  if (at.on === 'header') {
    return {
      markdown: `**[${section.name}]** of a .${kind.type} file: ${manualLink(sectionPage(section.name), '')}`,
      at: placeOfHeader(section),
    };
  }
  if (entry?.kind !== 'assignment') return undefined;
  if (at.on === 'key') {
    const key = keyEntry(section.name, entry.key, kind.type);
    if (!key) return undefined;
    const texts = docs.systemd() ?? {};
    const text = texts[`${section.name}.${entry.key}`] ?? texts[entry.key];
    const facts = [
      key.type ? `Value: ${key.type}${key.values ? ` (${key.values.join(', ')})` : ''}` : undefined,
      key.multi ? 'May be given several times.' : undefined,
      key.since ? `Since systemd ${key.since}` : undefined,
      key.removed ? 'Has no effect any more.' : key.deprecated ? 'Deprecated.' : undefined,
    ].filter((it) => it !== undefined);
    const head = `**${entry.key}=** in [${section.name}]`;
    const effective = effectiveText(snapshot, at.file, section.name, entry.key);
    return {
      markdown: [head, text, effective, facts.join('  \n'), key.man && manualLink(key.man, entry.key)]
        .filter(Boolean)
        .join('\n\n'),
      at: placeOfKey(entry),
    };
  }
  return specifierHover(at, kind.unit, offset) ?? timeHover(at, kind.type);
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

/** A link to the manual page online: `systemd.exec(5)` becomes its page, at the key. */
function manualLink(man: string, key: string): string {
  const page = man.replace(/\(\d\)$/, '');
  return `[${man}](https://www.freedesktop.org/software/systemd/man/latest/${page}.html${key ? `#${key}=` : ''})`;
}
