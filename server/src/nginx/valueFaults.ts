/** Which argument of a directive nginx would refuse, and what it wants to see there. Knows no file. */
import type { NginxDirective } from '../catalog/nginx.js';
import { HANDLERS } from './argumentHandlers.js';
import { evaluatedArgs } from './evaluated.js';
import { FOREIGN_HANDLERS } from './moduleHandlers.js';
import { isTemplated, parseNumber, parseOffset, parseSize, parseTime, UNCLOSED, type ValueFault } from './values.js';

const NONE: readonly string[] = [];
const ON_OFF = ['on', 'off'];

/**
 * The first argument that nginx refuses: by the directive's slot function (ngx_conf_set_*_slot() in
 * src/core/ngx_conf_file.c), or by its own handler. Undefined when there is none, or none that is known.
 */
export function valueFault(entry: NginxDirective, args: readonly string[]): ValueFault | undefined {
  if (args.length === 0) return undefined;
  if (args.some(isTemplated) && isFilledIn(entry, args)) return unclosedFault(entry, args);
  if (entry.thirdParty) {
    const fault = slotFault(entry, args) ?? FOREIGN_HANDLERS[entry.name]?.(args, entry);
    return fault ?? variableFault(entry, args);
  }
  return slotFault(entry, args) ?? HANDLERS[entry.name]?.(args, entry) ?? variableFault(entry, args);
}

/** Whether some argument is a template's: `${name}` is nginx's own way to write a variable where it looks for variables. */
function isFilledIn(entry: NginxDirective, args: readonly string[]): boolean {
  const evaluated = evaluatedArgs(entry.name, args, entry);
  return args.some((it, i) => isTemplated(evaluated.includes(i + 1) ? it.replace(/\$\{[a-z]\w*\}/g, '$x') : it));
}

/** `${name` to which nginx finds no `}`; templates have something else behind the name, such as `:-`. */
function unclosedFault(entry: NginxDirective, args: readonly string[]): ValueFault | undefined {
  if (!args.some((it) => UNCLOSED.test(it))) return undefined;
  const at = evaluatedArgs(entry.name, args, entry).find((it) => UNCLOSED.test(args[it - 1]!));
  return at === undefined
    ? undefined
    : { arg: at, expected: 'with a "}" behind the name that "${" begins', words: NONE };
}

/** A `$` without a name behind it: ngx_http_script_compile() in src/http/ngx_http_script.c. */
function variableFault(entry: NginxDirective, args: readonly string[]): ValueFault | undefined {
  if (!args.some((it) => it.includes('$'))) return undefined;
  const at = evaluatedArgs(entry.name, args, entry).find(
    // To subs_filter a lone "$" in what it looks for is a letter.
    (it) => (entry.name !== 'subs_filter' || it > 1) && /\$(?![A-Za-z0-9_{])/.test(args[it - 1]!),
  );
  return at === undefined ? undefined : { arg: at, expected: 'without a "$" that no name follows', words: NONE };
}

const TIMES = 'a time such as 30s, 5m or 1h30m';
const SIZES = 'a size such as 8k or 1m';

const SLOTS: Readonly<
  Record<string, { readonly reads: (text: string) => number | undefined; readonly expected: string }>
> = {
  size: { reads: parseSize, expected: SIZES },
  off_t: { reads: parseOffset, expected: 'a size such as 8k, 1m or 2g' },
  msec: { reads: (text) => parseTime(text, 'milliseconds'), expected: `${TIMES}, without months and years` },
  sec: { reads: (text) => parseTime(text, 'seconds'), expected: TIMES },
  num: { reads: parseNumber, expected: 'a whole number' },
};

function slotFault(entry: NginxDirective, args: readonly string[]): ValueFault | undefined {
  const first = args[0]!;
  // NGX_CONF_FLAG by itself counts the arguments; what they are is the slot function's affair.
  if (entry.type === 'flag' || (entry.args.flag && entry.type === undefined)) {
    if (args.length > 1 || isOneOf(first, ON_OFF)) return undefined;
    return { arg: 1, expected: '"on" or "off"', words: ON_OFF };
  }
  const values = entry.values ?? NONE;
  if (entry.type === 'enum' && values.length > 0)
    return args.length > 1 || isOneOf(first, values) ? undefined : { arg: 1, expected: oneOf(values), words: values };
  if (entry.type === 'bitmask' && values.length > 0) {
    const words = [...values, ...entry.params];
    const at = args.findIndex((it) => !isOneOf(it, words));
    return at < 0 ? undefined : { arg: at + 1, expected: oneOf(words), words };
  }
  if (entry.type === 'bufs' && args.length === 2) {
    if (!parseNumber(first)) return { arg: 1, expected: 'how many buffers, a number above 0', words: NONE };
    return parseSize(args[1]!) ? undefined : { arg: 2, expected: `${SIZES}, above 0`, words: NONE };
  }
  const slot = SLOTS[entry.type ?? ''];
  if (!slot || args.length > 1 || (entry.variables && first.includes('$'))) return undefined;
  const number = slot.reads(first);
  if (number === undefined) return { arg: 1, expected: slot.expected, words: NONE };
  const { range } = entry;
  if (range && (number < range[0] || number > range[1]))
    return { arg: 1, expected: `between ${range[0]} and ${range[1]}`, words: NONE };
  return undefined;
}

// nginx compares with ngx_strcasecmp().
function isOneOf(value: string, words: readonly string[]): boolean {
  const lower = value.toLowerCase();
  return words.some((it) => it.toLowerCase() === lower);
}

/** `"a", "b" or "c"`. */
export function oneOf(words: readonly string[]): string {
  const quoted = words.map((it) => `"${it}"`);
  return quoted.length < 2 ? (quoted[0] ?? '') : `${quoted.slice(0, -1).join(', ')} or ${quoted[quoted.length - 1]}`;
}
