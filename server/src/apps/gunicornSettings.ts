/**
 * gunicorn's settings as they will be, each with where it comes from. Weakest first: default, the environment's defaults
 * (PORT, WEB_CONCURRENCY, FORWARDED_ALLOW_IPS), config file, GUNICORN_CMD_ARGS, command line: Application.load_config()
 * in gunicorn/app/base.py.
 */
import type { Place } from '../base/place.js';
import { gunicornSetting } from '../catalog/gunicorn.js';
import type { ArgWord } from './argWord.js';
import type { Environment } from './environment.js';
import type { GivenArgs } from './options.js';
import { type PyValue, UNKNOWN } from './pythonValues.js';

/** Where a value comes from, weakest first. */
export type Source = 'default' | 'environment' | 'config' | 'GUNICORN_CMD_ARGS' | 'command line';

/** What a config file says. */
export interface GunicornConfig {
  /** Undefined where the file does not set the name; UNKNOWN where it may, or where the value cannot be told. */
  readonly value: (name: string) => PyValue | undefined;
  /** Where the name is set. */
  readonly at: (name: string) => Place | undefined;
  /** Names that the file assigns and uses nowhere else, so that they are meant for gunicorn. */
  readonly assigned: () => readonly string[];
  /** Why Python cannot run the file: then gunicorn exits, load_config_from_module_name_or_filename() in gunicorn/app/base.py. */
  readonly fault?: ConfigFault | undefined;
}

export interface ConfigFault {
  readonly file: string;
  readonly at: Place;
  /** Line from 1 of a text that is no Python; undefined where Python reads it and does not know a name. */
  readonly line: number | undefined;
  /** The name that nothing defines. */
  readonly name: string;
  /** It is the whole value of a setting: `loglevel = info`. */
  readonly bare: boolean;
  /** No Python reads it: what is left open is what only the parser did not understand. */
  readonly sure: boolean;
}

export interface GunicornSetting {
  /** As gunicorn's validator leaves it: numbers, flags, lists and texts. UNKNOWN where something unread decides; null for none. */
  readonly value: PyValue;
  readonly source: Source;
  /** The value's word on the command line, or the flag's own. */
  readonly word?: ArgWord | undefined;
  /** Where it stands in a config file. */
  readonly at?: Place | undefined;
  /** As a config file has it, before gunicorn converts it. */
  readonly written?: PyValue | undefined;
}

export interface GunicornSettings {
  /** 'unknown' where there may be one that cannot be read; undefined for none. */
  readonly config: GunicornConfig | 'unknown' | undefined;
  /** The setting that counts, by its name in a config file. */
  of(name: string): GunicornSetting;
}

/**
 * @param variable the arguments in GUNICORN_CMD_ARGS; 'unknown' where it may hold some.
 * @param config what the config file says; 'unknown' where there may be one that cannot be read.
 */
export function gunicornSettings(
  given: GivenArgs,
  variable: GivenArgs | 'unknown' | undefined,
  environment: Environment,
  config: GunicornConfig | 'unknown' | undefined,
): GunicornSettings {
  return {
    config,
    of(name) {
      const onLine = optionValue(given, name);
      if (onLine) return { ...onLine, source: 'command line' };
      if (variable === 'unknown') return { value: UNKNOWN, source: 'GUNICORN_CMD_ARGS' };
      const inVariable = variable && optionValue(variable, name);
      // Its words lie in a variable, not on the line.
      if (inVariable) return { value: inVariable.value, source: 'GUNICORN_CMD_ARGS' };
      if (config === 'unknown') return { value: UNKNOWN, source: 'config' };
      const configured = config?.value(name);
      if (configured !== undefined)
        return {
          value: validated(name, configured, true),
          source: 'config',
          at: config!.at(name),
          written: configured,
        };
      return fromEnvironment(name, environment) ?? { value: byDefault(name), source: 'default' };
    },
  };
}

