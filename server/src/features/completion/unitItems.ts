/** Completion in units: sections, keys, and values by what the key takes. */
import { addressText, answers } from '../../base/address.js';
import { hostPath } from '../../base/hostPath.js';
import { keyEntry, keysIn, sectionsOf, specialUnitNames, type UnitKey } from '../../catalog/systemd.js';
import { specifiersOf } from '../../catalog/systemdSpecifiers.js';
import { SYSTEM_CALL_GROUPS, SYSTEM_CALLS } from '../../catalog/systemdSyscalls.js';
import { tooNewFor } from '../../catalog/systemdVersion.js';
import { groupNames, userNames } from '../../host/accounts.js';
import { kindOfUnitFile } from '../../systemd/kindOfText.js';
import { enumValues } from '../../systemd/values/kinds.js';
import { ARCHITECTURES } from '../../systemd/values/lists.js';
import { ADDRESS_FAMILIES, CAPABILITIES, ERRNO, SIGNAL_NAMES } from '../../systemd/values/names.js';
import { NEWEST_SYSTEMD } from '../../systemd/values/table.js';
import { unitAt } from '../at.js';
import { type CompletionItem, type Plain, pathItems, plainFrom, replaced, type Typing } from './typing.js';

export function unitItems(typing: Typing): CompletionItem[] {
  const { snapshot, path, offset, text, lines } = typing;
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
  if (section === undefined) {
    const range = replaced(typing, start);
    return sectionsOf(type).map((it) => ({ label: `[${it}]`, kind: 'section', insertText: `[${it}]`, range }));
  }
  const continues = at.entry?.kind === 'assignment' && offset - at.start > at.entry.key.length;
  const equals = line.indexOf('=');
  if (equals < 0 && !continues) return keyItems(typing, section, type, start);
  const key = keyEntry(section, continues ? at.entry!.key : line.slice(0, equals).trimEnd(), type);
  if (!key) return [];
  const value = continues && equals < 0 ? line : line.slice(equals + 1).trimStart();
  const percent = /(?<!%)(?:%%)*(%)[A-Za-z]?$/.exec(value);
  if (percent) return specifierItems(typing, value, section === 'Install');
  return valueItems(typing, key, type, value);
}

function keyItems(typing: Typing, section: string, type: string, start: number): CompletionItem[] {
  const { snippets, systemd } = typing.options;
  const range = replaced(typing, start);
  // Whoever changes a key in a finished line keeps its value.
  const { text, offset } = typing;
  const equals = /^[\w-]*[ \t]*=/.test(text.slice(offset, offset + 80)) ? '' : '=';
  return keysIn(section, type)
    .filter((it) => !it.removed && tooNewFor(it, systemd) === undefined)
    .map((it) => ({
      label: it.name,
      kind: 'key',
      ...(it.type && { detail: it.type }),
      about: { key: it.name, section, type },
      insertText: snippets ? `${it.name}${equals}$0` : `${it.name}${equals}`,
      range,
      sortText: `${it.deprecated ? 2 : 1}${it.name}`,
    }));
}

function specifierItems(typing: Typing, value: string, install: boolean): CompletionItem[] {
  const range = replaced(typing, typing.offset - (value.length - value.lastIndexOf('%')));
  return specifiersOf(systemdOf(typing))
    .filter((it) => it.inInstall || !install)
    .map(
      (it): CompletionItem => ({
        label: it.specifier,
        kind: 'variable',
        detail: it.system === undefined ? it.meaning : `${it.meaning}: ${it.system}`,
        insertText: it.specifier,
        range,
      }),
    );
}

const LISTS = /list$|^flags/;

