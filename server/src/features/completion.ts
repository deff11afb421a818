/** What may stand at the cursor. Works on unfinished text: a half-typed word, an empty line, a file without its braces. */
import { nginxAddress } from '../base/address.js';
import { type HostPath, joinPath } from '../base/hostPath.js';
import type { LineIndex } from '../base/lineIndex.js';
import { directiveEntries, directiveIn, directivesIn, type NginxDirective } from '../catalog/nginx.js';
import { variableNames } from '../catalog/nginxVariables.js';
import { keyEntry, keysIn, sectionsOf, specialUnitNames } from '../catalog/systemd.js';
import { kindOfUnitFile } from '../systemd/kindOfText.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { nginxAt, unitAt } from './at.js';
import type { LocatedRange } from './located.js';

export interface CompletionItem {
  readonly label: string;
  readonly kind:
    | 'directive'
    | 'block'
    | 'value'
    | 'variable'
    | 'upstream'
    | 'address'
    | 'file'
    | 'location'
    | 'section'
    | 'key'
    | 'unit';
  readonly detail?: string;
  readonly documentation?: string;
  /** In snippet syntax when snippets were asked for, plain otherwise. */
  readonly insertText: string;
  readonly range: LocatedRange;
  readonly sortText?: string;
}

export interface CompletionOptions {
  readonly snippets: boolean;
}

/** At most so many: editors filter what they get, and nobody reads further. */
const MOST = 1_000;

export function completion(
  snapshot: Snapshot,
  path: HostPath,
  offset: number,
  options: CompletionOptions,
): CompletionItem[] {
  const text = snapshot.space.text(path);
  const lines = snapshot.space.lines(path);
  if (text === undefined || !lines) return [];
  const typing: Typing = { snapshot, path, offset, text, lines, snippets: options.snippets };
  const items = snapshot.unitFiles.includes(path) ? unitItems(typing) : nginxItems(typing);
  return items.slice(0, MOST);
}

interface Typing {
  readonly snapshot: Snapshot;
  readonly path: HostPath;
  readonly offset: number;
  readonly text: string;
  readonly lines: LineIndex;
  readonly snippets: boolean;
}

/** From `start` to the cursor: what an accepted item replaces. */
function replaced({ lines, offset }: Typing, start: number): LocatedRange {
  return { start: lines.position(start), end: lines.position(offset) };
}

