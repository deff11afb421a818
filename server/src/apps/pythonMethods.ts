/** Methods of strings, lists and dictionaries of Python, and functions that need no more than their arguments. */
import { Bytes, Dict, isKey, List, OPEN, Raised, textOf, type Value } from './pythonObjects.js';

/** Undefined for a method that is not followed. A None has none. */
export function callMethod(of: Value, name: string, args: readonly Value[]): Value | undefined {
  if (of === null) throw new Raised('AttributeError', `None.${name}`);
  if (typeof of === 'string') return ofText(of, name, args);
  if (of instanceof Bytes) {
    if (name === 'decode') return of.text;
    const plain = args.map((it) => (it instanceof Bytes ? it.text : it));
    const made = ofText(of.text, name, plain);
    return typeof made === 'string' ? new Bytes(made) : typeof made === 'boolean' ? made : undefined;
  }
  if (of instanceof List) return ofList(of, name, args);
  return of instanceof Dict ? ofDict(of, name, args) : undefined;
}

function ofText(of: string, name: string, args: readonly Value[]): Value | undefined {
  if (args.includes(OPEN)) return OPEN;
  const [first, second] = args;
  switch (name) {
    case 'startswith':
    case 'endswith': {
      const among = first instanceof List ? first.items : [first];
      if (args.length !== 1 || !among.every((it) => typeof it === 'string')) return OPEN;
      return among.some((it) => (name === 'startswith' ? of.startsWith(it) : of.endsWith(it)));
    }
    case 'strip':
    case 'lstrip':
    case 'rstrip':
      return stripped(of, name, first);
    case 'lower':
      return of.toLowerCase();
    case 'upper':
      return of.toUpperCase();
    case 'split':
    case 'rsplit':
      return splitText(of, name, first, second);
    case 'partition':
    case 'rpartition': {
      if (typeof first !== 'string' || first === '') return OPEN;
      const at = name === 'partition' ? of.indexOf(first) : of.lastIndexOf(first);
      if (at < 0) return new List(name === 'partition' ? [of, '', ''] : ['', '', of]);
      return new List([of.slice(0, at), first, of.slice(at + first.length)]);
    }
    case 'replace':
      return typeof first === 'string' && typeof second === 'string' && first !== '' && args.length === 2
        ? of.replaceAll(first, () => second)
        : OPEN;
    case 'removeprefix':
      return typeof first !== 'string' ? OPEN : of.startsWith(first) ? of.slice(first.length) : of;
    case 'removesuffix':
      return typeof first !== 'string' ? OPEN : first && of.endsWith(first) ? of.slice(0, -first.length) : of;
    case 'join': {
      const items = first instanceof List && !first.open ? first.items : [OPEN];
      return items.every((it) => typeof it === 'string') ? items.join(of) : OPEN;
    }
    case 'encode':
      return new Bytes(of);
    case 'isdigit':
    case 'isdecimal':
      return /^[\x00-\x7f]*$/.test(of) ? /^\d+$/.test(of) : OPEN;
    case 'count':
      return typeof first === 'string' && first !== '' ? of.split(first).length - 1 : OPEN;
    case 'find':
      return typeof first === 'string' && args.length === 1 ? of.indexOf(first) : OPEN;
    default:
      return undefined;
  }
}

function stripped(of: string, name: string, chars: Value | undefined): Value {
  if (chars !== undefined && typeof chars !== 'string' && chars !== null) return OPEN;
  const set = typeof chars === 'string' ? `[${chars.replace(/[\]\\^-]/g, '\\$&')}]` : '\\s';
  if (set === '[]') return of;
  const left = name === 'rstrip' ? of : of.replace(new RegExp(`^${set}+`), '');
  return name === 'lstrip' ? left : left.replace(new RegExp(`${set}+$`), '');
}

function splitText(of: string, name: string, by: Value | undefined, most: Value | undefined): Value {
  if (by === undefined || by === null)
    return most === undefined ? new List(of.split(/\s+/).filter((it) => it !== '')) : OPEN;
  if (typeof by !== 'string') return OPEN;
  if (by === '') throw new Raised('ValueError', 'an empty separator');
  const parts = of.split(by);
  if (most === undefined || most === -1) return new List(parts);
  if (typeof most !== 'number') return OPEN;
  if (parts.length <= most + 1) return new List(parts);
  return name === 'split'
    ? new List([...parts.slice(0, most), parts.slice(most).join(by)])
    : new List([parts.slice(0, parts.length - most).join(by), ...parts.slice(parts.length - most)]);
}

