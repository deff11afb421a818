/** Judges of values that are lists of words. */
import { SYSTEM_CALL_GROUPS, SYSTEM_CALLS } from '../../catalog/systemdSyscalls.js';
import { BOOLEAN_EXPECTED, enumValues, listed, type Validator, type ValueContext } from './kinds.js';
import {
  ADDRESS_FAMILIES,
  CAPABILITIES,
  isEnvironmentAssignment,
  isEnvironmentName,
  isErrno,
  isExitStatus,
  isInterfaceName,
  isUnitName,
  isUserName,
} from './names.js';
import { isBoolean } from './numbers.js';
import { pathFault } from './paths.js';
import {
  type Cutting,
  cutWords,
  eachWord,
  type Fault,
  NAME_SPECIFIERS,
  NONE,
  plainWords,
  unknownSpecifier,
  type Word,
  whole,
  withSpecifiers,
} from './words.js';

type Judged = Omit<Fault, 'start' | 'end'> | undefined;

const SLOT: Judged = { expected: 'a word whose specifiers systemd knows; a percent sign is written %%' };

/** A list whose words are judged one by one after their specifiers are replaced. */
export function list(judge: (word: string, context: ValueContext) => Judged, cutting: Cutting = {}): Validator {
  return (value, context) =>
    eachWord(cutWords(value, cutting), value, ({ text }) =>
      unknownSpecifier(text) ? SLOT : judge(withSpecifiers(text), context),
    );
}

/** Like list(), without specifiers and with an optional ~ before all. */
export function invertible(judge: (word: string, context: ValueContext) => Judged, cutting: Cutting = {}): Validator {
  return (value, context) => {
    const from = value.startsWith('~') ? 1 : 0;
    const faults = eachWord(cutWords(value.slice(from), cutting), value.slice(from), ({ text }) =>
      judge(text, context),
    );
    return from === 0 ? faults : faults.map((it) => ({ ...it, start: it.start + from, end: it.end + from }));
  };
}

/** Like list(), without specifiers. */
function words(judge: (word: string, context: ValueContext) => Judged): Validator {
  return (value, context) => eachWord(cutWords(value), value, ({ text }) => judge(text, context));
}

/** cg_mask_from_string(): unknown controllers are skipped in silence; with none at all the line is ignored. */
export const controllers: Validator = (value, context) => {
  if (value === '') return NONE;
  const { words: all, brokenAt } = cutWords(value, { unquote: false });
  const known = enumValues(context).now;
  if (brokenAt !== undefined || !all.some(({ text }) => known.includes(text)))
    return whole(value, `one of ${listed(known)}`, { candidates: known });
  return all.flatMap(({ text, start, end }) =>
    known.includes(text)
      ? []
      : [{ start, end, expected: `one of ${listed(known)}`, candidates: known, silent: true, wordOnly: true }],
  );
};

/** Unit names between blanks: config_parse_unit_deps() keeps quotes and escapes as they are. */
export const unitNames: Validator = (value) =>
  eachWord({ words: plainWords(value), brokenAt: undefined }, value, ({ text }) => {
    if (unknownSpecifier(text, NAME_SPECIFIERS)) return SLOT;
    return isUnitName(withSpecifiers(text)) ? undefined : { expected: 'the full name of a unit, such as app.service' };
  });

const FLAG_BOOLEAN = new Set(['delegate', 'namespace_flags', 'service_refresh_on_reload']);

const invertibleUnquoted: typeof invertible = (judge) => invertible(judge, { unquote: false });

/** Words of the catalog's enum, where the parser allows after a ~ or instead of a boolean. */
export const flags: Validator = (value, context) => {
  const isSilent = context.key.parser === 'exec_secure_bits';
  const plain = FLAG_BOOLEAN.has(context.key.parser ?? '');
  if (FLAG_BOOLEAN.has(context.key.parser ?? '') && isBoolean(value)) return NONE;
  const { now, later } = enumValues(context);
  const unquoted = /^(?:namespace_flags|service_refresh_on_reload)$/.test(context.key.parser ?? '');
  const cut = unquoted ? invertibleUnquoted : plain ? words : invertible;
  const faults = cut((word) => {
    if (context.key.name === 'DelegateNamespaces' && word === 'user' && !value.startsWith('~'))
      return { expected: 'a namespace that can be delegated' };
    if (now.includes(word)) return undefined;
    const since = later.get(word);
    const or = FLAG_BOOLEAN.has(context.key.parser ?? '') ? ` or ${BOOLEAN_EXPECTED}` : '';
    return {
      expected: `one of ${listed(now)}${or}`,
      candidates: now,
      ...(since && { newIn: since }),
    };
  })(value, context);
  return isSilent ? faults.map((it) => ({ ...it, silent: true })) : faults;
};