function valueItems(typing: Typing, key: UnitKey, type: string, value: string): CompletionItem[] {
  // The word that is being typed; in lists of what is allowed a tilde in front turns the sense.
  const partial = LISTS.test(key.type ?? '') ? /[^\s~]*$/.exec(value)![0] : value.replace(/^[-+!@:|~]+/, '');
  const plain = plainFrom(typing, typing.offset - partial.length);
  const words = (labels: Iterable<string>, kind: CompletionItem['kind'] = 'value', detail?: string) =>
    [...labels].map((it) => plain(it, kind, detail));
  const { snapshot } = typing;
  const enumerated = words(enumValues({ key, unitType: type, version: systemdOf(typing) }).now);
  switch (key.type) {
    case 'boolean':
    case 'condition boolean':
      return words(['yes', 'no']);
    case 'unit':
    case 'unit list':
      return unitNameItems(typing, key, type, plain);
    case 'user or group':
    case 'condition user':
    case 'condition group':
      return words(/Group$/.test(key.name) ? groupNames(snapshot.host) : userNames(snapshot.host), 'name');
    case 'group list':
      return words(groupNames(snapshot.host), 'name');
    case 'signal':
    case 'exit status list':
      return words(SIGNAL_NAMES);
    case 'capability list':
    case 'condition capability':
      return words(CAPABILITIES);
    case 'syscall list':
      return [...words(groupsFor(systemdOf(typing)), 'value', 'group'), ...words(SYSTEM_CALLS)];
    case 'address family list':
      return [...words(['none']), ...words(ADDRESS_FAMILIES)];
    case 'flags or boolean':
      return [...words(['yes', 'no']), ...enumerated];
    case 'path':
    case 'path list':
    case 'bind path list':
    case 'condition path':
    case 'colon path list':
    case 'exec command':
      return [...enumerated, ...paths(typing, key, value, partial)];
    case 'errno':
      return words(['kill', ...ERRNO]);
    case 'architecture list':
      return words(ARCHITECTURES);
    case 'socket address':
      return words(addressesInUse(typing), 'address');
    default:
      if (enumerated.length === 0 && !key.boolValues) return words(OFTEN[key.name] ?? OFTEN[key.type ?? ''] ?? []);
      return key.boolValues ? [...words(['yes', 'no']), ...enumerated] : enumerated;
  }
}

/** What people write where nearly any value goes: a beginning rather than a list. */
const OFTEN: Readonly<Record<string, readonly string[]>> = {
  calendar: ['minutely', 'hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'semiannually', 'yearly'],
  UMask: ['0022', '0027', '0077', '0007'],
  SocketMode: ['0660', '0600', '0666'],
  mode: ['0755', '0750', '0700'],
  rlimit: ['infinity'],
  'percent-or-bytes': ['infinity'],
  'percent-or-int': ['infinity'],
  'address prefix list': ['any', 'localhost', 'link-local', 'multicast'],
  'url list': ['man:', 'https://', 'file:/', 'info:'],
  'device rule': ['/dev/null rw', 'char-pts rw', 'block-loop rwm'],
};

const systemdOf = ({ options }: Typing): number => options.systemd.version ?? NEWEST_SYSTEMD;

function groupsFor(version: number): string[] {
  return [...SYSTEM_CALL_GROUPS].filter(([, since]) => version >= since).map(([name]) => name);
}

/** Only where a path begins with a slash: a program may also be found by its name, and arguments may be anything. */
function paths(typing: Typing, key: UnitKey, value: string, partial: string): CompletionItem[] {
  const word = /[^\s:="']*$/.exec(partial)![0].replace(/^[-+!@:|~]+/, '');
  if (!word.startsWith('/')) return key.type === 'exec command' && /\s/.test(value.trim()) ? [] : roots(typing, word);
  return pathItems(typing, word, hostPath('/'), plainFrom(typing, typing.offset - word.length));
}

function roots(typing: Typing, word: string): CompletionItem[] {
  return word === '' ? pathItems(typing, '/', hostPath('/'), plainFrom(typing, typing.offset)) : [];
}

const TARGETS_FIRST = /^(?:WantedBy|RequiredBy|UpheldBy)$/;

function unitNameItems(typing: Typing, key: UnitKey, type: string, plain: Plain): CompletionItem[] {
  const { snapshot, path } = typing;
  const only =
    key.name === 'Service' ? '.service' : key.name === 'Sockets' ? '.socket' : key.name === 'Slice' ? '.slice' : '';
  const own = snapshot.units.filter((it) => it.fragment?.path !== path).map((it) => it.name.full);
  const names = new Set([...own, ...specialUnitNames()]);
  return [...names]
    .filter((it) => it.endsWith(only) && !(key.name === 'Unit' && it.endsWith(`.${type}`)))
    .map((it) => {
      const first = TARGETS_FIRST.test(key.name) ? it.endsWith('.target') : own.includes(it);
      return { ...plain(it, 'unit'), sortText: `${first ? 0 : 1}${it}` };
    });
}

/** Where nginx connects and nobody listens yet: what a new socket is for. */
function addressesInUse({ snapshot }: Typing): Set<string> {
  const { connections, listeners } = snapshot.deployment;
  const unanswered = connections.filter(({ address }) => !listeners.some((it) => answers(it.address, address)));
  return new Set(unanswered.map(({ address }) => addressText(address)));
}
