/** Judges of single values, one for each kind of parser in src/core/load-fragment.c and src/shared/conf-parser.c. */
import type { UnitKey } from '../../catalog/systemd.js';
import {
  isBoolean,
  isCpuSet,
  isInteger,
  isMode,
  isTimeSpan,
  isUnsigned,
  readInteger,
  readPercent,
  readSize,
} from './numbers.js';
import { type Fault, NONE, unknownSpecifier, whole } from './words.js';

/** What a validator needs to know besides the value. */
export interface ValueContext {
  readonly key: UnitKey;
  /** The type of the unit: `service`. */
  readonly unitType: string;
  /** systemd's main version. */
  readonly version: number;
}

export type Validator = (value: string, context: ValueContext) => readonly Fault[];

/** A judge of the whole value by a test; `empty` tells whether an empty assignment is taken. */
export function one(test: (value: string, it: ValueContext) => boolean, expected: string, empty = true): Validator {
  return (value, it) => ((value === '' && empty) || test(value, it) ? NONE : whole(value, expected));
}

export const BOOLEAN_EXPECTED = 'a boolean (yes or no)';

/** DynamicUser= alone makes the unit fail to load: config_parse_bool() with its ltype set. */
export const boolean: Validator = (value, { key }) =>
  isBoolean(value) ? NONE : whole(value, BOOLEAN_EXPECTED, key.name === 'DynamicUser' ? { fatal: true } : {});
export const tristate = one(isBoolean, BOOLEAN_EXPECTED);
export const span = one((it) => isTimeSpan(it), 'a time span such as 30, 5min or 1h 30min', false);
export const spanOrEmpty = one((it) => isTimeSpan(it), 'a time span such as 30, 5min or 1h 30min');
export const nanoSpan = one((it) => isTimeSpan(it, true), 'a time span such as 50us', false);
export const unsigned = one((it) => isUnsigned(it), 'a whole number from 0', false);
export const unsignedOrEmpty = one((it) => isUnsigned(it), 'a whole number from 0');
export const integer = one((it) => isInteger(it, -2147483648n, 2147483647n), 'a whole number', false);
export const long = one((it) => isInteger(it, -(2n ** 63n), 2n ** 63n - 1n), 'a whole number', false);
export const mode = one(isMode, 'an octal access mode such as 0660', false);
export const cpuSet = one((it) => isCpuSet(it), 'a list of CPU numbers such as 0-3,8');

/** Values that came between 252 and 257, of keys that the table lists without their history: the dumps of the three. */
const SINCE_257: Readonly<Record<string, readonly string[]>> = {
  private_tmp: ['connected', 'disconnected'],
  protect_control_groups: ['private', 'strict'],
  private_users: ['self', 'identity'],
  socket_protocol: ['mptcp'],
};

/** The value that a key with an enum takes, those of the target's version first. */
export function enumValues({ key, version }: ValueContext): { now: string[]; later: Map<string, number> } {
  const now: string[] = [];
  const later = new Map<string, number>();
  for (const value of key.values ?? []) {
    const range = key.valuesNew?.[value];
    const old = SINCE_257[key.parser ?? '']?.includes(value)
      ? 253
      : value === 'private' && key.parser === 'protect_hostname'
        ? 258
        : 0;
    const since =
      range === undefined ? old : range.startsWith('>') ? Number(range.slice(1)) + 1 : Number.parseInt(range, 10);
    if (version < since) later.set(value, since);
    else now.push(value);
  }
  return { now, later };
}

export interface EnumOptions {
  readonly empty?: boolean;
  /** Further values that are taken: numbers, forms with a colon. */
  readonly also?: (value: string, context: ValueContext) => boolean;
  readonly fatal?: boolean;
}

/** DEFINE_CONFIG_PARSE_ENUM in src/shared/conf-parser.h: one of the catalog's words; case matters. */
export function choice({ empty = false, also, fatal }: EnumOptions = {}): Validator {
  return (value, context) => {
    if (value === '' && empty) return NONE;
    const { now, later } = enumValues(context);
    if (now.includes(value) || also?.(value, context) || (context.key.boolValues && isBoolean(value))) return NONE;
    const since = later.get(value);
    const expected = `one of ${listed(now)}`;
    return whole(value, expected, { candidates: now, ...(fatal && { fatal }), ...(since && { newIn: since }) });
  };
}

/** `a, b or c`; long lists are cut. */
export function listed(values: readonly string[]): string {
  const shown = values.length > 12 ? [...values.slice(0, 11), '...'] : values;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}

/** An integer between the bounds. */
export function within(min: bigint, max: bigint, empty = true): Validator {
  return one((it) => isInteger(it, min, max), `a whole number from ${min} to ${max}`, empty);
}