export const addressFamilies: Validator = (value, context) =>
  value === 'none'
    ? NONE
    : invertible((word) =>
        ADDRESS_FAMILIES.includes(word)
          ? undefined
          : { expected: 'an address family such as AF_INET', candidates: ADDRESS_FAMILIES },
      )(value, context);

/** capability_set_from_string(): unknown names, and quotes that do not close, are skipped in silence from 252 on. */
export const capabilities: Validator = (value, context) =>
  invertible((word) =>
    CAPABILITIES.includes(word.toUpperCase()) || /^(?:0x[0-9a-f]+|\d+)$/i.test(word)
      ? undefined
      : { expected: 'a capability such as CAP_NET_BIND_SERVICE', candidates: CAPABILITIES, silent: true },
  )(value, context).map((it) => ({ ...it, silent: true }));

/** seccomp_parse_syscall_filter(): unknown names and groups are left out with a warning. */
export const syscallFilter: Validator = (value, { key, version }) => {
  const from = value.startsWith('~') ? 1 : 0;
  const words = plainWords(value.slice(from)).map(
    (it): Word => ({
      text: it.text,
      start: it.start + from,
      end: it.end + from,
    }),
  );
  return eachWord({ words, brokenAt: undefined }, value, ({ text }) => {
    const [name, errno, ...rest] = text.split(':') as [string, ...string[]];
    if (errno !== undefined) {
      if (key.parser === 'syscall_log') return { expected: 'a system call without error' };
      if (rest.length > 0 || (errno !== 'kill' && !isErrno(errno)))
        return { expected: 'a system call with an error name after the colon' };
      if (from === 0 && key.parser === 'syscall_filter')
        return { expected: 'a system call without error: only those that are forbidden (~) can have one' };
    }
    if (name.startsWith('@')) {
      const since = SYSTEM_CALL_GROUPS.get(name);
      if (since !== undefined && since <= version) return undefined;
      return {
        expected: 'a group of system calls',
        candidates: [...SYSTEM_CALL_GROUPS.keys()],
        ...(since !== undefined && { newIn: since }),
      };
    }
    if (SYSTEM_CALLS.has(name)) return undefined;
    return { expected: 'a system call that systemd knows', candidates: [...SYSTEM_CALLS] };
  });
};

export const socketNames: Validator = (value) =>
  eachWord(cutWords(value, { unquote: false }), value, ({ text }) => {
    if (unknownSpecifier(text, NAME_SPECIFIERS)) return SLOT;
    const name = withSpecifiers(text);
    return isUnitName(name) && name.endsWith('.socket') ? undefined : { expected: 'the name of a .socket unit' };
  });

export const environment = list(
  (word) => (isEnvironmentAssignment(word) ? undefined : { expected: 'an assignment NAME=value' }),
  { escapes: 'c' },
);
export const environmentNames = list((word) =>
  isEnvironmentName(word) ? undefined : { expected: 'the name of a variable' },
);
export const environmentNamesOrAssignments = list(
  (word) =>
    isEnvironmentName(word) || isEnvironmentAssignment(word)
      ? undefined
      : { expected: 'the name of a variable or an assignment NAME=value' },
  { escapes: 'c' },
);

export const exitStatuses: Validator = (value) =>
  eachWord(cutWords(value, { unquote: false }), value, ({ text }) =>
    isExitStatus(text) ? undefined : { expected: 'an exit status from 0 to 255, its name, or a signal' },
  );

export const interfaces = invertible((word, { version }) =>
  isInterfaceName(word, version > 252) ? undefined : { expected: 'the name of a network interface' },
);

export const groups: Validator = (value) =>
  eachWord(cutWords(value, { unquote: false }), value, ({ text }) => {
    if (unknownSpecifier(text)) return { ...SLOT, fatal: true };
    return isUserName(withSpecifiers(text)) ? undefined : { expected: 'the name or number of a group', fatal: true };
  });

export const ARCHITECTURES: readonly string[] =
  'x86 x86-64 x32 arm arm64 loongarch64 mips mips64 mips64-n32 mips-le mips64-le mips64-le-n32 parisc parisc64 ppc ppc64 ppc64-le riscv64 s390 s390x native'.split(
    ' ',
  );

