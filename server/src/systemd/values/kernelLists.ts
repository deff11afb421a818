/** Judges of what systemd hands to the kernel or the journal: dump filters, BPF programs, nft sets, log fields, standard input. */
import { isBase64 } from './images.js';
import { choice, one, printed, type Validator } from './kinds.js';
import { invertible, list } from './lists.js';
import { readInteger } from './numbers.js';
import { pathFault } from './paths.js';
import {
  brokenEscape,
  cutWord,
  cutWords,
  eachWord,
  type Fault,
  NONE,
  unknownSpecifier,
  whole,
  withSpecifiers,
} from './words.js';

const SLOT = 'a word whose specifiers systemd knows; a percent sign is written %%';

/** coredump_filter_mask_from_string(): names, `default`, `all` and hexadecimal masks; one that is none drops the line. */
export const coredumpFilter: Validator = (value, { key }) => {
  const names = ['default', 'all', ...(key.values ?? [])];
  const { words, brokenAt } = cutWords(value, { unquote: false });
  const isMask = (it: string) => /^\+?(?:0[xX])?[0-9a-fA-F]{1,16}$/.test(it);
  const wrong = words.find(({ text }) => !names.includes(text) && !isMask(text));
  if (wrong)
    return [
      {
        start: wrong.start,
        end: wrong.end,
        expected: 'a kind of memory such as shared-anonymous, or a mask',
        candidates: names,
      },
    ];
  return brokenAt === undefined ? NONE : [{ start: brokenAt, end: value.length, expected: 'a complete escape' }];
};

/** architecture_from_string(); whether the machine can run it is not known here. */
export const personality = choice({ empty: true });

const LSM_GROUPS =
  '@basic-api @anonymous @application @auxiliary-api @common-block @historical-block @network @privileged-api @security @temporary @known'.split(
    ' ',
  );

/** lsm_bpf_parse_filesystem(): any name is taken, groups must be known. */
export const fileSystems = invertible((word) =>
  !word.startsWith('@') || LSM_GROUPS.includes(word)
    ? undefined
    : { expected: 'a group of file systems', candidates: LSM_GROUPS },
);

const ATTACH =
  'ingress egress sock_create sock_ops device bind4 bind6 connect4 connect6 post_bind4 post_bind6 sendmsg4 sendmsg6 sysctl recvmsg4 recvmsg6 getsockopt setsockopt'.split(
    ' ',
  );

/** config_parse_bpf_foreign_program(): TYPE:PATH */
export const bpfProgram: Validator = (value, { version }) => {
  if (value === '') return NONE;
  const colon = value.indexOf(':');
  const type = value.slice(0, colon);
  if (colon < 0 || !ATTACH.includes(type) || colon === value.length - 1)
    return whole(value, 'a type of attachment, a colon and a path', {
      candidates: colon < 0 ? [] : ATTACH.map((it) => `${it}${value.slice(colon)}`),
    });
  const path = value.slice(colon + 1);
  if (unknownSpecifier(path)) return whole(value, SLOT);
  const fault = pathFault(path.replace(/^:+/, ''), version);
  return fault ? whole(value, fault.expected) : NONE;
};

/** config_parse_cgroup_nft_set(): SOURCE:FAMILY:TABLE:SET */
export const nftSets: Validator = (value) =>
  eachWord(cutWords(value, { unquote: true }), value, ({ text }) => {
    const parts = text.split(':');
    const [source, family, table, set] = parts as [string, string?, string?, string?];
    if (!/^(?:cgroup|user|group)$/.test(source)) return { expected: 'a set such as cgroup:inet:filter:name' };
    if (family === undefined || !/^(?:arp|bridge|inet|ip|ip6|netdev)$/.test(family))
      return { expected: 'a set of the families arp, bridge, inet, ip, ip6 or netdev' };
    if (parts.length !== 4 || !set) return { expected: 'SOURCE:FAMILY:TABLE:SET' };
    const isName = (it: string) => /^[A-Za-z][A-Za-z0-9/\\_.]{0,30}$/.test(it);
    if (unknownSpecifier(table!) || unknownSpecifier(set)) return { expected: SLOT };
    return isName(withSpecifiers(table!)) && isName(withSpecifiers(set))
      ? undefined
      : { expected: 'the name of a table and of a set' };
  });

/** config_parse_log_extra_fields(): FIELD=value, of capitals, digits and underscores. */
export const logFields = list(
  (word) => (/^[A-Z][A-Z0-9_]{0,63}=/.test(word) ? undefined : { expected: 'a field in capitals, "=" and its value' }),
  { escapes: 'c' },
);

/** config_parse_log_filter_patterns(): what the regular expression means is left to PCRE. */
export const logPattern: Validator = (value) => (value === '~' ? whole(value, 'a pattern') : NONE);

/** config_parse_exec_input_text(): escapes as in C, and specifiers. */
export const inputText: Validator = (value) => {
  const at = brokenEscape(value);
  if (at >= 0) return [{ start: at, end: Math.min(at + 2, value.length), expected: 'an escape that systemd knows' }];
  const slot = unknownSpecifier(value);
  return slot ? [{ ...slot, expected: SLOT }] : NONE;
};