function ofList(of: List, name: string, args: readonly Value[]): Value | undefined {
  const [first] = args;
  switch (name) {
    case 'append':
    case 'add':
      of.items.push(first ?? null);
      return null;
    case 'extend':
      if (first instanceof List) of.items.push(...first.items);
      else of.open = true;
      if (first instanceof List && first.open) of.open = true;
      return null;
    case 'insert':
    case 'remove':
    case 'pop':
    case 'sort':
    case 'reverse':
    case 'clear':
      of.open = true;
      return name === 'pop' ? OPEN : null;
    case 'index':
    case 'count':
    case 'copy':
      return OPEN;
    default:
      return undefined;
  }
}

function ofDict(of: Dict, name: string, args: readonly Value[]): Value | undefined {
  const [key, byDefault] = args;
  switch (name) {
    case 'get': {
      if (key === undefined || !isKey(key)) return OPEN;
      return of.at(key) ?? (of.at(key) === null ? null : (byDefault ?? null));
    }
    case 'setdefault': {
      if (key === undefined || !isKey(key)) return OPEN;
      const found = of.at(key);
      if (found === undefined) of.entries.set(key, byDefault ?? null);
      return found ?? byDefault ?? null;
    }
    case 'keys':
      return of.others('') === undefined ? new List([...of.entries.keys()]) : OPEN;
    case 'values':
      return of.others('') === undefined ? new List([...of.entries.values()]) : OPEN;
    case 'items':
      return of.others('') === undefined ? new List([...of.entries].map((it) => new List(it))) : OPEN;
    case 'copy':
      return OPEN;
    case 'update':
    case 'pop':
    case 'clear':
    case 'popitem':
      of.entries.clear();
      of.others = () => OPEN;
      return name === 'update' || name === 'clear' ? null : OPEN;
    default:
      return undefined;
  }
}

/** Functions that Python itself brings, and those of its library by their dotted names. Undefined for another. */
export function callKnown(name: string, args: readonly Value[]): Value | undefined {
  const [first] = args;
  switch (name) {
    case 'len':
      if (first instanceof List && !first.open) return first.items.length;
      return typeof first === 'string' ? first.length : first instanceof Bytes ? Buffer.byteLength(first.text) : OPEN;
    case 'str':
      return args.length === 1 ? (textOf(first!) ?? OPEN) : OPEN;
    case 'bool':
      return OPEN;
    case 'int':
      if (typeof first === 'number') return Math.trunc(first);
      if (typeof first !== 'string' || args.length !== 1) return OPEN;
      if (!/^\s*[-+]?\d+\s*$/.test(first)) {
        if (/[^\x00-\x7f]|_/.test(first)) return OPEN;
        throw new Raised('ValueError', `int("${first}")`);
      }
      return Number(first);
    case 'list':
    case 'tuple':
    case 'set':
    case 'frozenset':
      return first instanceof List ? Object.assign(new List([...first.items]), { open: first.open }) : OPEN;
    case 'print':
      return null;
    case 'urllib.parse.unquote':
      return typeof first === 'string' ? unquoted(first) : OPEN;
    case 'urllib.parse.parse_qs':
      return typeof first === 'string' && args.length === 1 ? parsedQuery(first) : OPEN;
    default:
      return undefined;
  }
}

function unquoted(text: string): Value {
  try {
    return decodeURIComponent(text);
  } catch {
    return OPEN;
  }
}

/** Blank values are left out, as parse_qs() does by default. */
function parsedQuery(text: string): Value {
  const found = new Dict();
  for (const part of text.split('&')) {
    const [, key, value] = /^([^=]*)=(.+)$/s.exec(part) ?? [];
    if (key === undefined || value === undefined) continue;
    const [name, read] = [key, value].map((it) => unquoted(it.replaceAll('+', ' ')));
    if (typeof name !== 'string') return OPEN;
    const there = found.at(name);
    if (there instanceof List) there.items.push(read!);
    else found.entries.set(name, new List([read!]));
  }
  return found;
}