export const architectures: Validator = (value) =>
  eachWord(cutWords(value), value, ({ text }) =>
    ARCHITECTURES.includes(text)
      ? undefined
      : { expected: `one of ${listed(ARCHITECTURES)}`, candidates: ARCHITECTURES },
  );

/** Absolute paths, each after - (may be missing) and + (below the unit's root). */
export const namespacePaths = list((word, { version }) => pathFault(word.replace(/^-?\+?/, ''), version));
export const absolutePaths = list((word, { version }) => pathFault(word, version));

const DIRECTORY_PARTS: Cutting = { unquote: false, escapes: 'c', escapedSeparators: true, separators: ':' };

/** SRC[:DEST[:FLAGS]] below /run, /var/lib and so on: config_parse_exec_directories(). */
export const directories: Validator = (value, { key, version }) => {
  const { words, brokenAt } = cutWords(value, { escapes: 'keep' });
  const faults: Fault[] = [];
  for (const { text, start, end } of words) {
    const parts = cutWords(text, { ...DIRECTORY_PARTS, single: version >= 257 });
    // Here systemd drops the rest of the line.
    if (parts.brokenAt !== undefined || parts.words.length === 0)
      return [...faults, { start, end, expected: 'a folder, or a folder, a colon and a link' }];
    const fault = directoryFault(parts.words.map((it) => it.text));
    if (fault) faults.push({ wordOnly: true, ...fault, start, end });
  }
  if (brokenAt !== undefined) faults.push({ start: brokenAt, end: value.length, expected: 'a closed quotation' });
  return faults;

  function directoryFault([source, destination, flag]: readonly string[]): Judged {
    if (unknownSpecifier(source!) || (destination !== undefined && unknownSpecifier(destination))) return SLOT;
    const fault =
      pathFault(source!, version, 'relative') ??
      (destination ? pathFault(destination, version, 'relative') : undefined);
    if (fault) return fault;
    if (withSpecifiers(source!).split('/')[0] === 'private') return { expected: 'a folder other than "private"' };
    if (destination && key.name === 'ConfigurationDirectory') return { expected: 'a folder without a link' };
    if (flag && flag !== 'ro' && version >= 257) return { expected: 'a folder, a link and "ro"' };
    return undefined;
  }
};

/** SOURCE[:DESTINATION[:OPTIONS]] */
export const bindPaths: Validator = (value, { version }) =>
  eachWord(cutWords(value), value, ({ text }) => {
    if (unknownSpecifier(text)) return SLOT;
    const [source, destination, ...options] = text.split(':') as [string, ...string[]];
    const fault =
      pathFault(source.replace(/^-/, ''), version) ??
      (destination === undefined ? undefined : pathFault(destination, version));
    if (fault) return fault;
    const known = options
      .join(':')
      .split(/[:,]/)
      .every((it) => /^(?:|rbind|norbind|idmap|noidmap)$/.test(it));
    return known ? undefined : { expected: 'a path with the options rbind or norbind' };
  });

const URL = /^(?:https?:\/\/.|file:\/.|info:.|man:.)/;

export const documentation = list((word) =>
  URL.test(word) ? undefined : { expected: 'a link that begins with https://, http://, file:, info: or man:' },
);

/** An address or a net, or any, localhost, link-local, multicast. */
export const addressPrefixes = list(
  (word) =>
    isAddressPrefix(word)
      ? undefined
      : { expected: 'an IP address, a net such as 10.0.0.0/8, or a name such as localhost' },
  { unquote: false },
);

function isAddressPrefix(text: string): boolean {
  if (['any', 'localhost', 'link-local', 'multicast'].includes(text)) return true;
  const [address, length, ...rest] = text.split('/') as [string, ...string[]];
  if (rest.length > 0) return false;
  const bits = isIpv4(address) ? 32 : isIpv6(address) ? 128 : undefined;
  if (bits === undefined) return false;
  return length === undefined || (/^\d+$/.test(length) && Number(length) <= bits);
}

export function isIpv4(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((it) => Number(it) <= 255 && !/^0\d/.test(it));
}

/** inet_pton(AF_INET6) */
export function isIpv6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':') || /:::|::.*::/.test(text)) return false;
  const four = /^(.*:)([^:]*\.[^:]*)$/.exec(text);
  if (four && !isIpv4(four[2]!)) return false;
  const bare = four ? `${four[1]}0:0` : text;
  if (/^:[^:]|[^:]:$/.test(bare)) return false;
  const groups = bare.split(':').filter((it) => it !== '');
  return groups.every((it) => it.length <= 4) && (bare.includes('::') ? groups.length < 8 : groups.length === 8);
}