/** DefaultStartupMemoryLow is not among them, as systemd misspells it. */
const ZERO_ALLOWED = /^(?:Startup|Default)?Memory(?:Low|Min)$|^(?:Startup)?Memory(?:Swap|ZSwap)Max$/;

/** config_parse_memory_limit() */
export const memoryLimit = one((value, { key }) => {
  if (value === 'infinity') return true;
  const percent = readPercent(value);
  if (percent !== undefined && percent <= 100) return percent > 0 || ZERO_ALLOWED.test(key.name);
  const size = readSize(value, 1024);
  return size !== undefined && size < 2 ** 64 && (size > 0 || ZERO_ALLOWED.test(key.name));
}, 'a size such as 512M, a percentage, or infinity');

/** config_parse_tasks_max() */
export const tasksMax = one((value) => {
  const percent = readPercent(value);
  if (value === 'infinity' || (percent !== undefined && percent <= 100)) return true;
  const number = readInteger(value);
  return number !== undefined && number > 0n && number < 0xffff_ffff_ffff_ffffn;
}, 'a number of tasks, a percentage, or infinity');

/** config_parse_cpu_quota() */
export const cpuQuota = one((value) => (readPercent(value) ?? 0) > 0, 'a percentage such as 50%');

export const percent = one((value) => (readPercent(value) ?? 101) <= 100, 'a percentage up to 100%');

/** config_parse_iec_size() and its kin. */
export const iecSize = one((value) => readSize(value, 1024) !== undefined, 'a size such as 64K', false);

const BYTES = new Set(
  'LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitAS LimitMEMLOCK LimitMSGQUEUE'.split(' '),
);

/** rlimit_parse() in src/basic/rlimit-util.c: one value for both, or soft:hard. */
export const rlimit: Validator = (value, { key }) => {
  const isBytes = BYTES.has(key.name);
  const expected = isBytes
    ? 'a size such as 64M, or two with a colon (soft:hard), or infinity'
    : key.name === 'LimitCPU' || key.name === 'LimitRTTIME'
      ? 'a time span such as 30s, or two with a colon (soft:hard), or infinity'
      : 'a whole number, or two with a colon (soft:hard), or infinity';
  const read = (text: string): number | undefined => {
    if (key.name === 'LimitNICE') return niceLimit(text);
    if (text === 'infinity') return Number.POSITIVE_INFINITY;
    if (isBytes) {
      const size = readSize(text, 1024);
      return size !== undefined && size < 2 ** 64 ? size : undefined;
    }
    if (key.name === 'LimitCPU' || key.name === 'LimitRTTIME') return isTimeSpan(text) ? Number.NaN : undefined;
    const number = /^\s*-/.test(text) ? undefined : readInteger(text);
    return number === undefined || number >= 2n ** 64n - 1n ? undefined : Number(number);
  };
  const colon = value.indexOf(':');
  const soft = read(colon < 0 ? value : value.slice(0, colon));
  const hard = colon < 0 ? soft : read(value.slice(colon + 1));
  if (soft === undefined || hard === undefined) return whole(value, expected);
  return soft > hard ? whole(value, 'a soft limit that is at most the hard one') : NONE;
};

/** rlimit_parse_nice(): a nice level with its sign, or the limit itself from 0 to 40; no infinity. */
function niceLimit(text: string): number | undefined {
  const signed = /^[+-]/.test(text);
  const number = isUnsigned(signed ? text.slice(1) : text) ? Number(readInteger(signed ? text.slice(1) : text)) : 99;
  if (text.startsWith('+')) return number < 20 ? 20 - number : undefined;
  if (text.startsWith('-')) return number <= 20 ? 20 + number : undefined;
  return number <= 40 ? number : undefined;
}

/** cg_weight_parse() in src/basic/cgroup-util.c */
export const weight = one((it) => isInteger(it, 1n, 10000n), 'a weight from 1 to 10000');
/** cg_cpu_shares_parse() and cg_blkio_weight_parse() in src/basic/cgroup-util.c, until 257 */
export const cpuShares = one((it) => isInteger(it, 2n, 262144n), 'a number of shares from 2 to 262144');
export const blockIoWeight = one((it) => isInteger(it, 10n, 1000n), 'a weight from 10 to 1000');
export const cpuWeight = one((it) => it === 'idle' || isInteger(it, 1n, 10000n), 'a weight from 1 to 10000, or idle');

/** Any text in which systemd replaces specifiers. */
export function printed(fatal: boolean, check?: (value: string, context: ValueContext) => readonly Fault[]): Validator {
  return (value, context) => {
    const slot = unknownSpecifier(value);
    if (slot) return [{ ...slot, expected: 'a specifier that systemd knows; a percent sign is written %%', fatal }];
    return value === '' ? NONE : (check?.(value, context) ?? NONE);
  };
}