export const inputData = one((it, { version }) => isBase64(it, version), 'text in base64');

/** config_parse_temporary_filesystems(): PATH[:OPTIONS] */
export const temporaryFileSystems: Validator = (value, { version }) =>
  eachWord(cutWords(value), value, ({ text }) => {
    const cut = cutWord(text, 0, { unquote: false, separators: ':', single: true });
    const path = cut && 'word' in cut ? cut.word.text : undefined;
    if (path === undefined) return { expected: 'a path, or a path and mount options' };
    return unknownSpecifier(path) ? { expected: SLOT } : pathFault(path, version);
  });

/** config_parse_colon_separated_paths(): the first that is none ends the reading. */
export const searchPath: Validator = (value, { version }) => {
  if (value === '') return NONE;
  const { words, brokenAt } = cutWords(value, { unquote: false, separators: ':', single: true });
  const faults: Fault[] = [];
  for (const { text, start, end } of words) {
    const fault = unknownSpecifier(text) ? { expected: SLOT } : pathFault(text, version);
    if (fault) return [{ start, end, ...fault }];
  }
  if (brokenAt !== undefined) faults.push({ start: brokenAt, end: value.length, expected: 'a complete escape' });
  return faults;
};

/** credential_glob_valid(): a name, or a beginning with an asterisk; from 256 on a new name after a colon. */
export const importCredential: Validator = (value, { version }) => {
  if (value === '') return NONE;
  if (unknownSpecifier(value)) return whole(value, SLOT);
  const [glob, rename, ...rest] = withSpecifiers(value).split(':') as [string, string?];
  const isName = (it: string) =>
    it.length <= 255 && /^[ -.0-~]+$/.test(it) && it !== '.' && it !== '..' && !it.includes(':');
  const bare = glob.endsWith('*') ? glob.slice(0, -1) : glob;
  const sound = !/[*?[]/.test(bare) && (bare === '' ? glob === '*' : isName(bare)) && rest.length === 0;
  const named = rename === undefined || (version >= 256 && (rename === '' || isName(rename)));
  return sound && named ? NONE : whole(value, 'the name of a credential, or its beginning and an asterisk');
};

const CONTROLLER =
  /^(?:cpu|cpuacct|cpuset|io|blkio|memory|devices|pids|bpf-firewall|bpf-devices|bpf-foreign|bpf-socket-bind|bpf-restrict-network-interfaces|bpf-bind-network-interface|hugetlb|misc|rdma|dmem)\./;

/** cg_needs_escape() and path_is_valid: a name that the kernel does not keep for its own files. */
export const controlGroup = printed(false, (value) => {
  const name = withSpecifiers(value);
  const kept = /^[_.]|^(?:notify_on_release|release_agent|tasks)$|^cgroup\./.test(name) || CONTROLLER.test(name);
  return kept || name.includes('/') || name === '' || name.length > 255
    ? whole(value, 'a name for a control group')
    : NONE;
});

/** reboot_parameter_is_valid() */
export const rebootArgument = printed(false, (value) =>
  /^[\u0000-\u007f]*$/.test(value) && value.length <= 255 ? NONE : whole(value, 'an argument of ASCII characters'),
);

/** open_file_parse(): PATH[:NAME[:OPTIONS]] */
export const openFile: Validator = (value) => {
  if (value === '') return NONE;
  if (unknownSpecifier(value)) return whole(value, SLOT);
  const { words, brokenAt } = cutWords(withSpecifiers(value), {
    unquote: false,
    escapes: 'c',
    separators: ':',
    single: true,
  });
  const [path, name, options, ...rest] = words.map((it) => it.text);
  const flags = options ? options.split(',').filter((it) => it !== '') : [];
  const known =
    flags.every((it) => /^(?:read-only|append|truncate|graceful)$/.test(it)) && new Set(flags).size === flags.length;
  const file = name || path?.replace(/\/+$/, '').split('/').pop() || '';
  const sound = path?.startsWith('/') && path.length < 4096 && /^[ -9;-~]{1,255}$/.test(file);
  const clash = flags.includes('read-only') && (flags.includes('append') || flags.includes('truncate'));
  return brokenAt === undefined && sound && known && !clash && rest.length === 0
    ? NONE
    : whole(value, 'PATH, PATH:NAME or PATH:NAME:OPTIONS, with the options read-only, append, truncate and graceful');
};

/** config_parse_concurrency_max() */
export const concurrency = one((it) => {
  const value = readInteger(it);
  return it === 'infinity' || (value !== undefined && value >= 0n && value <= 0xffff_ffffn);
}, 'a whole number, or infinity');

/** Extended attributes: NAME=value */
export const extendedAttributes = printed(false, (value) =>
  /^user\.[^=]*=/.test(value) ? NONE : whole(value, 'an attribute that begins with "user.", "=" and its value'),
);
