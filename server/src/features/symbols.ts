/** The outline of a file. */
import type { HostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import { type Item, placeOfHead, placeOfItem, wordValue } from '../syntax/nginxSyntax.js';
import { placeOfHeader, placeOfKey, type UnitFile } from '../syntax/unitSyntax.js';
import type { Snapshot } from '../workspace/hostSpace.js';
import { type LocatedRange, locate } from './located.js';

export interface DocumentSymbol {
  readonly name: string;
  readonly detail: string | undefined;
  readonly kind: 'block' | 'server' | 'location' | 'upstream' | 'map' | 'directive' | 'section' | 'key';
  readonly range: LocatedRange;
  readonly selectionRange: LocatedRange;
  readonly children: readonly DocumentSymbol[];
}

export function documentSymbols(snapshot: Snapshot, path: HostPath): DocumentSymbol[] {
  const reading = snapshot.configuration.readings.find((it) => it.file.path === path);
  if (reading) return reading.file.children.flatMap((it) => nginxSymbol(snapshot, it));
  if (!snapshot.unitFiles.includes(path)) return [];
  const file = snapshot.space.file(path, 'systemd') as UnitFile | undefined;
  return file ? unitSymbols(snapshot, file) : [];
}

const KINDS: Readonly<Record<string, DocumentSymbol['kind']>> = {
  server: 'server',
  location: 'location',
  upstream: 'upstream',
  map: 'map',
  geo: 'map',
  types: 'map',
  split_clients: 'map',
};

function nginxSymbol(snapshot: Snapshot, item: Item): DocumentSymbol[] {
  if (!item.isDirective || item.words.length === 0) return [];
  const { name } = item;
  const kind = item.children || item.kind === 'lua' ? (KINDS[name] ?? 'block') : 'directive';
  const args = item.words.slice(1).map(wordValue).join(' ');
  const detail = name === 'server' && item.children ? serverDetail(item) : args;
  // Entries of maps and types are data: hundreds of them would bury the outline.
  const children = kind === 'map' ? [] : (item.children ?? []).flatMap((it) => nginxSymbol(snapshot, it));
  const label = kind === 'directive' || kind === 'server' ? name : args === '' ? name : `${name} ${args}`;
  return symbol(
    snapshot,
    label,
    kind === 'directive' || kind === 'server' ? detail : undefined,
    kind,
    placeOfItem(item),
    placeOfHead(item),
    children,
  );
}

/** `example.com :80`: the first name and the ports tell servers apart. */
function serverDetail(server: Item): string {
  const of = (name: string) => server.children!.filter((it) => it.name === name && it.words.length > 1);
  const names = of('server_name').flatMap((it) => it.args);
  const ports = of('listen').map((it) => (/^\d+$/.test(it.args[0]!) ? `:${it.args[0]}` : it.args[0]!));
  return [names[0], ...new Set(ports)].filter((it) => it !== undefined).join(' ');
}

function unitSymbols(snapshot: Snapshot, file: UnitFile): DocumentSymbol[] {
  return file.sections.flatMap((section) => {
    const keys = section.entries
      .filter((it) => it.kind === 'assignment')
      .flatMap((it) =>
        symbol(snapshot, it.key || '=', it.value, 'key', { node: it, start: 0, end: it.length }, placeOfKey(it), []),
      );
    const whole = { node: section, start: 0, end: section.length };
    return symbol(snapshot, `[${section.name}]`, undefined, 'section', whole, placeOfHeader(section), keys);
  });
}

function symbol(
  snapshot: Snapshot,
  name: string,
  detail: string | undefined,
  kind: DocumentSymbol['kind'],
  whole: Place,
  head: Place,
  children: readonly DocumentSymbol[],
): DocumentSymbol[] {
  const range = locate(snapshot, whole)?.range;
  const selectionRange = locate(snapshot, head)?.range;
  return range && selectionRange
    ? [{ name, detail: detail === '' ? undefined : detail, kind, range, selectionRange, children }]
    : [];
}
