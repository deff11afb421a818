/**
 * Matches PCRE2 patterns with JavaScript's engine, where the two agree. Texts are strings of bytes (latin-1), as nginx
 * compiles patterns without UTF.
 */

/** A pattern that can be matched; `captures` are the groups by number, `names` those that have one. */
export interface Matcher {
  match(
    text: string,
  ): { readonly captures: readonly (string | undefined)[]; readonly names: ReadonlyMap<string, string> } | undefined;
}

/** UTF-8 bytes of a text, one character each. */
export function bytesOf(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

const remembered = new Map<string, Matcher | undefined>();

/** Undefined for patterns with constructs that JavaScript lacks or reads differently. */
export function matcher(pattern: string, caseless: boolean): Matcher | undefined {
  const key = `${caseless ? 'i' : ' '}${pattern}`;
  if (!remembered.has(key)) {
    if (remembered.size > 2000) remembered.clear();
    remembered.set(key, compile(bytesOf(pattern), caseless));
  }
  return remembered.get(key);
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\0-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

function compile(pattern: string, caseless: boolean): Matcher | undefined {
  let flags = caseless ? 'i' : '';
  const inline = /^\(\?([is]+)\)/.exec(pattern);
  if (inline?.[1]?.includes('i')) flags = 'i';
  const dotAll = inline?.[1]?.includes('s') === true;
  const source = translate(inline ? pattern.slice(inline[0].length) : pattern, dotAll);
  if (source === undefined) return undefined;
  // Without case JavaScript pairs letters beyond ASCII that C's locale does not.
  if (flags === 'i' && /[^\0-\x7f]/.test(pattern)) return undefined;
  let regex: RegExp;
  try {
    regex = new RegExp(source, flags);
  } catch {
    return undefined;
  }
  return {
    match(text) {
      const found = regex.exec(text);
      if (!found) return undefined;
      const names = Object.entries(found.groups ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      return { captures: [...found], names: new Map(names) };
    },
  };
}

function translate(pattern: string, dotAll: boolean): string | undefined {
  let out = '';
  for (let i = 0; i < pattern.length; ) {
    const rest = pattern.slice(i);
    const char = pattern[i]!;
    if (char === '\\') {
      const found = translateEscape(rest);
      if (!found) return undefined;
      out += found.out;
      i += found.length;
    } else if (char === '[') {
      const set = translateClass(rest);
      if (!set) return undefined;
      out += set.out;
      i += set.length;
    } else if (rest.startsWith('(?P<')) {
      out += '(?<';
      i += 4;
    } else if (char === '(' && rest[1] === '?' && !/^\(\?(?:[:=!]|<[=!A-Za-z_])/.test(rest)) return undefined;
    else if (rest.startsWith('(*')) return undefined;
    else if (/^(?:[*+?]|\{\d+(?:,\d*)?\})\+/.test(rest)) return undefined;
    else if (char === '.') {
      out += dotAll ? '[^]' : '[^\\n]';
      i++;
    } else if (char === '$') {
      // PCRE's dollar also matches before a last line feed.
      out += '(?=\\n?(?![^]))';
      i++;
    } else if (char === '{' && !/^\{\d+(?:,\d*)?\}/.test(rest)) {
      out += '\\{';
      i++;
    } else {
      out += char;
      i++;
    }
  }
  return out;
}

function translateEscape(rest: string): { out: string; length: number } | undefined {
  const char = rest[1];
  if (char === undefined) return undefined;
  switch (char) {
    case 's':
      return { out: '[\\t-\\r ]', length: 2 };
    case 'S':
      return { out: '[^\\t-\\r ]', length: 2 };
    case 'A':
      return { out: '(?<![^])', length: 2 };
    case 'z':
      return { out: '(?![^])', length: 2 };
    case 'Z':
      return { out: '(?=\\n?(?![^]))', length: 2 };
  }
  if (/[dDwWbBtrnfv]/.test(char)) return { out: rest.slice(0, 2), length: 2 };
  if (/[1-9]/.test(char)) return /^\\[1-9](?!\d)/.test(rest) ? { out: `(?:\\${char})`, length: 2 } : undefined;
  if (/^\\x[0-9a-fA-F]{2}/.test(rest)) return { out: rest.slice(0, 4), length: 4 };
  if (/[A-Za-z0]/.test(char)) return undefined;
  return { out: /[\^$\\.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char, length: 2 };
}

function translateClass(rest: string): { out: string; length: number } | undefined {
  let i = 1;
  let out = '[';
  if (rest[i] === '^') {
    out += '^';
    i++;
  }
  for (let first = true; ; first = false) {
    const char = rest[i];
    if (char === undefined) return undefined;
    if (char === ']' && !first) return { out: `${out}]`, length: i + 1 };
    const posix = /^\[:([a-z]+):\]/.exec(rest.slice(i, i + 16));
    if (posix) {
      const set = POSIX[posix[1]!];
      if (!set) return undefined;
      out += set;
      i += posix[0].length;
    } else if (char === '\\') {
      const next = rest[i + 1];
      if (next === undefined) return undefined;
      if (next === 's') out += '\\t-\\r ';
      else if (/[dwtrnf]/.test(next)) out += `\\${next}`;
      else if (/[A-Za-z0-9]/.test(next)) return undefined;
      else out += `\\${next}`;
      i += 2;
    } else {
      out += char === '[' || char === ']' ? `\\${char}` : char;
      i++;
    }
  }
}
