/** What handlers of arguments have in common: keywords, words, numbers, ports. */
import type { NginxDirective } from '../catalog/nginx.js';
import { parseNumber, parseOffset, parseSize, parseTime, type ValueFault } from './values.js';

export type Handler = (args: readonly string[], entry: NginxDirective) => ValueFault | undefined;

export const fault = (arg: number, expected: string, words: readonly string[] = []): ValueFault => ({
  arg,
  expected,
  words,
});

/** What stands behind the `=` of a keyword, by the kind that the catalog gives it. */
const KINDS: Readonly<Record<string, readonly [takes: (value: string) => boolean, expected: string]>> = {
  number: [(it) => parseNumber(it) !== undefined, 'a whole number'],
  N: [(it) => parseNumber(it) !== undefined, 'a whole number'],
  size: [(it) => parseOffset(it) !== undefined, 'a size such as 10m'],
  time: [(it) => parseTime(it, 'seconds') !== undefined, 'a time such as 30s or 10m'],
  'on|off': [(it) => it === 'on' || it === 'off', '"on" or "off"'],
  'name>:<size': [(it) => zoneSize(it) !== undefined, 'a name and a size of at least 32k, as in one:10m'],
  // Without its unit it is one of requests in a second: ngx_http_limit_req_zone().
  rate: [(it) => /^0*[1-9][0-9]{0,18}(?:r\/[sm])?$/.test(it), 'a rate such as 10r/s or 30r/m'],
  'default|json|none': [(it) => /^(?:default|json|none)$/.test(it), '"default", "json" or "none"'],
};

/** Keywords whose time nginx keeps in milliseconds: ngx_http_file_cache_set_slot() in src/http/ngx_http_file_cache.c. */
const IN_MILLISECONDS = /^(?:loader|manager)_(?:sleep|threshold)=/;

/** Bytes of `name:size`. A zone needs eight pages of memory, which on common machines have 4 KiB. */
export function zoneSize(text: string): number | undefined {
  const match = /^([^:]*):(.*)$/s.exec(text);
  const size = match?.[1] ? parseSize(match[2]!) : undefined;
  return size !== undefined && size >= 8 * 4096 ? size : undefined;
}

/** All arguments from number `from` on are keywords of the catalog's entry, or one that `also` takes. */
export function keywords(from: number, also: (value: string) => boolean = () => false): Handler {
  return (args, entry) => {
    for (let i = from - 1; i < args.length; i++) {
      const value = args[i]!;
      // A value in capitals is filled in by envsubst before nginx sees it; nginx itself takes no variables here.
      if (/\$[A-Z]/.test(value) || also(value)) continue;
      const at = value.indexOf('=') + 1;
      const param = entry.params.find((it) => (at > 0 ? it.startsWith(value.slice(0, at)) : it === value));
      if (!param) {
        const words = entry.params.map((it) => (it.includes('=') ? it.slice(0, it.indexOf('=') + 1) : it));
        return fault(i + 1, `one of ${words.join(', ')}`, words);
      }
      const kind = KINDS[param.slice(at)];
      if (IN_MILLISECONDS.test(value)) {
        if (parseTime(value.slice(at), 'milliseconds') === undefined)
          return fault(i + 1, `${value.slice(0, at)} followed by a time such as 50ms`);
      } else if (at > 0 && kind && !kind[0](value.slice(at)))
        return fault(i + 1, `${value.slice(0, at)} followed by ${kind[1]}`);
    }
    return undefined;
  };
}

/** A word of a few, in this place. */
export function word(arg: number, words: readonly string[]): Handler {
  return (args) => {
    const value = args[arg - 1];
    if (value === undefined || words.includes(value)) return undefined;
    return fault(arg, words.map((it) => `"${it}"`).join(' or '), words);
  };
}

export function number(least: number, words: readonly string[] = []): Handler {
  return ([value]) => {
    if (words.includes(value!) || (parseNumber(value!) ?? -1) >= least) return undefined;
    return fault(1, `a whole number${least > 0 ? ' above 0' : ''}${words.map((it) => ` or "${it}"`).join('')}`, words);
  };
}

/** What cannot be an address: a parameter in its place, or a name that no machine has. */
export function noAddress(text: string, entry: NginxDirective): ValueFault | undefined {
  if (text.includes('$') || text.startsWith('unix:')) return undefined;
  const isParameter = entry.params.includes(text) || /^[a-z_]+=/.test(text);
  return isParameter || text.startsWith('-') || text === '' ? fault(1, 'an address, before all parameters') : undefined;
}

/** The port of an address without a path: nginx takes 1 to 65535, and anything else that is no number for a name. */
export function portFault(address: string, arg: number): ValueFault | undefined {
  if (address.startsWith('unix:') || address.includes('$')) return undefined;
  const port = /^[0-9]+$/.test(address) ? address : /^(?:\[[^\]]*\]|[^[:][^:]*|):(.*)$/s.exec(address)?.[1];
  if (port === undefined) return undefined;
  const value = /^[0-9]+(?:-[0-9]+)?$/.test(port) ? port.split('-').map(Number) : undefined;
  if (value?.every((it) => it >= 1 && it <= 65_535)) return undefined;
  return fault(arg, 'an address whose port is a number from 1 to 65535');
}