/** Of an option that may repeat all values count, else the last one. */
function optionValue(given: GivenArgs, name: string): { value: PyValue; word: ArgWord } | undefined {
  const options = given.options.filter((it) => it.spec.setting === name);
  const last = options.at(-1);
  if (!last) return undefined;
  if (!last.spec.takesValue) return { value: name !== 'sendfile', word: last.word };
  const info = gunicornSetting(name);
  if (Array.isArray(info?.default))
    return { value: options.map((it) => plain(it.value?.text)), word: last.value ?? last.word };
  return { value: validated(name, plain(last.value?.text)), word: last.value ?? last.word };
}

/** A text that systemd or a shell would still replace something in is not known. */
function plain(text: string | undefined): PyValue {
  return text === undefined || text.includes('$') ? UNKNOWN : text;
}

const VARIABLES: Readonly<Record<string, string>> = {
  bind: 'PORT',
  workers: 'WEB_CONCURRENCY',
  forwarded_allow_ips: 'FORWARDED_ALLOW_IPS',
};

function fromEnvironment(name: string, environment: Environment): GunicornSetting | undefined {
  const variable = VARIABLES[name];
  const text = variable === undefined ? undefined : environment(variable);
  if (text === undefined) return undefined;
  if (text === 'unknown') return { value: UNKNOWN, source: 'environment' };
  const value = name === 'bind' ? [`0.0.0.0:${text}`] : validated(name, text);
  return { value, source: 'environment' };
}

function byDefault(name: string): PyValue {
  const info = gunicornSetting(name);
  if (name === 'chdir' || name === 'user' || name === 'group') return null;
  return info?.default === undefined ? null : validated(name, info.default as PyValue);
}

/**
 * The validators of gunicorn/config.py, for values that they take; what they refuse is UNKNOWN. A text in a config file
 * becomes a number by its prefix; on the command line argparse has made numbers already.
 */
function validated(name: string, value: PyValue, inConfig = false): PyValue {
  const info = gunicornSetting(name);
  if (value === UNKNOWN || value === null || !info) return value;
  // validate_list_string() takes a text for the only item.
  if (Array.isArray(info.default))
    return typeof value === 'string' ? [value.trim()] : Array.isArray(value) ? value : UNKNOWN;
  switch (info.type) {
    case 'int':
    case 'mode':
      if (typeof value === 'boolean') return Number(value);
      if (typeof value !== 'string') return value;
      return inConfig ? integer(value, 'python') : integer(value, info.type === 'int' ? 10 : 0);
    case 'address list':
      return addressesOf(value);
    case 'bool':
      return typeof value === 'string' ? booleanOf(value) : value;
    default:
      return typeof value === 'string' ? value.trim() : value;
  }
}

/** validate_string_to_addr_list(): cut at commas. */
function addressesOf(value: PyValue): PyValue {
  if (typeof value !== 'string') return Array.isArray(value) ? value : UNKNOWN;
  return value
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '');
}

function booleanOf(text: string): PyValue {
  const lower = text.toLowerCase().trim();
  return lower === 'true' ? true : lower === 'false' ? false : UNKNOWN;
}

/**
 * Python's int() of base 10, or by the prefix: 'python' as int(x, 0) does it, 0 as gunicorn's auto_int, which takes 027
 * for an octal number as well. UNKNOWN for what is none.
 */
export function integer(text: string, base: 10 | 0 | 'python'): PyValue {
  const digits = text.trim().replace(/(?<=\w)_(?=\w)/g, '');
  if (base === 10) return /^[+-]?\d+$/.test(digits) ? Number(digits) : UNKNOWN;
  if ((base === 0 ? /^0[oO]?[0-7]+$/ : /^0[oO][0-7]+$/).test(digits))
    return Number.parseInt(digits.replace(/^0[oO]?/, ''), 8);
  if (/^0[xX][\da-fA-F]+$/.test(digits)) return Number.parseInt(digits.slice(2), 16);
  if (/^0[bB][01]+$/.test(digits)) return Number.parseInt(digits.slice(2), 2);
  return /^(?:[+-]?[1-9]\d*|[+-]?0+)$/.test(digits) ? Number(digits) : UNKNOWN;
}
