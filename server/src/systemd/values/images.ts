/** Judges of disk images: partitions, mount options, policies and hashes, as src/core/load-fragment.c reads them. */
import { one, type Validator } from './kinds.js';
import { pathFault } from './paths.js';
import { type Cutting, cutWords, type Fault, NONE, unknownSpecifier, whole, withSpecifiers } from './words.js';

const WORDS: Cutting = { escapes: 'keep' };
export const PARTS: Cutting = { unquote: false, escapes: 'c', escapedSeparators: true, separators: ':' };

const PARTITIONS: readonly string[] = ['root', 'usr', 'home', 'srv', 'esp', 'xbootldr', 'swap', 'tmp', 'var'].concat(
  ['', '-secondary', '-other'].flatMap((it) =>
    ['-verity', '-verity-sig'].flatMap((kind) => [`root${it}${kind}`, `usr${it}${kind}`]),
  ),
  ['root-secondary', 'root-other', 'usr-secondary', 'usr-other'],
);

const PARTITION = { expected: 'a partition such as root, usr, home or var', candidates: PARTITIONS, wordOnly: true };
const SLOT = 'a word whose specifiers systemd knows; a percent sign is written %%';

/** The cut of a list of words that each have parts with colons; undefined when systemd drops the rest of the line. */
export function tuples(
  value: string,
  judge: (parts: readonly string[]) => Omit<Fault, 'start' | 'end'> | undefined,
): readonly Fault[] {
  const { words, brokenAt } = cutWords(value, WORDS);
  const faults: Fault[] = [];
  for (const { text, start, end } of words) {
    const parts = cutWords(text, PARTS);
    if (parts.brokenAt !== undefined) return [...faults, { start, end, expected: 'free of unknown escapes' }];
    if (parts.words.length === 0) continue;
    const fault = judge(parts.words.map((it) => it.text));
    if (fault) faults.push({ wordOnly: true, ...fault, start, end });
  }
  if (brokenAt !== undefined) faults.push({ start: brokenAt, end: value.length, expected: 'a closed quotation' });
  return faults;
}

/** PARTITION:OPTIONS pairs, or the options alone for a single one. */
function optionsFault(parts: readonly string[]): Omit<Fault, 'start' | 'end'> | undefined {
  for (let at = 0; at < parts.length; at += 2) {
    const options = parts[at + 1];
    if (options !== undefined && !PARTITIONS.includes(parts[at]!)) return PARTITION;
    if (unknownSpecifier(options ?? parts[at]!)) return { expected: SLOT };
  }
  return undefined;
}

/** config_parse_root_image_options(): more than two parts in a word drop the line. */
export const rootImageOptions: Validator = (value) => {
  const broken = (parts: readonly string[]) => parts.length > 2;
  let isBroken = false;
  const faults = tuples(value, (parts) => {
    if (broken(parts)) isBroken = true;
    return optionsFault(parts);
  });
  return isBroken ? whole(value, 'a list of PARTITION:OPTIONS') : faults;
};

/** config_parse_mount_images(): SOURCE:DESTINATION[:OPTIONS...] */
export const mountImages: Validator = (value, { version }) =>
  tuples(value, ([source, destination, ...options]) => {
    if (unknownSpecifier(source!)) return { expected: SLOT };
    const fault = pathFault(source!.replace(/^-/, ''), version);
    if (fault) return fault;
    if (!destination) return { expected: 'an image, a colon and where it is mounted' };
    if (unknownSpecifier(destination)) return { expected: SLOT };
    return pathFault(destination, version) ?? optionsFault(options);
  });

/** config_parse_extension_images(): SOURCE[:OPTIONS...] */
export const extensionImages: Validator = (value, { version }) =>
  tuples(value, ([source, ...options]) => {
    if (unknownSpecifier(source!)) return { expected: SLOT };
    return pathFault(source!.replace(/^-/, ''), version) ?? optionsFault(options);
  });

/** config_parse_exec_root_hash(): a path, or at least 16 bytes as hexadecimal digits. */
export const rootHash = one(
  (it) => it.startsWith('/') || /^(?:\s*[0-9a-fA-F]\s*[0-9a-fA-F]){16,}\s*$/.test(it),
  'a path, or a hash of at least 32 hexadecimal digits',
);

/** unbase64mem() in src/basic/hexdecoct.c: groups of four, blanks anywhere, padding only at the end; - and _ from 253 on. */
export function isBase64(text: string, version: number): boolean {
  const bare = text.replace(/[ \t\n\r]/g, '');
  return /^(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?$/.test(bare) && (version > 252 || !/[-_]/.test(bare));
}

/** config_parse_exec_root_hash_sig() */
export const rootHashSignature = one(
  (it, { version }) => it.startsWith('/') || (it.startsWith('base64:') && isBase64(it.slice(7), version)),
  'a path, or base64: and the signature',
);

const POLICY_FLAG =
  /^(?:|verity|signed|encrypted|encryptedwithintegrity|unprotected|unused|absent|open|ignore|read-only-on|read-only-off|growfs-on|growfs-off)$/;

/** image_policy_from_string(): `*`, `-`, `~`, or PARTITION=FLAG+FLAG with colons between. What is none refuses the unit. */
export const imagePolicy: Validator = (value, { version }) => {
  if (/^[*~-]?$/.test(value)) return NONE;
  const expected = 'a policy such as root=verity+signed:usr=absent, or *, - or ~';
  const seen = new Set<string>();
  for (const rule of value.split(':')) {
    const equals = rule.indexOf('=');
    const name = rule.slice(0, equals).trim();
    // From 258 on systemd takes partitions and flags that it does not know.
    const known = equals >= 0 && (version >= 258 || name === '' || PARTITIONS.includes(name));
    const flags = rule.slice(equals + 1).split('+');
    if (
      !known ||
      seen.has(name) ||
      (version < 258 && !flags.every((it, i) => (i > 0 ? it !== '' : true) && POLICY_FLAG.test(it.trim())))
    )
      return whole(value, expected, { fatal: true });
    seen.add(name);
  }
  return NONE;
};

/** log_namespace_name_valid(): part of a file's name and of a unit's. */
export const logNamespace = one((it) => {
  const name = withSpecifiers(it);
  return !unknownSpecifier(it) && name !== '.' && name !== '..' && /^[A-Za-z0-9:_.@-]{1,222}$/.test(name);
}, 'a name of letters, digits and :_.@-');
