/** Entries of map, geo, split_clients and types as nginx's own handlers of these blocks read them. Knows no file. */
import { isIpv4, isNetwork } from './inetAddress.js';
import { isTemplated, UNCLOSED } from './values.js';

/** What is wrong with one entry, and at which of its words, counted from 0. */
export interface EntryFault {
  readonly word: number;
  /** What it must be, as the end of the sentence `must be ...`. */
  readonly expected: string;
}

/** One block's entries, read in order. */
export interface EntryReader {
  read(words: readonly string[]): EntryFault | undefined;
}

const READERS: Readonly<Record<string, (args: readonly string[]) => EntryReader>> = {
  map: mapReader,
  geo: geoReader,
  split_clients: splitReader,
  types: () => ({
    read: (words) =>
      words[0] === 'include' && words.length !== 2 ? { word: 0, expected: 'followed by one file' } : undefined,
  }),
  charset_map: charsetReader,
};

const PAIR: EntryFault = { word: 0, expected: 'a pair: one word and its value' };

/** A reader for the block of this name and these arguments; undefined when its entries are not known here. */
export function entryReader(block: string, args: readonly string[]): EntryReader | undefined {
  return Object.hasOwn(READERS, block) ? READERS[block]!(args) : undefined;
}

/** ngx_http_map() in src/http/modules/ngx_http_map_module.c. */
function mapReader(): EntryReader {
  const seen = new Set<string>();
  let hostnames = false;
  return {
    read(words) {
      const [key] = words;
      if (words.length === 1 && (key === 'hostnames' || key === 'volatile')) {
        hostnames ||= key === 'hostnames';
        return undefined;
      }
      if (words.length !== 2) return PAIR;
      if (key !== 'include' && UNCLOSED.test(words[1]!))
        return { word: 1, expected: 'with a "}" behind the name that "${" begins' };
      if (key === 'include' || words.some(isTemplated)) return undefined;
      if (/\$(?![A-Za-z0-9_{])/.test(words[1]!)) return { word: 1, expected: 'without a "$" that no name follows' };
      if (key!.startsWith('~')) return undefined;
      if (hostnames && isBadWildcard(key!))
        return { word: 0, expected: 'a name with its "*" as the whole first or last label, as in *.example.com' };
      // nginx keeps keys in lower case: ngx_hash_add_key().
      const lower = key!.toLowerCase();
      if (seen.has(lower)) return { word: 0, expected: 'another key: this one stands above already' };
      seen.add(lower);
      return undefined;
    },
  };
}

/** Names that ngx_hash_add_key() in src/core/ngx_hash.c declines: a wildcard stands for the first or the last label. */
export function isBadWildcard(name: string): boolean {
  return name.includes('*') && !/^\*\.[^*]+$|^[^*]+\.\*$/.test(name);
}

/** ngx_http_charset_map(): bytes in hexadecimal digits, towards utf-8 several of them. */
function charsetReader(args: readonly string[]): EntryReader {
  const isUtf8 = args[1]?.toLowerCase() === 'utf-8';
  return {
    read(words) {
      if (words.length !== 2) return PAIR;
      if (!isByte(words[0]!)) return { word: 0, expected: 'a byte in two hexadecimal digits' };
      if (isUtf8 ? /^(?:[0-9a-f]{2})+$/i.test(words[1]!) : isByte(words[1]!)) return undefined;
      return { word: 1, expected: `${isUtf8 ? 'bytes' : 'a byte'} in hexadecimal digits` };
    },
  };
}

const isByte = (text: string) => /^[0-9a-f]+$/i.test(text) && Number.parseInt(text, 16) <= 255;

/** ngx_http_geo() in src/http/modules/ngx_http_geo_module.c. */
function geoReader(): EntryReader {
  let ranges = false;
  let networks = false;
  return {
    read(words) {
      const [key, value] = words;
      if (words.length === 1 && (key === 'ranges' || key === 'proxy_recursive' || key === 'volatile')) {
        if (key === 'ranges' && networks) return { word: 0, expected: 'the first entry of its block' };
        ranges ||= key === 'ranges';
        return undefined;
      }
      if (words.length !== 2) return PAIR;
      // A default, too, is a network to nginx as long as there are no ranges.
      if (key !== 'include' && key !== 'proxy') networks ||= !ranges;
      if (words.some(isTemplated) || key === 'include' || key === 'default') return undefined;
      const [text, at] = key === 'proxy' || key === 'delete' ? [value!, 1] : [key!, 0];
      if (ranges && key !== 'proxy') {
        const ends = text.split('-');
        if (ends.length === 2 && ends.every(isIpv4) && numberOf(ends[0]!) <= numberOf(ends[1]!)) return undefined;
        return { word: at, expected: 'a range of addresses such as 192.0.2.0-192.0.2.255' };
      }
      // The one address that ngx_ptocidr() takes for none, and that ngx_http_geo_cidr_value() looks for by itself.
      return isNetwork(text) || text === '255.255.255.255'
        ? undefined
        : { word: at, expected: 'an address, a network such as 192.0.2.0/24, or "default"' };
    },
  };
}

/** ngx_http_split_clients() in src/http/modules/ngx_http_split_clients_module.c. */
function splitReader(): EntryReader {
  let sum = 0;
  return {
    read(words) {
      // nginx does not count the words: it ignores what stands behind the value, and takes what lies in its memory for
      // one that is missing.
      const [share] = words;
      if (share === '*' || isTemplated(share!)) return undefined;
      const percent = /^(\d+(?:\.\d{0,2})?)%$/.test(share!) ? Math.round(Number.parseFloat(share!) * 100) : 0;
      if (percent === 0) return { word: 0, expected: 'a share such as 5% or 0.5%, or "*" for the rest' };
      sum += percent;
      return sum > 10_000 ? { word: 0, expected: 'a share that makes no more than 100% together' } : undefined;
    },
  };
}

const numberOf = (ipv4: string) => ipv4.split('.').reduce((sum, it) => sum * 256 + Number(it), 0);