function nginxItems(typing: Typing): CompletionItem[] {
  const { snapshot, path, offset, text, lines } = typing;
  const at = nginxAt(snapshot, path, offset);
  if (!at || at.item?.kind === 'lua') return [];
  const lineStart = lines.lineStart(lines.lineAt(offset));
  if (/(?:^|[\s;{}])#/.test(text.slice(lineStart, offset))) return [];
  const { item } = at;
  const head = item?.isDirective && offset <= at.start + (item.open ?? item.length) ? text.slice(at.start, offset) : '';
  const partial = /[^\s;{}"']*$/.exec(text.slice(Math.max(lineStart, offset - 500), offset))![0];
  const dollar = partial.lastIndexOf('$');
  if (/\s/.test(head)) {
    if (dollar >= 0) return variableItems(typing, offset - partial.length + dollar);
    if (at.context === 'data' || at.context === 'unknown') return [];
    const entry = directiveIn(item!.name, at.context) ?? directiveEntries(item!.name)[0];
    return entry ? argumentItems(typing, entry, partial) : [];
  }
  if (at.bodyContext === 'data') return dollar >= 0 ? variableItems(typing, offset - partial.length + dollar) : [];
  const contexts = at.bodyContext === 'unknown' ? (['http', 'server', 'location'] as const) : [at.bodyContext];
  const range = replaced(typing, offset - partial.length);
  const seen = new Set<string>();
  return contexts.flatMap((context) =>
    directivesIn(context).flatMap((entry) => {
      if (seen.has(entry.name)) return [];
      seen.add(entry.name);
      return [directiveItem(entry, range, typing)];
    }),
  );
}

function directiveItem(entry: NginxDirective, range: LocatedRange, { snippets }: Typing): CompletionItem {
  const origin = entry.commercial ? ' (NGINX Plus)' : entry.thirdParty ? ' (third party)' : '';
  return {
    label: entry.name,
    kind: entry.block ? 'block' : 'directive',
    detail: `${entry.module}${origin}`,
    insertText: snippets ? directiveSnippet(entry) : entry.name,
    range,
    // What every nginx has comes before what few have.
    sortText: `${entry.commercial || entry.thirdParty ? '2' : '1'}${entry.name}`,
  };
}

function directiveSnippet({ name, block, args }: NginxDirective): string {
  const argument = args.min === 0 && args.max === 0 ? '' : args.flag ? ' ${1|on,off|}' : ' $1';
  return block ? `${name}${argument} {\n\t$0\n}` : `${name}${argument};$0`;
}

function variableItems(typing: Typing, start: number): CompletionItem[] {
  const range = replaced(typing, start);
  const own = new Set<string>();
  for (const { file } of typing.snapshot.configuration.readings) {
    if (file.path !== typing.path) continue;
    for (const match of typing.text.matchAll(/\b(?:set|map\s+\S+|geo(?:\s+\S+)?)\s+\$(\w+)/g)) own.add(match[1]!);
  }
  return [...own, ...variableNames()].map((name) => ({
    label: `$${name}`,
    kind: 'variable' as const,
    insertText: typing.snippets ? `\\$${name}` : `$${name}`,
    range,
    sortText: own.has(name) ? `0${name}` : `1${name}`,
  }));
}

const CONNECTS = /^(?:proxy|grpc|fastcgi|uwsgi|scgi|memcached)_pass$/;

function argumentItems(typing: Typing, entry: NginxDirective, partial: string): CompletionItem[] {
  const range = replaced(typing, typing.offset - partial.length);
  const plain = (label: string, kind: CompletionItem['kind'], detail?: string): CompletionItem => ({
    label,
    kind,
    insertText: typing.snippets ? label.replace(/[\\$}]/g, '\\$&') : label,
    range,
    ...(detail !== undefined && { detail }),
  });
  if (entry.args.flag) return [plain('on', 'value'), plain('off', 'value')];
  if (CONNECTS.test(entry.name)) return targets(typing, entry.name, plain);
  if (entry.name === 'server' && !entry.block) {
    return typing.snapshot.deployment.listeners.flatMap((it) => {
      const address = nginxAddress(it.address);
      return address === undefined ? [] : [plain(address, 'address', it.unit.name.full)];
    });
  }
  if (entry.name === 'include') return pathItems(typing, partial, plain);
  if (entry.name === 'try_files' || entry.name === 'error_page')
    return namedLocations(typing).map((it) => plain(it, 'location'));
  return (entry.values ?? []).map((it) => plain(it, 'value'));
}

type Plain = (label: string, kind: CompletionItem['kind'], detail?: string) => CompletionItem;

function targets({ snapshot }: Typing, directive: string, plain: Plain): CompletionItem[] {
  const scheme = directive === 'proxy_pass' ? 'http://' : directive === 'grpc_pass' ? 'grpc://' : '';
  const upstreams = snapshot.configuration.facts.flatMap((it) => it.upstreams);
  const sockets = snapshot.deployment.listeners.flatMap((it) => {
    const address = nginxAddress(it.address);
    return address === undefined ? [] : [plain(`${scheme}${address}`, 'address', it.unit.name.full)];
  });
  return [...sockets, ...upstreams.map((it) => plain(`${scheme}${it.name}`, 'upstream', 'upstream'))];
}

function pathItems({ snapshot }: Typing, partial: string, plain: Plain): CompletionItem[] {
  const folder = partial.slice(0, partial.lastIndexOf('/') + 1);
  const names = snapshot.host.list(joinPath(snapshot.configuration.prefix, folder || '.'));
  return names.known ? (names.value ?? []).map((it) => plain(`${folder}${it}`, 'file')) : [];
}

function namedLocations({ text }: Typing): string[] {
  return [...new Set([...text.matchAll(/\blocation\s+(@[^\s{]+)/g)].map((it) => it[1]!))];
}

const BOOLEANS = ['yes', 'no'];

function unitItems(typing: Typing): CompletionItem[] {
  const { snapshot, path, offset, text, lines, snippets } = typing;
  const at = unitAt(snapshot, path, offset);
  if (!at) return [];
  const { type } = kindOfUnitFile(at.file);
  const lineStart = lines.lineStart(lines.lineAt(offset));
  const line = text.slice(lineStart, offset).trimStart();
  if (/^[#;]/.test(line)) return [];
  const start = offset - line.length;
  if (line.startsWith('[')) {
    const closed = text[offset] === ']';
    const range = replaced(typing, start + 1);
    return sectionsOf(type).map((it) => ({ label: it, kind: 'section', insertText: closed ? it : `${it}]`, range }));
  }
  const section = at.section?.name;
  if (section === undefined)
    return sectionsOf(type).map((it) => ({
      label: `[${it}]`,
      kind: 'section',
      insertText: `[${it}]`,
      range: replaced(typing, start),
    }));
  const continues = at.entry?.kind === 'assignment' && offset - at.start > at.entry.key.length;
  const equals = line.indexOf('=');
  if (equals < 0 && !continues) {
    const range = replaced(typing, start);
    return keysIn(section, type)
      .filter((it) => !it.removed)
      .map((it) => ({
        label: it.name,
        kind: 'key',
        ...(it.type && { detail: it.type }),
        insertText: `${it.name}=`,
        range,
        sortText: `${it.deprecated ? 2 : 1}${it.name}`,
      }));
  }
  const key = keyEntry(section, continues ? at.entry!.key : line.slice(0, equals).trimEnd(), type);
  const partial = /[^\s=]*$/.exec(line)![0];
  const range = replaced(typing, offset - partial.length);
  const item = (label: string, kind: 'value' | 'unit'): CompletionItem => ({
    label,
    kind,
    insertText: snippets ? label.replace(/[\\$}]/g, '\\$&') : label,
    range,
  });
  if (!key) return [];
  if (key.type === 'boolean') return BOOLEANS.map((it) => item(it, 'value'));
  if (key.values) return key.values.map((it) => item(it, 'value'));
  if (/^unit/.test(key.type ?? '') || /^(?:WantedBy|RequiredBy|Also|UpheldBy)$/.test(key.name)) {
    const own = snapshot.units.map((it) => it.name.full);
    return [...new Set([...own, ...specialUnitNames()])].map((it) => item(it, 'unit'));
  }
  return [];
}
